import { join } from 'node:path';
import { measure } from '../measure.mjs';
import { startChild } from '../support/child.mjs';
import { UNITS, WARM_UP } from './records.mjs';

/** Measures what this process spends while another one asks it. */
export async function measureServer(port, stop) {
  const origin = `http://127.0.0.1:${port}`;
  const load = await startChild(join(import.meta.dirname, 'load.mjs'));
  await load.ask({ origin, count: WARM_UP });
  await measure(() => load.ask({ origin, count: UNITS }));
  await load.stop();
  await stop();
}
