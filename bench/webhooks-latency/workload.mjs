// Commit to first post: 200 events a second, each in a transaction of its own, from several writers. The figures that count are the
// percentiles, which `verify` prints; goals: p50 ≤ 50 ms, p99 ≤ 1 s.
import { join } from 'node:path';
import { startChild } from '../support/child.mjs';
import { startDatabase } from '../support/database.mjs';
import { expectEqual } from '../support/work.mjs';
import { newKey } from '../webhooks/deliveries.mjs';
import { seedDeliveries } from '../webhooks/seed.mjs';

export const CONTESTANTS = ['ours'];
export const UNIT = 'events';

export async function start() {
  const key = newKey();
  const receiver = await startChild(join(import.meta.dirname, '../webhooks/receiver.mjs'));
  const database = await startDatabase((db, url) => seedDeliveries(db, { port: receiver.ready.port, key, url }));
  return {
    env: { ...database.env, BENCH_SECRET_KEY: key },
    reset: async () => {
      await receiver.ask('reset');
      await database.renew();
      await database.read('DELETE FROM webhook_deliveries');
      await database.read('DELETE FROM webhook_endpoints WHERE id <> (SELECT min(id::text)::uuid FROM webhook_endpoints)');
    },
    verify: async (_, figure) => {
      const arrived = new Map(await receiver.ask('arrivals'));
      expectEqual('the number of events received', arrived.size, figure.units);
      const waits = figure.committed.map(([id, at]) => arrived.get(id) - at).sort((a, b) => a - b);
      const at = (share) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))];
      Object.assign(figure, { committed: undefined, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: waits.at(-1) });
      console.log(`commit to first post: p50 ${figure.p50Ms} ms, p99 ${figure.p99Ms} ms, worst ${figure.worstMs} ms`);
    },
    stop: async () => {
      await database.stop();
      await receiver.stop();
    },
  };
}
