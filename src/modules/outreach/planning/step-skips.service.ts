import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { SequenceProgress } from './sequence-progress.service.js';

/** Mails that are left out after they were planned. A sequence goes on with its next step. */
@Injectable()
export class StepSkips {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly progress: SequenceProgress,
    private readonly clock: Clock,
  ) {}

  /**
   * Only a mail that waits in the queue and that nobody has claimed. What else follows from the reason comes after it: an
   * event that stops the enrollment would cancel the mail.
   * @param code  why, such as `condition_false`; 60 characters at most
   * @returns false when it is claimed, gone, or in somebody's hands just now
   */
  async skip(tx: EntityManager, workspaceId: string, messageId: string, code: string): Promise<boolean> {
    const mail = await firstRow<{ enrollmentId: string | null; stepKey: string | null }>(
      tx,
      `SELECT enrollment_id AS "enrollmentId", step_key AS "stepKey" FROM messages
        WHERE workspace_id = $1 AND id = $2 AND state = 'scheduled' FOR NO KEY UPDATE SKIP LOCKED`,
      [workspaceId, messageId],
    );
    if (!mail) return false;
    const { moves } = await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'message_skipped', messageId, code });
    if (moves.length === 0) return false;
    const { enrollmentId, stepKey } = mail;
    if (enrollmentId === null || stepKey === null) return true; // a follow-up that a person set: no step of a sequence
    await rows(tx, 'UPDATE enrollment_steps SET skipped_code = $4 WHERE workspace_id = $1 AND enrollment_id = $2 AND step_key = $3', [
      ...[workspaceId, enrollmentId, stepKey, code],
    ]);
    await this.progress.afterSent(tx, workspaceId, { enrollmentId, sentAt: this.clock.now() });
    return true;
  }
}
