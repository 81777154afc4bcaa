import { GAP_SECONDS, PER_HOUR } from './seed.mjs';

const SENT = `
  SELECT mailbox_id, sent_at, created_at AS due_at, lag(sent_at) OVER mine AS last_at, lag(sent_at, ${PER_HOUR}) OVER mine AS hour_at
    FROM messages WHERE direction = 'out' AND sent_at IS NOT NULL WINDOW mine AS (PARTITION BY mailbox_id ORDER BY sent_at)`;

/** Asked of the tables alone, by other statements than the product decides by. */
const BROKEN = `
  SELECT count(*) FILTER (WHERE sent_at < last_at + interval '${GAP_SECONDS} seconds')::int AS gap,
         count(*) FILTER (WHERE sent_at < hour_at + interval '1 hour')::int AS hour,
         (SELECT count(*)::int FROM (
            SELECT FROM messages m JOIN mailboxes b ON b.id = m.mailbox_id
             WHERE m.sent_at >= date_trunc('day', $1::timestamptz, 'UTC') GROUP BY b.id, b.per_day HAVING count(*) > b.per_day) AS days) AS day,
         count(*) FILTER (WHERE sent_at >= $1)::int AS sent
    FROM (${SENT}) AS sent`;

/** Behind the moment when the mail was due and all limits allowed it; what waits at the end counts with what it has waited. */
const LATENESS = `
  SELECT percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY late) AS late, count(*) FILTER (WHERE NOT gone)::int AS waiting FROM (
    SELECT true AS gone, extract(epoch FROM sent_at - GREATEST(due_at, last_at + interval '${GAP_SECONDS} seconds', hour_at + interval '1 hour'))::float AS late
      FROM (${SENT}) AS sent WHERE sent_at >= $1
    UNION ALL
    SELECT false, extract(epoch FROM $2::timestamptz - allowed_at)::float FROM (
      SELECT GREATEST(
               (SELECT min(m.created_at) FROM messages m WHERE m.workspace_id = b.workspace_id AND m.mailbox_id = b.id AND m.state = 'scheduled'),
               (sent.at)[1] + interval '${GAP_SECONDS} seconds', (sent.at)[${PER_HOUR}] + interval '1 hour') AS allowed_at
        FROM mailboxes b CROSS JOIN LATERAL (
          SELECT array_agg(m.sent_at ORDER BY m.sent_at DESC) AS at FROM messages m
           WHERE m.workspace_id = b.workspace_id AND m.mailbox_id = b.id AND m.sent_at IS NOT NULL) AS sent
       WHERE b.due_at IS NOT NULL AND COALESCE(cardinality(sent.at), 0) < b.per_day) AS next WHERE allowed_at < $2) AS mails`;

export async function verify(db, start, end) {
  const [broken] = await db.query(BROKEN, [start]);
  const [{ late, waiting }] = await db.query(LATENESS, [start, end]);
  return { ...broken, late, waiting };
}
