import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Listener } from '../../dist/src/platform/database/listener.js';
import { newId } from '../../dist/src/platform/ids.js';
import { bootProduct } from '../support/product.mjs';
import { WORKSPACE } from '../webhooks/deliveries.mjs';

const PER_SECOND = 200;
const WRITERS = 8;
const UNITS = Number(process.env.BENCH_UNITS ?? 4000);

const product = await bootProduct();
await product.get(Listener).start();
product.loops.start();
const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: WRITERS });
const committed = [];
const cpu = process.cpuUsage();
const started = performance.now();

async function write(n) {
  await pause(Math.max(0, started + (n * 1000) / PER_SECOND - performance.now()));
  const id = newId();
  const db = await pool.connect();
  try {
    await db.query('BEGIN');
    await db.query(`INSERT INTO events (workspace_id, id, type, at, data) VALUES ($1, $2, 'backlink.live', now(), $3)`, [
      ...[WORKSPACE, id, { object: { type: 'backlink', id: newId(), state: 'live' } }],
    ]);
    await db.query(`SELECT pg_notify('linkwright_events', $1)`, [WORKSPACE]);
    await db.query('COMMIT');
    committed.push([`evt_${id}`, Date.now()]);
  } finally {
    db.release();
  }
}

const numbers = Array.from({ length: UNITS }, (_, n) => n).values();
await Promise.all(
  Array.from({ length: WRITERS }, async () => {
    for (const n of numbers) await write(n);
  }),
);
for (;;) {
  const { rows } = await pool.query(`SELECT count(*)::int AS done FROM webhook_deliveries WHERE state = 'delivered'`);
  if (rows[0].done >= UNITS) break;
  await pause(50);
}
const used = process.cpuUsage(cpu);
const figure = {
  units: UNITS,
  cpuSeconds: (used.user + used.system) / 1e6,
  wallSeconds: (performance.now() - started) / 1000,
  peakMb: process.resourceUsage().maxRSS / 1024,
  committed,
};
process.stdout.write(`${JSON.stringify(figure)}\n`, () => process.exit(0));
