// The same posts as jobs of graphile-worker, as many at once as ours has connections, in its fastest setting: a local queue of 500.
import { measure } from '../measure.mjs';
import { Logger, run } from '../peers/node_modules/graphile-worker/dist/index.js';
import { UNITS } from './deliveries.mjs';
import { CONNECTIONS, poster } from './post.mjs';

await measure(async () => {
  const { post, close } = poster();
  let done = 0;
  await new Promise((all, failed) => {
    run({
      connectionString: process.env.BENCH_DATABASE_URL,
      noHandleSignals: true,
      noPreparedStatements: false,
      logger: new Logger(() => (level, message) => {
        if (level === 'error') console.error(message);
      }),
      preset: { worker: { concurrentJobs: CONNECTIONS, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      taskList: {
        post: async (payload) => {
          await post(payload);
          done += 1;
          if (done === UNITS) setTimeout(all, 0);
        },
      },
    }).then((runner) => {
      void runner.promise.catch(failed);
    }, failed);
  });
  await close();
  return done;
});
process.exit(0);
