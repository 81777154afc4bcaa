import { measure } from '../measure.mjs';
import { bootProduct } from '../support/product.mjs';
import { UNITS } from './mails.mjs';

const product = await bootProduct();
await measure(async () => {
  await product.loops.runUntilIdle('send');
  return UNITS; // the workload counts them in the sink and in the table
});
await product.close();
