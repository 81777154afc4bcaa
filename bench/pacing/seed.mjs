import { DUE_MAILBOXES, fill, LARGE, many } from '../plans/tables.mjs';
import { fillQuickly } from '../support/fill-quickly.mjs';

export const MAILBOXES = 10_000;
export const GAP_SECONDS = 90;
export const PER_HOUR = 8;
/** Noon, so that the day of the limits does not end. */
export const START = new Date(new Date().setUTCHours(12, 0, 0, 0));

const MAILS = PER_HOUR * MAILBOXES;
const AT = `timestamptz '${START.toISOString()}'`;
const MAILBOX = `n % ${MAILBOXES}`;
/** Mails that a mailbox sent in the hour before: none in every other one, else 1 to 8. */
const BEFORE = `(CASE WHEN ${MAILBOX} % 2 = 0 THEN 0 ELSE ${MAILBOX} / 2 % ${PER_HOUR} + 1 END)`;

/**
 * Eight mails wait in each mailbox. The first are due one mailbox after the other, evenly within one gap, as a planner's spread
 * leaves them; `created_at` keeps when. A tenth of the mailboxes may send two more today.
 */
export async function seedPacing(db) {
  await db.query('BEGIN'); // one now() for all
  await fillQuickly(db, LARGE, async () => {
    for (const sql of fill(MAILS)) {
      if (/INTO (?:backlinks|webhook_\w+|messages) /.test(sql)) continue;
      await db.query(
        sql.replace(`CASE WHEN n % 3 = 2 THEN 'finished' ELSE 'active' END`, `'active'`).replace(`ELSE 'paused' END`, `ELSE 'running' END`),
      );
    }
    await db.query(mails(MAILS, 'n', `'scheduled'`, `${AT} + (${MAILBOX}) * interval '${GAP_SECONDS} seconds' / ${MAILBOXES}`));
    const minutes = `(5 + 6 * (n / ${MAILBOXES})) * interval '1 minute' + (${MAILBOX} % 60) * interval '1 second'`;
    await db.query(mails(MAILS, `n + ${MAILS}`, `'sent'`, `${AT} - ${minutes}`, `n / ${MAILBOXES} < ${BEFORE}`));
    await db.query(DUE_MAILBOXES);
    await db.query(
      `UPDATE mailboxes SET gap_seconds = ${GAP_SECONDS}, per_hour = ${PER_HOUR}, next_at = ${AT} - interval '1 hour', from_address = 'ann@tea-' || n / 3 || '.example',
              per_day = CASE WHEN n % 10 = 9 THEN ${BEFORE} + 2 ELSE 100 END
         FROM generate_series(0, ${MAILBOXES - 1}) AS n WHERE id = pg_temp.uid(7, n)`,
    );
  });
  await db.query('COMMIT');
  await db.query('VACUUM ANALYZE');
}

function mails(count, id, state, at, where) {
  const one = `n % ${MAILS}`;
  const when = (wanted) => `CASE WHEN ${state} = '${wanted}' THEN ${at} END`;
  return many(
    count,
    'messages',
    `direction, source, state, state_changed_at, project_id, campaign_id, opportunity_id, prospect_id, contact_id, enrollment_id, step_key, mailbox_id,
     thread_id, from_address, to_address, subject, text, next_at, sent_at, transmitting_at, created_at`,
    `pg_temp.uid(13, ${id}), 'out', 'sequence', ${state}, now(), pg_temp.uid(2, 0), pg_temp.uid(6, n % 20), pg_temp.uid(10, ${one}), pg_temp.uid(8, ${one}),
     pg_temp.uid(9, ${one}), pg_temp.uid(11, ${one}), 'first', pg_temp.uid(7, ${MAILBOX}), pg_temp.uid(12, ${one}), 'ann@shop.example',
     'e@tea-' || n || '.example', 'A page', 'Hello.', ${when('scheduled')}, ${when('sent')}, ${when('sent')}, ${at}`,
    where,
  );
}
