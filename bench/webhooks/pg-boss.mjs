// The same posts as jobs of pg-boss, in batches of 500: what a service that is built on a queue would do.
import { PgBoss } from 'pg-boss';
import { measure } from '../measure.mjs';
import { inParallel } from '../support/work.mjs';
import { UNITS } from './deliveries.mjs';
import { CONNECTIONS, poster } from './post.mjs';

await measure(async () => {
  const boss = new PgBoss({ connectionString: process.env.BENCH_DATABASE_URL, migrate: false, supervise: false, schedule: false });
  await boss.start();
  const { post, close } = poster();
  let done = 0;
  await new Promise((all, failed) => {
    const batch = { batchSize: 500, burstWhenBatchFull: true, pollingIntervalSeconds: 1 };
    boss
      .work('bench', batch, async (jobs) => {
        await inParallel(
          jobs.map(({ data }) => data),
          CONNECTIONS,
          post,
        );
        done += jobs.length;
        if (done >= UNITS) setTimeout(all, 0);
      })
      .catch(failed);
  });
  await boss.stop({ graceful: true, timeout: 5000 });
  await close();
  return done;
});
