import type { EntityManager } from 'typeorm';
import { FOLLOW_UPS } from '../../../domain/fair-share.js';
import { midnightBefore } from '../../../domain/mailbox-pace.js';
import type { SendWindow } from '../../../domain/send-window.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { STEP_DUE_AT } from '../outreach.queries.js';

type Db = Pick<EntityManager, 'query'>;

/** What is let go on. */
export interface ResumedPart {
  readonly of: 'campaign' | 'mailbox' | 'enrollment';
  readonly workspaceId: string;
  readonly id: string;
}

export interface Resumed extends ResumedPart {
  readonly now: Date;
  /** Follow-ups that were due before then are not sent any more. */
  readonly lateBefore: Date | null;
}

const OPEN = `e.state IN ('pending', 'active', 'postponed', 'blocked')`;
/** What a campaign holds itself is no matter of a mailbox that comes back. */
const runs = (of: string): string =>
  `EXISTS (SELECT FROM campaigns ca WHERE ca.workspace_id = $1 AND ca.id = ${of}.campaign_id AND ca.state = 'running')`;
/** Mails and steps of each part; one person is held while it is asked. */
const PARTS = {
  campaign: { mails: 'm.campaign_id = $2', steps: `e.campaign_id = $2 AND ${OPEN}` },
  mailbox: { mails: `m.mailbox_id = $2 AND ${runs('m')}`, steps: `e.mailbox_id = $2 AND ${OPEN} AND ${runs('e')}` },
  enrollment: { mails: 'm.enrollment_id = $2', steps: `e.id = $2 AND (${OPEN} OR e.state = 'paused')` },
} as const satisfies Record<ResumedPart['of'], { readonly mails: string; readonly steps: string }>;

const LATE_MAIL = `(m.lane = ${String(FOLLOW_UPS)} AND $4::timestamptz IS NOT NULL AND m.due_at < $4)`;
const LATE_STEP = `(e.mailbox_id IS NOT NULL AND $4::timestamptz IS NOT NULL AND ${STEP_DUE_AT} < $4)`;
/** Mails that are planned and were due. */
const mailsOf = (of: ResumedPart['of']): string => `FROM messages m WHERE m.workspace_id = $1 AND ${PARTS[of].mails} AND m.state = 'scheduled'
   AND m.source = 'sequence' AND COALESCE(m.due_at, m.next_at) <= $3`;
/** Steps that were due while nobody planned them. */
const stepsOf = (of: ResumedPart['of']): string => `FROM enrollments e WHERE e.workspace_id = $1 AND ${PARTS[of].steps} AND ${STEP_DUE_AT} <= $3`;

export interface Overdue {
  readonly overdue: number;
  readonly tooLate: number;
}

export async function countOverdue(db: Db, { of, workspaceId, id, now, lateBefore }: Resumed): Promise<Overdue> {
  const counted = await firstRow<Overdue>(
    db,
    `SELECT sum(overdue)::int AS overdue, sum(late)::int AS "tooLate" FROM (
       SELECT count(*) AS overdue, count(*) FILTER (WHERE ${LATE_MAIL}) AS late ${mailsOf(of)}
       UNION ALL SELECT count(*), count(*) FILTER (WHERE ${LATE_STEP}) ${stepsOf(of)}) both_kinds`,
    [workspaceId, id, now, lateBefore],
  );
  return counted ?? { overdue: 0, tooLate: 0 };
}

/** Spaces what is overdue, and not too late, evenly from now on. */
export async function spaceOut(tx: Db, { of, workspaceId, id, now, lateBefore }: Resumed, everyMs: number): Promise<void> {
  const values = [workspaceId, id, now, lateBefore, everyMs];
  const at = `$3::timestamptz + (one.place - 1) * $5::bigint * interval '1 millisecond'`;
  await rows(
    tx,
    `UPDATE messages SET next_at = ${at}
       FROM (SELECT m.id, row_number() OVER (ORDER BY COALESCE(m.due_at, m.next_at), m.id) AS place ${mailsOf(of)} AND NOT COALESCE(${LATE_MAIL}, false)) one
      WHERE messages.workspace_id = $1 AND messages.id = one.id AND messages.state = 'scheduled'`,
    values,
  );
  await rows(
    tx,
    `UPDATE enrollments SET next_at = ${at}
       FROM (SELECT e.id, row_number() OVER (ORDER BY e.next_at, e.id) AS place ${stepsOf(of)} AND NOT COALESCE(${LATE_STEP}, false)) one
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

/** What may leave on a day; undefined for one person of a campaign that does not run. */
export async function roomOf(db: Db, resumed: Resumed): Promise<DayRoom | undefined> {
  const { of, workspaceId, id } = resumed;
  if (of === 'mailbox') return roomOfMailbox(db, resumed);
  if (of === 'campaign') return roomOfCampaign(db, resumed);
  // who goes on in one that is finished makes it run again
  const campaign = await firstRow<{ id: string }>(
    db,
    `SELECT c.id FROM enrollments e JOIN campaigns c ON c.workspace_id = $1 AND c.id = e.campaign_id
      WHERE e.workspace_id = $1 AND e.id = $2 AND c.state IN ('running', 'finished')`,
    [workspaceId, id],
  );
  return campaign && roomOfCampaign(db, { ...resumed, id: campaign.id });
}

async function roomOfMailbox(db: Db, { workspaceId, id, now }: Resumed): Promise<DayRoom | undefined> {
  const mailbox = await firstRow<{ window: SendWindow | null; zone: string; perDay: number }>(
    db,
    `SELECT mb.send_window AS "window", w.time_zone AS zone, LEAST(mb.per_day, mb.ramp_start + mb.ramp_step * mb.ramp_days) AS "perDay"
       FROM mailboxes mb JOIN workspaces w ON w.id = mb.workspace_id WHERE mb.workspace_id = $1 AND mb.id = $2`,
    [workspaceId, id],
  );
  if (!mailbox) return undefined;
  const sent = await firstRow<{ today: number }>(
    db,
    `SELECT count(*)::int AS today FROM messages m WHERE m.workspace_id = $1 AND m.mailbox_id = $2 AND m.direction = 'out' AND m.sent_at >= $3`,
    [workspaceId, id, midnightBefore(now, mailbox.zone)],
  );
  return { ...mailbox, leftToday: Math.max(0, mailbox.perDay - (sent?.today ?? 0)) };
}

/** What the mailboxes of a campaign, and its own limit, let through on a day. */
async function roomOfCampaign(db: Db, { workspaceId, id: campaignId, now }: Resumed): Promise<DayRoom | undefined> {
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
