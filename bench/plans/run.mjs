// Plans of the statements that every worker asks again and again, on large tables: node bench/plans/run.mjs [rows]
import { claimDue } from '../../dist/src/modules/backlinks/checks/link-checks.queries.js';
import { findDue } from '../../dist/src/modules/outreach/outreach.queries.js';
import { MessageClaims } from '../../dist/src/modules/pipeline/message-claims.service.js';
import { conditionalMails, endTurn, pickMailbox, readMails, stepAside } from '../../dist/src/modules/sending/claim/sending.queries.js';
import { DomainVolume } from '../../dist/src/modules/sending/limits/domain-volume.service.js';
import { countRampDay, loadPace } from '../../dist/src/modules/sending/limits/pace.queries.js';
import { loadQueues, sentToday } from '../../dist/src/modules/sending/limits/queues.queries.js';
import { recipientLimits } from '../../dist/src/modules/sending/limits/recipient-limits.queries.js';
import { CLAIM_DELIVERIES } from '../../dist/src/modules/webhooks/delivery/webhook-queue.queries.js';
import { newId } from '../../dist/src/platform/ids.js';
import pg from 'pg';
import { startDatabase } from '../support/database.mjs';
import { explain, linesOf } from './explain.mjs';
import { fill } from './tables.mjs';

const rows = Number(process.argv[2] ?? 300_000);
const database = await startDatabase(async (db) => {
  await db.query('BEGIN'); // one now() for all
  for (const sql of fill(rows)) await db.query(sql);
  await db.query('COMMIT');
  await db.query('VACUUM ANALYZE');
});
await database.renew();
const db = new pg.Client(database.env.BENCH_DATABASE_URL);
await db.connect();
const now = new Date();
const one = async (sql) => (await db.query(sql)).rows[0];

try {
  const mailbox = await one(
    `SELECT workspace_id AS "workspaceId", mailbox_id AS id FROM messages WHERE state = 'scheduled' AND next_at <= now() LIMIT 1`,
  );
  const { workspaceId } = mailbox;
  const mails = await one(`SELECT array_agg(id) AS ids FROM (SELECT id FROM messages WHERE state = 'scheduled' LIMIT 50) AS fifty`);
  const { id: campaignId } = await one('SELECT campaign_id AS id FROM messages WHERE campaign_id IS NOT NULL LIMIT 1');
  const midnight = new Date(now.getTime() - 12 * 3_600_000);
  const limits = { zone: 'UTC', perDomain: 5, perFreeMailHost: 5 };
  const TO = Array.from({ length: 10 }, (_, n) => ({ id: newId(), toAddress: `e@tea-${n}.example`, recipientLimits: limits }));
  const claims = new MessageClaims({ now: () => now });

  console.log(`${(await one('SHOW server_version')).server_version}, ${rows} rows a table\n`);
  await tell('mailbox that is due', (tx) => pickMailbox(tx, now));
  await tell('pace of a mailbox', (tx) => loadPace(tx, mailbox, now));
  await tell('lanes of a mailbox', (tx) => loadQueues(tx, mailbox, { now, midnight }));
  await tell('mails of a campaign today', (tx) => sentToday(tx, workspaceId, [campaignId], midnight));
  const volume = new DomainVolume();
  await tell('mails of a domain, its own report', (tx) => volume.roomOf(tx, mailbox, now));
  await tell('mails of a domain, its mailboxes', (tx) => volume.roomOf(answering(tx, [{ domain: 'shop.example', ready: false }]), mailbox, now));
  await tell('mails to ten domains today', (tx) => recipientLimits(tx, workspaceId, TO, now));
  await tell('mails with conditions', (tx) => conditionalMails(tx, mailbox, now, [{ take: 50, lane: 1, campaignId }]));
  await tell('mails that step aside', (tx) => stepAside(tx, mailbox, now, now));
  await tell('day of a ramp', (tx) => countRampDay(tx, mailbox, now, 'UTC'));
  await tell('end of a turn', (tx) => endTurn(tx, mailbox, now));
  await tell('claim of 50 mails', (tx) => claims.claim(tx, { workspaceId, mailboxId: mailbox.id, token: newId(), limit: 50 }));
  await tell('final check of 1 mail', (tx) => readMails(tx, workspaceId, mails.ids.slice(0, 1), now));
  await tell('final check of 50 mails', (tx) => readMails(tx, workspaceId, mails.ids, now));
  await tell('links that are due', (tx) => claimDue(tx, { at: now, token: newId(), limit: 20 }));
  await tell('enrollments that are due', (tx) => findDue(tx, now, 50));
  await tell('deliveries that are due', (tx) => tx.query(CLAIM_DELIVERIES, [now, newId(), 512, 16, [], []]));
} finally {
  await db.end();
  await database.stop();
}

/** The first statement is taken as asked, with this answer. */
function answering(tx, found) {
  let asked = false;
  return {
    query: async (sql, values) => {
      if (asked) return tx.query(sql, values);
      asked = true;
      return found;
    },
  };
}

async function tell(title, ask) {
  const best = await explain(db, ask);
  if (best.error) {
    console.log(`== ${title}: ${best.error.message}`);
    return;
  }
  const ms = (name) => best[name].toFixed(2);
  console.log(`== ${title}: ${ms('Execution Time')} ms, planned in ${ms('Planning Time')} ms, ${best.Plan['Shared Hit Blocks']} blocks`);
  console.log(linesOf(best).join('\n'));
}
