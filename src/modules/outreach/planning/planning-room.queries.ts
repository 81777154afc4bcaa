import type { EntityManager } from 'typeorm';
import type { CampaignAhead } from '../../../domain/plan-ahead.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { DueEnrollment } from '../outreach.queries.js';

type Db = Pick<EntityManager, 'query'>;
type CampaignKey = Pick<DueEnrollment, 'workspaceId' | 'campaignId'>;

export async function loadAhead(db: Db, { workspaceId, campaignId }: CampaignKey): Promise<CampaignAhead> {
  const mailboxes = await rows<CampaignAhead['mailboxes'][number]>(
    db,
    `SELECT m.per_hour AS "perHour", LEAST(m.per_day, m.ramp_start + m.ramp_step * m.ramp_days) AS "perDay" FROM campaign_mailboxes cm JOIN mailboxes m ON m.workspace_id = cm.workspace_id AND m.id = cm.mailbox_id
      WHERE cm.workspace_id = $1 AND cm.campaign_id = $2 AND m.state = 'connected'`,
    [workspaceId, campaignId],
  );
  const row = await firstRow<{ waiting: number }>(
    db,
    `SELECT count(*)::int AS waiting FROM messages WHERE workspace_id = $1 AND campaign_id = $2 AND state IN ('draft', 'pending_approval', 'scheduled')`,
    [workspaceId, campaignId],
  );
  return { mailboxes, waiting: row?.waiting ?? 0 };
}

/** Small enough for one statement; the planner comes again for the rest. */
const PUT_OFF_AT_ONCE = 5000;

/** Takes all of a full campaign who are due for their first mail out of the planner's sight in one statement. @returns how many */
export async function putOffFirstMails(db: Db, { workspaceId, campaignId }: CampaignKey, now: Date, until: Date): Promise<number> {
  const moved = await rows<{ id: string }>(
    db,
    `UPDATE enrollments SET next_at = $4 WHERE workspace_id = $1 AND id IN (
       SELECT e.id FROM enrollments e JOIN sequence_versions v ON v.workspace_id = e.workspace_id AND v.id = e.sequence_version_id
        WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.state = 'active' AND e.mailbox_id IS NULL AND e.step_key IS NULL
          AND e.next_at <= $3 AND NOT e.set_aside AND v.steps -> 0 ->> 'kind' <> 'task'
        LIMIT ${PUT_OFF_AT_ONCE} FOR NO KEY UPDATE OF e SKIP LOCKED)
     RETURNING id`,
    [workspaceId, campaignId, now, until],
  );
  return moved.length;
}
