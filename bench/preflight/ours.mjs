import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createApp } from '../../dist/src/bootstrap.js';
import { readConfig } from '../../dist/src/platform/config/app-config.js';
import { databaseCpuSeconds } from '../support/database-cpu.mjs';
import { startChild } from '../support/child.mjs';

const config = readConfig({
  DATABASE_URL: process.env.BENCH_DATABASE_URL,
  SECRET_KEY: randomBytes(32).toString('base64'),
  PUBLIC_URL: 'https://outreach.example',
  RATE_LIMIT_PER_MINUTE: '0',
  LOG_LEVEL: process.env.BENCH_LOG ?? 'silent',
});
const app = await createApp(config);
await app.listen(0, '127.0.0.1');
const origin = `http://127.0.0.1:${app.getHttpServer().address().port}`;
const asker = await startChild(join(import.meta.dirname, 'ask.mjs'));
await asker.ask({ origin });

const delay = monitorEventLoopDelay({ resolution: 5 });
const [rss, database, cpu, start] = [process.memoryUsage.rss(), databaseCpuSeconds(), process.cpuUsage(), performance.now()];
delay.enable();
const { answerMs, counts } = await asker.ask({ origin, preflight: true });
delay.disable();
const wallSeconds = (performance.now() - start) / 1000;
const used = process.cpuUsage(cpu);
const peakMb = process.resourceUsage().maxRSS / 1024;
console.log(
  JSON.stringify({
    units: counts.mails,
    cpuSeconds: (used.user + used.system) / 1e6,
    wallSeconds,
    peakMb,
    ...(database !== undefined && { databaseCpuSeconds: databaseCpuSeconds() - database }),
    preflight: {
      firstSeconds: Number(wallSeconds.toFixed(1)),
      stallMs: Math.round(delay.max / 1e6),
      answerMs,
      grownMb: Math.round(peakMb - rss / 1048576),
    },
  }),
);
await asker.stop();
await app.close();
