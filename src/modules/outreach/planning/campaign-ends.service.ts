import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { OPEN_ENROLLMENT_STATES } from '../../../domain/machines/enrollment.js';
import { Clock, DAY_MS, MINUTE_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { appendEvents } from '../../../platform/events/outbox.js';
import { WorkLoops } from '../../../platform/jobs/work-loops.js';

/** People are enrolled in bursts: a campaign ends a day after its last enrollment has, and until then takes others. */
export const CAMPAIGN_ENDS_AFTER_MS = DAY_MS;
const LOOK_EVERY_MS = MINUTE_MS;
const BATCH = 20;

/** Whoever was enrolled has ended, and the last of them before $2. */
const ENDED = `EXISTS (SELECT FROM enrollments e WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id)
  AND NOT EXISTS (SELECT FROM enrollments e WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.state = ANY ($1))
  AND NOT EXISTS (SELECT FROM enrollments e WHERE e.workspace_id = c.workspace_id AND e.campaign_id = c.id AND e.state_changed_at > $2)`;

interface EndingCampaign {
  readonly workspaceId: string;
  readonly id: string;
}

/** Ends campaigns that have nothing more to send. Loop: `campaigns`. */
@Injectable()
export class CampaignEnds implements OnModuleInit {
  private nextLookAt = 0;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
  ) {}

  onModuleInit(): void {
    this.loops.add('campaigns', (stopping) => this.endBatch(stopping));
  }

  private async endBatch(stopping: AbortSignal): Promise<boolean> {
    const now = this.clock.now().getTime();
    if (now < this.nextLookAt) return false;
    const found = await rows<EndingCampaign>(
      this.db,
      `/* all-workspaces: one clock serves everyone */
       SELECT c.workspace_id AS "workspaceId", c.id FROM campaigns c WHERE c.state = 'running' AND ${ENDED} LIMIT ${BATCH}`,
      [OPEN_ENROLLMENT_STATES, new Date(now - CAMPAIGN_ENDS_AFTER_MS)],
    );
    for (const campaign of found) {
      if (stopping.aborted) return false;
      await this.end(campaign);
    }
    if (found.length < BATCH) this.nextLookAt = now + LOOK_EVERY_MS;
    return found.length === BATCH;
  }

  /** Under the lock that enrolling shares: nobody is enrolled in between. */
  private end({ workspaceId, id }: EndingCampaign): Promise<void> {
    return transact(this.db, async (tx) => {
      await firstRow(tx, 'SELECT FROM campaigns WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE', [workspaceId, id]);
      const at = this.clock.now();
      const ended = await firstRow<{ projectId: string }>(
        tx,
        `UPDATE campaigns c SET version = version + 1, state = 'finished'
          WHERE c.workspace_id = $3 AND c.id = $4 AND c.state = 'running' AND ${ENDED} RETURNING c.project_id AS "projectId"`,
        [OPEN_ENROLLMENT_STATES, new Date(at.getTime() - CAMPAIGN_ENDS_AFTER_MS), workspaceId, id],
      );
      if (!ended) return;
      const { projectId } = ended;
      const data = { object: { type: 'campaign', id, state: 'finished' }, previous: { state: 'running' }, projectId };
      await appendEvents(tx, [{ workspaceId, type: 'campaign.finished', at, projectId, campaignId: id, opportunityId: null, data }]);
    });
  }
}
