// 10,000 mailboxes with gap and limits, turns by the product, time that a model moves: node bench/pacing/run.mjs [minutes] [workers ...]
import { DataSource } from 'typeorm';
import { MailboxTurn } from '../../dist/src/modules/sending/claim/mailbox-turn.service.js';
import { SetClock } from '../../dist/src/platform/clock.js';
import { databaseCpuSeconds } from '../support/database-cpu.mjs';
import { startDatabase } from '../support/database.mjs';
import { bootProduct } from '../support/product.mjs';
import { seedPacing, START } from './seed.mjs';
import { verify } from './verify.mjs';

const [minutes = 5, ...teams] = process.argv.slice(2).map(Number);
/** As shipped. */
const MAILBOXES_AT_ONCE = 64;
/** What the model takes for one mail on the wire, and for one turn of a worker, which takes them one after the other. */
const [WIRE_MS, TURN_MS] = [2000, Number(process.env.BENCH_TURN_MS ?? 5)];
const TICK_MS = 100;
/** A worker looks when a mailbox is through, and at the latest after this. */
const LOOK_MS = 1000;
const { random } = Math;

const SENT = `
  UPDATE messages SET state = 'sent', sent_at = $2, transmitting_at = $2, next_at = NULL, claim_token = NULL, claimed_until = NULL
   WHERE id = ANY ($1) AND state = 'claimed'`;

const database = await startDatabase(seedPacing);
Object.assign(process.env, database.env);
try {
  for (const workers of teams.length > 0 ? teams : [4]) await simulate(workers);
} finally {
  await database.stop();
}

async function simulate(count) {
  await database.renew();
  const clock = new SetClock(START);
  const db = await new DataSource({ type: 'postgres', url: process.env.BENCH_DATABASE_URL }).initialize();
  const product = await bootProduct(clock);
  Math.random = () => 0; // no jitter: the gap is then the earliest moment that is allowed
  try {
    const turn = product.get(MailboxTurn);
    const workers = Array.from({ length: count }, () => ({ lanes: [], lookAt: 0 }));
    const tally = { turns: 0, empty: 0, lanes: 0 };
    const [cpu, databaseCpu] = [process.cpuUsage(), databaseCpuSeconds()];
    for (let ms = 0; ms < minutes * 60_000; ms += TICK_MS) {
      clock.set(new Date(START.getTime() + ms));
      const sent = (await Promise.all(workers.map((worker) => look(worker, ms, turn, tally)))).flat();
      if (sent.length > 0) await db.query(SENT, [sent, clock.now()]);
      tally.lanes = Math.max(tally.lanes, workers.flatMap(({ lanes }) => lanes).length);
    }
    const used = process.cpuUsage(cpu);
    const perTurn = (seconds) => `${((1000 * seconds) / tally.turns).toFixed(1)} ms`;
    const { gap, hour, day, sent, late, waiting } = await verify(db, START, clock.now());
    console.log(`${count} workers x ${MAILBOXES_AT_ONCE}, ${minutes} minutes: ${sent} mails, broken: ${gap} gaps, ${hour} hours, ${day} days`);
    console.log(`  late p50 ${late[0].toFixed(2)} s, p99 ${late[1].toFixed(2)} s, worst ${late[2].toFixed(2)} s; ${waiting} due at the end`);
    console.log(`  ${tally.turns} turns, ${tally.empty} of them without a mail; at most ${tally.lanes} mailboxes at once`);
    console.log(`  CPU a turn ${perTurn((used.user + used.system) / 1e6)} + ${perTurn(databaseCpuSeconds() - databaseCpu)} of the database`);
  } finally {
    Math.random = random;
    await product.close();
    await db.destroy();
  }
}

/** What a worker takes up in this tick. */
async function look(worker, ms, turn, tally) {
  const busy = worker.lanes.filter((until) => until > ms);
  const free = busy.length < worker.lanes.length;
  worker.lanes = busy;
  if (!free && ms < worker.lookAt) return [];
  const sent = [];
  for (let turns = 0; turns < TICK_MS / TURN_MS && busy.length < MAILBOXES_AT_ONCE; turns += 1) {
    const batch = await turn.take();
    if (!batch) {
      worker.lookAt = ms + LOOK_MS;
      return sent;
    }
    tally.turns += 1;
    if (batch.messageIds.length === 0) tally.empty += 1;
    else busy.push(ms + WIRE_MS);
    sent.push(...batch.messageIds);
  }
  worker.lookAt = busy.length < MAILBOXES_AT_ONCE ? ms : Infinity;
  return sent;
}
