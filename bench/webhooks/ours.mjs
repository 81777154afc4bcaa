import { measure } from '../measure.mjs';
import { bootProduct } from '../support/product.mjs';
import { UNITS } from './deliveries.mjs';

const product = await bootProduct();
await measure(async () => {
  await product.loops.runUntilIdle('deliver');
  return UNITS; // the workload counts them at the receiver and in the tables
});
await product.close();
