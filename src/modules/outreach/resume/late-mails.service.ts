import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FOLLOW_UPS } from '../../../domain/fair-share.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { WorkLoops } from '../../../platform/jobs/work-loops.js';
import { claimSite } from '../outreach.queries.js';
import { StepSkips } from '../planning/step-skips.service.js';

const BATCH = 50;

interface LateMail {
  readonly workspaceId: string;
  readonly id: string;
  readonly prospectId: string;
}

const WAITS = `m.state = 'scheduled' AND m.lane = ${String(FOLLOW_UPS)} AND m.due_at IS NOT NULL AND m.prospect_id IS NOT NULL AND ca.state = 'running'`;
const CAMPAIGN = 'JOIN campaigns ca ON ca.workspace_id = m.workspace_id AND ca.id = m.campaign_id';
/** By whom is held, each from its own few rows on. */
const LATE_MAILS = `
  SELECT m.workspace_id, m.id, m.prospect_id FROM campaigns ca
    JOIN messages m ON m.workspace_id = ca.workspace_id AND m.campaign_id = ca.id
   WHERE ca.late_before IS NOT NULL AND m.due_at < ca.late_before AND ${WAITS}
  UNION SELECT m.workspace_id, m.id, m.prospect_id FROM mailboxes mb
    JOIN messages m ON m.workspace_id = mb.workspace_id AND m.mailbox_id = mb.id ${CAMPAIGN}
   WHERE mb.late_before IS NOT NULL AND m.due_at < mb.late_before AND ${WAITS}
  UNION SELECT m.workspace_id, m.id, m.prospect_id FROM enrollments e
    JOIN messages m ON m.workspace_id = e.workspace_id AND m.enrollment_id = e.id ${CAMPAIGN}
   WHERE e.late_before IS NOT NULL AND e.state IN ('pending', 'active', 'postponed', 'blocked') AND m.due_at < e.late_before AND ${WAITS}`;

/** Skips follow-ups that came due too long ago while their campaign, mailbox or person was held (F31); their sequences go on. Loop: `late`. */
@Injectable()
export class LateMails implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly loops: WorkLoops,
    private readonly skips: StepSkips,
  ) {}

  onModuleInit(): void {
    this.loops.add('late', (stopping) => this.skipBatch(stopping));
  }

  private async skipBatch(stopping: AbortSignal): Promise<boolean> {
    const late = await rows<LateMail>(
      this.db,
      `/* all-workspaces: one loop serves everyone */
       SELECT workspace_id AS "workspaceId", id, prospect_id AS "prospectId" FROM (${LATE_MAILS}) late LIMIT ${String(BATCH)}`,
    );
    let done = 0;
    for (const mail of late) {
      if (stopping.aborted) return false;
      if (await this.skip(mail)) done += 1;
    }
    return done === BATCH;
  }

  /** @returns false when somebody else has the site, or the mail has moved on */
  private skip({ workspaceId, id, prospectId }: LateMail): Promise<boolean> {
    return transact(this.db, async (tx) => {
      if (!(await claimSite(tx, workspaceId, prospectId))) return false;
      const mail = await firstRow(
        tx,
        `SELECT FROM messages m ${CAMPAIGN}
           LEFT JOIN mailboxes mb ON mb.workspace_id = $1 AND mb.id = m.mailbox_id
           LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = m.enrollment_id
          WHERE m.workspace_id = $1 AND m.id = $2 AND m.due_at < GREATEST(ca.late_before, mb.late_before, e.late_before) AND ${WAITS}`,
        [workspaceId, id],
      );
      return mail !== undefined && this.skips.skip(tx, workspaceId, id, 'too_late');
    });
  }
}
