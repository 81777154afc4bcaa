import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import type { EnrollmentState } from '../../../domain/machines/enrollment.js';
import { UNSENT_MESSAGE_STATES } from '../../../domain/machines/message.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { type ExplainedStep, PlanExplanations } from '../../outreach/planning/plan-explanations.service.js';
import type { Explanation } from '../messages/messages.dto.js';
import { Explanations } from './explanations.service.js';

export interface EnrollmentExplanation {
  readonly enrollmentId: string;
  readonly state: EnrollmentState;
  readonly mails: readonly Explanation[];
  /** Null when it has ended, or nothing is left to do. */
  readonly next: ExplainedStep | null;
}

/** Says where one person stands in a sequence: what holds the mail that waits, or why the next one is not written yet. */
@Injectable()
export class EnrollmentExplanations {
  constructor(
    private readonly db: DataSource,
    private readonly mails: Explanations,
    private readonly plans: PlanExplanations,
  ) {}

  /** @throws NotFound */
  async explain(actor: Actor, enrollmentId: string): Promise<EnrollmentExplanation> {
    const { workspaceId } = actor;
    const enrollment = await firstRow<{ state: EnrollmentState }>(this.db, 'SELECT state FROM enrollments WHERE workspace_id = $1 AND id = $2', [
      workspaceId,
      enrollmentId,
    ]);
    if (!enrollment) throw new NotFound('enrollment');
    const unsent = await rows<{ id: string }>(
      this.db,
      `SELECT id FROM messages WHERE workspace_id = $1 AND enrollment_id = $2 AND direction = 'out' AND state = ANY ($3) ORDER BY id`,
      [workspaceId, enrollmentId, UNSENT_MESSAGE_STATES],
    );
    const mails: Explanation[] = [];
    for (const { id } of unsent) mails.push(await this.mails.explain(actor, id)); // one, or a follow-up beside it
    const next = await this.plans.ofEnrollment(workspaceId, enrollmentId);
    return { enrollmentId, state: enrollment.state, mails, next: next?.step ? next : null };
  }
}
