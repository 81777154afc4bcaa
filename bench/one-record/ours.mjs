import { randomBytes } from 'node:crypto';
import { createApp } from '../../dist/src/bootstrap.js';
import { readConfig } from '../../dist/src/platform/config/app-config.js';
import { measureServer } from './serve.mjs';

const config = readConfig({
  DATABASE_URL: process.env.BENCH_DATABASE_URL,
  SECRET_KEY: randomBytes(32).toString('base64'),
  RATE_LIMIT_PER_MINUTE: '0',
  LOG_LEVEL: process.env.BENCH_LOG ?? 'silent',
});
const app = await createApp(config);
await app.listen(0, '127.0.0.1');
await measureServer(app.getHttpServer().address().port, () => app.close());
