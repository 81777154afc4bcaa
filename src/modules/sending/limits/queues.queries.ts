import type { EntityManager } from 'typeorm';
import { type Lane, PERSONS_MAILS, type Queue } from '../../../domain/fair-share.js';
import { hot } from '../../../platform/database/preparing-client.js';
import { rows } from '../../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

const NO_CAMPAIGN = '00000000-0000-0000-0000-000000000000';
/** As the index has it. */
const KEY = `lane, COALESCE(campaign_id, '${NO_CAMPAIGN}'::uuid)`;
const ONE = `SELECT lane, COALESCE(campaign_id, '${NO_CAMPAIGN}'::uuid) AS campaign, next_at FROM messages
   WHERE workspace_id = $1 AND mailbox_id = $2 AND state = 'scheduled'`;

/** Jumps from queue to queue along the index: as many steps as there are queues, however many mails wait in them. */
const QUEUES = hot(`
  WITH RECURSIVE queue AS (
    (${ONE} ORDER BY ${KEY}, next_at LIMIT 1)
    UNION ALL
    SELECT following.* FROM queue CROSS JOIN LATERAL (${ONE} AND (${KEY}) > (queue.lane, queue.campaign) ORDER BY ${KEY}, next_at LIMIT 1) following
  )
  SELECT queue.lane, NULLIF(queue.campaign, '${NO_CAMPAIGN}') AS "campaignId", queue.next_at AS "oldestAt",
         COALESCE(ca.weight, 1) AS weight, ca.per_day AS "perDay"
    FROM queue LEFT JOIN campaigns ca ON ca.workspace_id = $1 AND ca.id = queue.campaign
   WHERE queue.next_at <= $3`);

/** What the mailbox has sent today, or has on its way, queue by queue. */
const TAKEN = hot(`
  SELECT lane, campaign_id AS "campaignId", count(*)::int AS taken FROM messages
   WHERE workspace_id = $1 AND mailbox_id = $2 AND direction = 'out' AND sent_at IS NOT NULL AND sent_at >= $3 GROUP BY 1, 2
  UNION ALL
  SELECT lane, campaign_id, count(*)::int FROM messages
   WHERE workspace_id = $1 AND mailbox_id = $2 AND state IN ('claimed', 'transmitting') GROUP BY 1, 2`);

/** What campaigns have sent today from all mailboxes; a person's mails do not count. */
const SENT_TODAY = `
  SELECT campaign_id AS "campaignId", sum(mails)::int AS sent FROM (
    SELECT campaign_id, count(*) AS mails FROM messages
     WHERE workspace_id = $1 AND campaign_id = ANY ($2) AND direction = 'out' AND sent_at IS NOT NULL AND sent_at >= $3 AND lane > ${String(PERSONS_MAILS)} GROUP BY 1
    UNION ALL
    SELECT campaign_id, count(*) FROM messages
     WHERE workspace_id = $1 AND campaign_id = ANY ($2) AND lane > ${String(PERSONS_MAILS)}
       AND (state IN ('claimed', 'transmitting') OR state = 'delivery_unknown' AND transmitting_at >= $3) GROUP BY 1) mails
   GROUP BY 1`;

type Found = Omit<Queue, 'taken' | 'room'> & { readonly perDay: number | null };

/** The queues of a mailbox that have mail due, with what is left to each. `midnight`: when the day of the limits began. */
export async function loadQueues(
  tx: Db,
  { workspaceId, id: mailboxId }: { readonly workspaceId: string; readonly id: string },
  { now, midnight }: { readonly now: Date; readonly midnight: Date },
): Promise<Queue[]> {
  const found = await rows<Found>(tx, QUEUES, [workspaceId, mailboxId, now]);
  const limited = found.flatMap(({ campaignId, perDay }) => (campaignId === null || perDay === null ? [] : [campaignId]));
  const sent = limited.length === 0 ? new Map<string, number>() : await sentToday(tx, workspaceId, [...new Set(limited)], midnight);
  const taken = found.length < 2 ? [] : await takenToday(tx, { workspaceId, id: mailboxId }, midnight);
  return found.map(({ perDay, ...queue }) => ({
    ...queue,
    taken: taken.filter((one) => one.lane === queue.lane && one.campaignId === queue.campaignId).reduce((sum, one) => sum + one.taken, 0),
    room: perDay === null || queue.campaignId === null ? null : Math.max(0, perDay - (sent.get(queue.campaignId) ?? 0)),
  }));
}

interface TakenByQueue {
  readonly lane: Lane;
  readonly campaignId: string | null;
  readonly taken: number;
}

/** What each queue has had of a mailbox since `midnight`; one may be named twice. */
export function takenToday(
  db: Db,
  { workspaceId, id }: { readonly workspaceId: string; readonly id: string },
  midnight: Date,
): Promise<TakenByQueue[]> {
  return rows(db, TAKEN, [workspaceId, id, midnight]);
}

/** Mails that campaigns have sent since `midnight`, or have on their way. */
export async function sentToday(db: Db, workspaceId: string, campaignIds: readonly string[], midnight: Date): Promise<Map<string, number>> {
  const sent = await rows<{ campaignId: string; sent: number }>(db, SENT_TODAY, [workspaceId, campaignIds, midnight]);
  return new Map(sent.map((one) => [one.campaignId, one.sent]));
}
