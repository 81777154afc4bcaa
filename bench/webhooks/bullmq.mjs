// The same posts as jobs of BullMQ over Redis, as many at once as ours has connections.
import { measure } from '../measure.mjs';
import bullmq from '../peers/node_modules/bullmq/dist/cjs/index.js';
import { UNITS } from './deliveries.mjs';
import { CONNECTIONS, poster } from './post.mjs';

await measure(async () => {
  const { post, close } = poster();
  let done = 0;
  await new Promise((all, failed) => {
    const worker = new bullmq.Worker(
      'bench',
      async ({ data }) => {
        await post(data);
        done += 1;
        if (done === UNITS) setTimeout(all, 0);
      },
      { connection: { host: '127.0.0.1', port: Number(process.env.BENCH_REDIS_PORT) }, concurrency: CONNECTIONS },
    );
    worker.on('error', failed);
    worker.on('failed', (_job, error) => {
      failed(error);
    });
  });
  await close();
  return done;
});
process.exit(0);
