// The worker as people run it, a process of its own with every loop: CPU from its start to the last mail, and its peak memory. Linux only.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { databaseCpuSeconds } from '../support/database-cpu.mjs';
import { PUBLIC_URL } from '../support/product.mjs';
import { UNITS } from './mails.mjs';

const TICKS_PER_SECOND = 100;
const GIVE_UP_MS = 300_000;

const db = new pg.Client(process.env.BENCH_DATABASE_URL);
await db.connect();
const before = databaseCpuSeconds();
const begun = performance.now();
const child = spawn(process.execPath, ['--max-semi-space-size=16', join(import.meta.dirname, '../../dist/server/main.js')], {
  env: {
    ...process.env,
    ROLES: 'worker',
    DATABASE_URL: process.env.BENCH_DATABASE_URL,
    SECRET_KEY: process.env.BENCH_SECRET_KEY,
    PUBLIC_URL,
    MAIL_ALLOW_CIDRS: '127.0.0.0/8',
    LOG_LEVEL: process.env.BENCH_LOG ?? 'silent',
    PORT: '0',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
let sent = 0;
while (sent < UNITS && performance.now() - begun < GIVE_UP_MS) {
  await pause(500);
  sent = (await db.query(`SELECT count(*)::int AS count FROM messages WHERE state = 'sent'`)).rows[0].count;
}
const wallSeconds = (performance.now() - begun) / 1000;
const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
const [user, system] = stat
  .slice(stat.lastIndexOf(')') + 2)
  .split(' ')
  .slice(11, 13);
const peakMb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
child.kill();
await once(child, 'exit');
await db.end();
const cpuSeconds = (Number(user) + Number(system)) / TICKS_PER_SECOND;
console.log(JSON.stringify({ units: sent, cpuSeconds, wallSeconds, peakMb, databaseCpuSeconds: databaseCpuSeconds() - before }));
