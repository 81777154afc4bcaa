import type { EntityManager } from 'typeorm';
import { FOLLOW_UPS } from '../../../domain/fair-share.js';
import { midnightBefore } from '../../../domain/mailbox-pace.js';
import type { SendWindow } from '../../../domain/send-window.js';
import { firstRow, rows } from '../../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

export interface ResumedCampaign {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly now: Date;
  /** Follow-ups that were due before then are not sent any more. */
  readonly lateBefore: Date | null;
}

const LATE_MAIL = `(m.lane = ${String(FOLLOW_UPS)} AND $4::timestamptz IS NOT NULL AND m.due_at < $4)`;
const LATE_STEP = '(e.mailbox_id IS NOT NULL AND $4::timestamptz IS NOT NULL AND e.next_at < $4)';
/** Mails that are planned and were due. */
const MAILS = `FROM messages m WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND m.state = 'scheduled' AND m.source = 'sequence'
   AND COALESCE(m.due_at, m.next_at) <= $3`;
/** Steps that were due while nobody planned them. */
const STEPS = `FROM enrollments e WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.state IN ('pending', 'active', 'postponed', 'blocked') AND e.next_at <= $3`;

export interface Overdue {
  readonly overdue: number;
  readonly tooLate: number;
}

export async function countOverdue(db: Db, { workspaceId, campaignId, now, lateBefore }: ResumedCampaign): Promise<Overdue> {
  const counted = await firstRow<Overdue>(
    db,
    `SELECT sum(overdue)::int AS overdue, sum(late)::int AS "tooLate" FROM (
       SELECT count(*) AS overdue, count(*) FILTER (WHERE ${LATE_MAIL}) AS late ${MAILS}
       UNION ALL SELECT count(*), count(*) FILTER (WHERE ${LATE_STEP}) ${STEPS}) both_kinds`,
    [workspaceId, campaignId, now, lateBefore],
  );
  return counted ?? { overdue: 0, tooLate: 0 };
}

/** Spaces what is overdue, and not too late, evenly from now on. */
export async function spaceOut(tx: Db, { workspaceId, campaignId, now, lateBefore }: ResumedCampaign, everyMs: number): Promise<void> {
  const values = [workspaceId, campaignId, now, lateBefore, everyMs];
  const at = `$3::timestamptz + (one.place - 1) * $5::bigint * interval '1 millisecond'`;
  await rows(
    tx,
    `UPDATE messages SET next_at = ${at}
       FROM (SELECT m.id, row_number() OVER (ORDER BY COALESCE(m.due_at, m.next_at), m.id) AS place ${MAILS} AND NOT COALESCE(${LATE_MAIL}, false)) one
      WHERE messages.workspace_id = $1 AND messages.id = one.id AND messages.state = 'scheduled'`,
    values,
  );
  await rows(
    tx,
    `UPDATE enrollments SET next_at = ${at}
       FROM (SELECT e.id, row_number() OVER (ORDER BY e.next_at, e.id) AS place ${STEPS} AND NOT COALESCE(${LATE_STEP}, false)) one
      WHERE enrollments.workspace_id = $1 AND enrollments.id = one.id`,
    values,
  );
}

export interface DayRoom {
  readonly window: SendWindow | null;
  readonly zone: string;
  readonly perDay: number;
  readonly leftToday: number;
}

/** What the mailboxes of a campaign, and its own limit, let through on a day. */
export async function roomOf(db: Db, { workspaceId, campaignId, now }: ResumedCampaign): Promise<DayRoom | undefined> {
  const campaign = await firstRow<{ window: SendWindow | null; zone: string; limit: number | null }>(
    db,
    `SELECT c.send_window AS "window", w.time_zone AS zone, c.per_day AS "limit" FROM campaigns c JOIN workspaces w ON w.id = c.workspace_id
      WHERE c.workspace_id = $1 AND c.id = $2`,
    [workspaceId, campaignId],
  );
  if (!campaign) return undefined;
  const midnight = midnightBefore(now, campaign.zone);
  const room = await firstRow<{ perDay: number; left: number; sent: number }>(
    db,
    `SELECT COALESCE(sum(size.per_day), 0)::int AS "perDay", COALESCE(sum(GREATEST(size.per_day - size.today, 0)), 0)::int AS "left",
            (SELECT count(*)::int FROM messages m WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND m.direction = 'out' AND m.sent_at >= $3) AS sent
       FROM campaign_mailboxes cm JOIN mailboxes mb ON mb.workspace_id = cm.workspace_id AND mb.id = cm.mailbox_id AND mb.state = 'connected'
       CROSS JOIN LATERAL (
         SELECT LEAST(mb.per_day, mb.ramp_start + mb.ramp_step * mb.ramp_days) AS per_day,
                (SELECT count(*) FROM messages m WHERE m.workspace_id = $1 AND m.mailbox_id = mb.id AND m.direction = 'out' AND m.sent_at >= $3) AS today) size
      WHERE cm.workspace_id = $1 AND cm.campaign_id = $2`,
    [workspaceId, campaignId, midnight],
  );
  const { window, zone, limit } = campaign;
  const { perDay, left, sent } = room ?? { perDay: 0, left: 0, sent: 0 };
  return { window, zone, perDay: Math.min(perDay, limit ?? perDay), leftToday: Math.min(left, limit === null ? left : Math.max(0, limit - sent)) };
}
