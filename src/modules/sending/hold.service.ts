import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { GateCode, SendDecision } from '../../domain/send-decision.js';
import { systemActor } from '../../platform/auth/system-actor.js';
import { Clock, HOUR_MS, MINUTE_MS } from '../../platform/clock.js';
import { rows } from '../../platform/database/sql.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import type { MailFacts } from './mail-facts.service.js';

/** When to look again at a gate that opens at no known time. A site is let go by a colleague, which takes days. */
const LOOK_AGAIN_MS: Partial<Record<GateCode, number>> = { site_in_contact: HOUR_MS };
export const HELD_MS = 5 * MINUTE_MS;

/** Claimed mails that do not leave after all. */
@Injectable()
export class Hold {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly clock: Clock,
  ) {}

  /** Does what the final check decided about a claimed mail. */
  async apply(tx: EntityManager, workspaceId: string, mail: MailFacts, decision: Exclude<SendDecision, { do: 'send' }>): Promise<void> {
    if (decision.do === 'cancel') {
      await this.cancel(tx, workspaceId, mail, decision.code);
      return;
    }
    const waitMs = LOOK_AGAIN_MS[decision.why] ?? HELD_MS;
    await this.release(tx, workspaceId, mail.id, decision.until ?? new Date(this.clock.now().getTime() + waitMs));
  }

  /** Cancels for good. A sequence whose mail was taken from it stands still, so it says so instead of seeming to run. */
  async cancel(tx: EntityManager, workspaceId: string, mail: Pick<MailFacts, 'id' | 'enrollmentId' | 'enrollmentState'>, code: string): Promise<void> {
    const actor = systemActor(workspaceId);
    await this.pipeline.record(tx, actor, { kind: 'message_held', messageId: mail.id, code });
    if (mail.enrollmentId === null || mail.enrollmentState !== 'active') return;
    await this.pipeline.record(tx, actor, { kind: 'enrollment_blocked', enrollmentId: mail.enrollmentId, code });
  }

  /** Puts a claimed mail back; this was no try. @param nextAt stays as it is when absent */
  async release(tx: EntityManager, workspaceId: string, messageId: string, nextAt: Date | null = null): Promise<void> {
    const { moves } = await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'message_released', messageId });
    if (moves.length === 0) return; // a stop has cancelled it meanwhile
    await rows(
      tx,
      `UPDATE messages SET next_at = COALESCE($3, next_at), attempts = GREATEST(attempts - 1, 0) WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, messageId, nextAt],
    );
  }
}
