import { measure } from '../measure.mjs';
import { bootProduct } from '../support/product.mjs';
import { UNITS } from './pages.mjs';

const product = await bootProduct();
await measure(async () => {
  await product.loops.runUntilIdle('check');
  return UNITS; // the workload counts the pages served and the links in the table
});
await product.close();
