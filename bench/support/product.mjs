import { randomBytes } from 'node:crypto';
import { createApp } from '../../dist/src/bootstrap.js';
import { readConfig } from '../../dist/src/platform/config/app-config.js';
import { WorkLoops } from '../../dist/src/platform/jobs/work-loops.js';

export const PUBLIC_URL = 'https://outreach.example';

/** The whole product on the round's database, its worker loops standing still: the bench runs the one it measures. @param clock  real time when absent */
export async function bootProduct(clock) {
  const config = readConfig({
    DATABASE_URL: process.env.BENCH_DATABASE_URL,
    SECRET_KEY: process.env.BENCH_SECRET_KEY ?? randomBytes(32).toString('base64'),
    PUBLIC_URL,
    FETCH_ALLOW_CIDRS: '127.0.0.0/8',
    MAIL_ALLOW_CIDRS: '127.0.0.0/8',
    LOG_LEVEL: process.env.BENCH_LOG ?? 'silent',
  });
  const app = await createApp(config, clock);
  await app.init();
  return { loops: app.get(WorkLoops), get: (type) => app.get(type), close: () => app.close() };
}
