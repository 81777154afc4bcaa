import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { roomAhead } from '../../../domain/plan-ahead.js';
import { type PlanGate, planGatesOf, type PlanFacts } from '../../../domain/plan-gates.js';
import { OPEN_ENROLLMENT_STATES } from '../../../domain/machines/enrollment.js';
import { earliestOpening } from '../../../domain/send-decision.js';
import { stepToDo } from '../../../domain/sequence-progress.js';
import type { SequenceStep } from '../../../domain/sequence-steps.js';
import { Clock } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { UNDER_WAY } from '../outreach.queries.js';
import { loadAhead } from './planning-room.queries.js';
import { sitesInContact } from './site-contact.queries.js';
import { StepConditions } from './step-conditions.service.js';

/** The next step of an enrollment that has no mail yet. */
export interface ExplainedStep {
  readonly enrollmentId: string;
  /** Null at the end: nothing more is planned. */
  readonly step: { readonly key: string; readonly kind: SequenceStep['kind'] } | null;
  readonly gates: readonly PlanGate[];
  /** When it is planned at the earliest, or the sequence ends; null while nobody can say. */
  readonly plannedAt: Date | null;
}

interface PlanRow extends Pick<PlanFacts, 'state' | 'stateReason' | 'campaignState' | 'nextAt' | 'mailUnderWay'> {
  readonly id: string;
  readonly campaignId: string;
  readonly stepKey: string | null;
  readonly steps: readonly SequenceStep[];
  readonly stepsDone: readonly string[];
  readonly firstMail: boolean;
}

const SELECT = `
  SELECT e.id, e.campaign_id AS "campaignId", e.state, e.state_reason AS "stateReason", ca.state AS "campaignState", e.next_at AS "nextAt", e.step_key AS "stepKey",
         v.steps, e.mailbox_id IS NULL AS "firstMail",
         EXISTS (SELECT FROM messages m WHERE m.workspace_id = $1 AND m.enrollment_id = e.id AND m.direction = 'out' AND m.state = ANY ($2)) AS "mailUnderWay",
         ARRAY (SELECT s.step_key FROM enrollment_steps s WHERE s.workspace_id = $1 AND s.enrollment_id = e.id) AS "stepsDone"
    FROM enrollments e
    JOIN campaigns ca ON ca.workspace_id = e.workspace_id AND ca.id = e.campaign_id
    JOIN sequence_versions v ON v.workspace_id = e.workspace_id AND v.id = e.sequence_version_id
   WHERE e.workspace_id = $1`;

const AT_ONCE = 500;

/** Says why the next step of a sequence is not planned yet, and when it will be (F29). */
@Injectable()
export class PlanExplanations {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly conditions: StepConditions,
  ) {}

  async ofEnrollment(workspaceId: string, enrollmentId: string): Promise<ExplainedStep | undefined> {
    const found = await rows<PlanRow>(this.db, `${SELECT} AND e.id = $3`, [workspaceId, UNDER_WAY, enrollmentId]);
    const [explained] = await this.explain(workspaceId, found, await this.roomOf(workspaceId, found[0]?.campaignId));
    return explained;
  }

  /** Open enrollments of a campaign of which no mail waits, some hundred at a time. */
  async *ofCampaign(workspaceId: string, campaignId: string): AsyncGenerator<readonly ExplainedStep[]> {
    const room = await this.roomOf(workspaceId, campaignId);
    for (let after: string | null = null; ;) {
      const found: PlanRow[] = await rows<PlanRow>(
        this.db,
        `${SELECT} AND e.campaign_id = $3 AND e.state = ANY ($4) AND ($5::uuid IS NULL OR e.id > $5) ORDER BY e.id LIMIT ${String(AT_ONCE)}`,
        [workspaceId, UNDER_WAY, campaignId, [...OPEN_ENROLLMENT_STATES], after],
      );
      yield await this.explain(
        workspaceId,
        found.filter(({ mailUnderWay }) => !mailUnderWay),
        room,
      );
      const last = found.at(-1);
      if (!last || found.length < AT_ONCE) return;
      after = last.id;
    }
  }

  private async roomOf(workspaceId: string, campaignId: string | undefined): Promise<number> {
    return campaignId === undefined ? 0 : roomAhead(await loadAhead(this.db, { workspaceId, campaignId }));
  }

  private async explain(workspaceId: string, found: readonly PlanRow[], room: number): Promise<ExplainedStep[]> {
    const now = this.clock.now();
    const next = found.map((row) => ({ row, step: stepToDo(row.steps, row.stepKey, new Set(row.stepsDone)) }));
    const taken = await sitesInContact(
      this.db,
      workspaceId,
      next.flatMap(({ row, step }) => (step && step.kind !== 'task' ? [row.id] : [])),
    );
    const asked = next.flatMap(({ row, step }) => (step?.conditions?.length ? [{ enrollmentId: row.id, conditions: step.conditions }] : []));
    const unmet = await this.conditions.unmetSteps(this.db, workspaceId, asked);
    return next.map(({ row, step }) => {
      const writes = step !== undefined && step.kind !== 'task';
      const gates = planGatesOf({
        ...{ ...row, now, room, firstMail: row.firstMail && writes },
        ...{ siteInContact: taken.has(row.id), conditionsHold: !unmet.has(row.id) },
      });
      const ended = !(OPEN_ENROLLMENT_STATES as readonly string[]).includes(row.state);
      return {
        enrollmentId: row.id,
        step: step && !ended ? { key: step.key, kind: step.kind } : null,
        gates,
        plannedAt: earliestOpening(gates, now),
      };
    });
  }
}
