// Picking what is due out of many rows, beside pgbench on the same statements, and what an idle worker asks: node bench/due-rows/run.mjs [enrollments]
import { execFile } from 'node:child_process';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { findDue } from '../../dist/src/modules/outreach/outreach.queries.js';
import { MessageClaims } from '../../dist/src/modules/pipeline/message-claims.service.js';
import { MailboxTurn } from '../../dist/src/modules/sending/claim/mailbox-turn.service.js';
import { newId } from '../../dist/src/platform/ids.js';
import { fill } from '../plans/tables.mjs';
import { databaseCpuSeconds } from '../support/database-cpu.mjs';
import { startDatabase } from '../support/database.mjs';
import { bootProduct } from '../support/product.mjs';

const rows = Number(process.argv[2] ?? 1_000_000);
const MAILS = Math.min(rows, 300_000);
const SECONDS = 5;
const ROUNDS = 3;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const database = await startDatabase(async (db) => {
  await db.query('BEGIN');
  const [few, many] = [fill(MAILS), fill(rows)];
  for (const [at, sql] of many.entries()) {
    if (/INTO (?:backlinks|webhook_\w+) /.test(sql)) continue;
    await db.query(/INTO messages /.test(sql) ? few[at] : sql);
  }
  // every mail that is due may go: what is measured is the asking
  await db.query(`UPDATE campaigns SET state = 'running'`);
  await db.query(`UPDATE enrollments SET state = 'active' WHERE state = 'finished'`);
  await db.query(
    `UPDATE mailboxes SET per_day = 100000, per_hour = 100000, gap_seconds = 0, from_address = 'ann@' || left(id::text, 8) || right(id::text, 8) || '.example'`,
  );
  await db.query('COMMIT');
  await db.query('VACUUM ANALYZE');
});
await database.renew();
process.env.BENCH_DATABASE_URL = database.env.BENCH_DATABASE_URL;
process.env.BENCH_POSTGRES_PID = database.env.BENCH_POSTGRES_PID;
const folder = await mkdtemp(join(tmpdir(), 'linkwright-bench-sql-'));
const db = await new DataSource({ type: 'postgres', url: process.env.BENCH_DATABASE_URL }).initialize();
const product = await bootProduct();

try {
  const now = new Date();
  const looks = { bare: [], ours: [] };
  const claims = { bare: [], ours: [] };
  const look = await statementOf((tx) => findDue(tx, now, 50));
  const mailboxes = await db.query(`SELECT workspace_id, id FROM mailboxes WHERE due_at <= now() ORDER BY id`);
  for (let round = 0; round < ROUNDS; round += 1) {
    looks.bare.push(50 * (await pgbench(look)));
    looks.ours.push(await perSecond(async () => (await findDue(db, now, 50)).length));
    const mailbox = mailboxes[round];
    const service = new MessageClaims({ now: () => now });
    const claim = await statementOf((tx) =>
      service.claim(tx, { workspaceId: mailbox.workspace_id, mailboxId: mailbox.id, token: newId(), limit: 50 }),
    );
    claims.bare.push(50 * (await pgbench(claim, 5)));
    const turn = product.get(MailboxTurn);
    claims.ours.push(await perSecond(async () => (await turn.take())?.messageIds.length ?? 0, 200));
  }
  console.log(`\n${rows} enrollments, medians of ${ROUNDS} rounds`);
  tell('looking for 50 enrollments', looks);
  tell('claiming mails, all gates asked', claims);
  await idle();
} finally {
  await product.close();
  await db.destroy();
  await database.stop();
  await rm(folder, { recursive: true });
}

function tell(title, { bare, ours }) {
  const [limit, mine] = [median(bare), median(ours)];
  console.log(`${title}: ${Math.round(mine)} rows/s, pgbench ${Math.round(limit)} rows/s, ${(mine / limit).toFixed(2)} of it`);
}

/** What a worker that has nothing to do costs the database, a tick. */
async function idle() {
  await db.query(`UPDATE enrollments SET next_at = next_at + interval '1 year' WHERE next_at <= now() + interval '1 hour'`);
  await db.query(`UPDATE mailboxes SET due_at = now() + interval '1 year'`);
  await db.query('VACUUM ANALYZE enrollments, mailboxes');
  for (const loop of ['plan', 'send', 'leases', 'silence', 'reconcile']) {
    await product.loops.runUntilIdle(loop);
    const [before, cpu] = [await activeMs(), databaseCpuSeconds()];
    for (let tick = 0; tick < 200; tick += 1) await product.loops.runUntilIdle(loop);
    const [active, used] = [(await activeMs()) - before, databaseCpuSeconds() - cpu];
    console.log(`idle tick of ${loop}: ${(active / 200).toFixed(2)} ms of database time, ${((used * 1000) / 200).toFixed(2)} ms of its CPU`);
  }
}

/** Time that statements took in this database; other connections report within a second, so it waits for them. */
async function activeMs() {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const [{ ms }] = await db.query(`SELECT active_time AS ms FROM pg_stat_database WHERE datname = current_database()`);
  return ms;
}

async function perSecond(work, atMost = Infinity) {
  const start = performance.now();
  let done = 0;
  for (let run = 0; run < atMost && performance.now() - start < SECONDS * 1000; run += 1) {
    const found = await work();
    if (found === 0) throw new Error('Void: nothing was due.');
    done += found;
  }
  return (1000 * done) / (performance.now() - start);
}

/** The first statement that `ask` sends, its values written in, as pgbench takes it. */
async function statementOf(ask) {
  let sent;
  await ask({
    query: async (sql, values) => {
      sent ??= sql.replaceAll(/\$(\d+)/g, (_, place) => literal(values[place - 1]));
      return [];
    },
  });
  return sent;
}

function literal(value) {
  if (typeof value === 'number') return String(value);
  return `'${value instanceof Date ? value.toISOString() : value}'`;
}

/** Statements a second on one connection. @param transactions instead of a time, for what uses its rows up */
async function pgbench(sql, transactions) {
  const file = join(folder, 'statement.sql');
  await writeFile(file, `${sql.replaceAll(/\s+/g, ' ')};\n`);
  const url = new URL(process.env.BENCH_DATABASE_URL);
  const howLong = transactions ? ['-t', String(transactions)] : ['-T', String(SECONDS)];
  const { stdout } = await promisify(execFile)(
    'pgbench',
    [
      '-n',
      '-c',
      '1',
      '-M',
      'prepared',
      ...howLong,
      '-f',
      file,
      '-h',
      url.searchParams.get('host') ?? url.hostname,
      '-p',
      url.port || '5432',
      '-U',
      url.username,
      url.pathname.slice(1),
    ],
    { env: { ...process.env, PGPASSWORD: decodeURIComponent(url.password) } },
  );
  return Number(/tps = ([\d.]+)/.exec(stdout)[1]);
}
