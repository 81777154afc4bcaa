// One endpoint in a hundred hangs for three seconds at every post: how much of their rate do the healthy ones keep?
import { join } from 'node:path';
import { startChild } from '../support/child.mjs';
import { startDatabase } from '../support/database.mjs';
import { expectEqual } from '../support/work.mjs';
import { HEALTHY_UNITS, hookOf, newKey } from '../webhooks/deliveries.mjs';
import { seedDeliveries } from '../webhooks/seed.mjs';

/** `ours` with a hundredth that hangs, `limit` without. */
export const CONTESTANTS = ['ours', 'limit'];
export const UNIT = 'healthy posts';

export async function start() {
  const key = newKey();
  const receiver = await startChild(join(import.meta.dirname, '../webhooks/receiver.mjs'), { BENCH_HANG_PATH: hookOf(0) });
  const database = await startDatabase((db, url) => seedDeliveries(db, { port: receiver.ready.port, key, url }));
  return {
    env: { ...database.env, BENCH_SECRET_KEY: key },
    reset: async (name) => {
      await receiver.ask('reset');
      await database.renew();
      // nothing of it hangs where its deliveries are not due
      if (name === 'limit')
        await database.read(`DELETE FROM webhook_deliveries d USING webhook_endpoints e WHERE e.id = d.endpoint_id AND e.url LIKE '%${hookOf(0)}'`);
    },
    verify: async (_, figure) => {
      expectEqual('the number of healthy posts', figure.units, HEALTHY_UNITS);
      expectEqual('the number of healthy ids received', (await receiver.ask('read')).count, HEALTHY_UNITS);
    },
    stop: async () => {
      await database.stop();
      await receiver.stop();
    },
  };
}
