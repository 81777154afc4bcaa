import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { measureStart } from './start.mjs';

await measureStart(join(import.meta.dirname, '../../dist/server/main.js'), {
  DATABASE_URL: process.env.BENCH_DATABASE_URL,
  SECRET_KEY: randomBytes(32).toString('base64'),
  LOG_LEVEL: process.env.BENCH_LOG ?? 'silent',
});
