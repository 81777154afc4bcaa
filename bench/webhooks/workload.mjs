import { join } from 'node:path';
import { startChild } from '../support/child.mjs';
import { startDatabase } from '../support/database.mjs';
import { hasPeer, hasProgram, startRedis } from '../support/peers.mjs';
import { expectEqual } from '../support/work.mjs';
import { newKey, UNITS } from './deliveries.mjs';
import { seedBullmq, seedDeliveries, seedGraphile } from './seed.mjs';

const graphile = hasPeer('graphile-worker');
const bullmq = hasPeer('bullmq') && hasProgram('redis-server');

export const CONTESTANTS = ['ours', 'limit', 'pg-boss', ...(graphile ? ['graphile-worker'] : []), ...(bullmq ? ['bullmq'] : [])];
export const UNIT = 'posts';

export async function start() {
  const key = newKey();
  const receiver = await startChild(join(import.meta.dirname, 'receiver.mjs'));
  const database = await startDatabase(async (db, url) => {
    await seedDeliveries(db, { port: receiver.ready.port, key, url });
    if (graphile) await seedGraphile(url);
  });
  const redis = bullmq ? await startRedis() : undefined;
  const queue = redis && { BENCH_REDIS_PORT: String(redis.port) };
  return {
    env: { ...database.env, BENCH_SECRET_KEY: key, BENCH_RECEIVER_PORT: String(receiver.ready.port), ...queue },
    reset: async (name) => {
      await receiver.ask('reset');
      await database.renew();
      if (name === 'bullmq') await seedBullmq(redis.port);
    },
    verify: async (name, figure) => {
      expectEqual('the number of posts done', figure.units, UNITS);
      expectEqual('the number of ids received', (await receiver.ask('read')).count, UNITS);
      if (name !== 'ours') return;
      const [row] = await database.read(`SELECT count(*)::int AS done FROM webhook_deliveries d JOIN webhook_attempts a ON a.delivery_id = d.id
        WHERE d.state = 'delivered' AND d.attempts = 1 AND a.status = 204`);
      expectEqual('the number of deliveries noted, each with its try,', row.done, UNITS);
    },
    stop: async () => {
      await database.stop();
      await redis?.stop();
      await receiver.stop();
    },
  };
}
