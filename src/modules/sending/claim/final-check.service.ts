import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { normaliseEmail } from '../../../domain/email-address.js';
import { decideSend, type GateCode, type RecipientLimit, type SendDecision, type SendFacts } from '../../../domain/send-decision.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock, HOUR_MS, MINUTE_MS } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { askForLook } from '../../outreach/page-looks.service.js';
import { StepConditions } from '../../outreach/planning/step-conditions.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { type SuppressionMatch, Suppressions } from '../../suppressions/suppressions.service.js';
import { recipientDomain, recipientLimits } from '../limits/recipient-limits.queries.js';
import { type MailRow, readMails } from './sending.queries.js';

/** All that the decision asks of one mail, and what it was read of. */
export type MailFacts = MailRow & SendFacts;

/** Gathers the facts of the final check (F27). */
@Injectable()
export class MailFactsReader {
  constructor(
    private readonly suppressions: Suppressions,
    private readonly clock: Clock,
    private readonly conditions: StepConditions,
  ) {}

  /** In the order the mails became due; ids that are no outgoing mails of the workspace are left out. */
  async read(tx: Pick<EntityManager, 'query'>, workspaceId: string, ids: readonly string[]): Promise<MailFacts[]> {
    const now = this.clock.now();
    const mails = await readMails(tx, workspaceId, ids, now);
    const limits = await recipientLimits(tx, workspaceId, mails, now);
    const matches = new Map<string | null, Map<string, SuppressionMatch>>();
    for (const projectId of new Set(mails.map((mail) => mail.projectId))) {
      const emailKeys = [...new Set(mails.filter((mail) => mail.projectId === projectId).flatMap(keysOf))];
      matches.set(projectId, await this.suppressions.findAll(tx, workspaceId, { emailKeys, projectId }));
    }
    const conditional = mails.filter((mail) => mail.conditional).map(({ id }) => id);
    const unmet = await this.conditions.unmet(tx, workspaceId, conditional);
    return mails.map((mail) => {
      const [match] = keysOf(mail).flatMap((key) => matches.get(mail.projectId)?.get(key) ?? []);
      const recipient = limits.get(recipientDomain(mail.toAddress)) ?? null;
      return { ...mail, now, suppressed: match?.kind ?? null, conditionFalse: unmet.has(mail.id), recipientDomain: recipient };
    });
  }
}

/** The contact's address may have changed since the mail was written: both are asked about. */
function keysOf({ toAddress, contactKey }: MailRow): string[] {
  const written = normaliseEmail(toAddress);
  return [...new Set([...(contactKey === null ? [] : [contactKey]), ...(written === undefined ? [] : [written])])];
}

/** When to look again at a gate that opens at no known time. A site is let go by a colleague, which takes days; a mail whose conditions fail is left out as soon as it is back in the queue. */
const LOOK_AGAIN_MS: Partial<Record<GateCode, number>> = { site_in_contact: HOUR_MS, condition: 0, law: HOUR_MS };
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
    if (decision.why === 'page_check') await askForLook(tx, workspaceId, { messageId: mail.id, at: mail.now });
    const waitMs = LOOK_AGAIN_MS[decision.why] ?? HELD_MS;
    await this.release(tx, workspaceId, mail.id, decision.until ?? new Date(this.clock.now().getTime() + waitMs));
  }

  /** Cancels for good. A sequence whose mail was taken from it stands still, so it says so instead of seeming to run. */
  async cancel(
    tx: EntityManager,
    workspaceId: string,
    mail: Pick<MailFacts, 'id' | 'enrollmentId' | 'enrollmentState'>,
    code: string,
  ): Promise<void> {
    const actor = systemActor(workspaceId);
    await this.pipeline.record(tx, actor, { kind: 'message_held', messageId: mail.id, code });
    if (mail.enrollmentId === null || mail.enrollmentState !== 'active') return;
    await this.pipeline.record(tx, actor, { kind: 'enrollment_blocked', enrollmentId: mail.enrollmentId, code });
  }

  /** Puts a claimed mail back; this was no try. @param nextAt stays as it is when absent */
  async release(tx: EntityManager, workspaceId: string, messageId: string, nextAt: Date | null = null): Promise<void> {
    const { moves } = await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'message_released', messageId });
    if (moves.length === 0) return; // a stop has cancelled it meanwhile
    await rows(tx, `UPDATE messages SET next_at = COALESCE($3, next_at), attempts = GREATEST(attempts - 1, 0) WHERE workspace_id = $1 AND id = $2`, [
      workspaceId,
      messageId,
      nextAt,
    ]);
  }
}

export interface CheckResult {
  /** In the order they became due. */
  readonly passed: readonly string[];
  /** Some only wait for a gate to open. */
  readonly waiting: boolean;
}

/** The last look before a mail leaves (F27), in the transaction that claims it and again in the one that begins. */
@Injectable()
export class FinalCheck {
  constructor(
    private readonly facts: MailFactsReader,
    private readonly hold: Hold,
  ) {}

  /** Cancels or puts back what must not go now. A mail that a stop has taken from its claim is left as it is. */
  async pass(tx: EntityManager, workspaceId: string, claimed: readonly string[]): Promise<CheckResult> {
    const passed: string[] = [];
    let waiting = false;
    const gone = new Map<string, number>();
    for (const mail of await this.facts.read(tx, workspaceId, claimed)) {
      if (mail.state !== 'claimed') continue;
      const domain = recipientDomain(mail.toAddress);
      const decision = decideSend({ ...mail, recipientDomain: withMore(mail.recipientDomain, gone.get(domain)) });
      if (decision.do === 'send') {
        passed.push(mail.id);
        gone.set(domain, (gone.get(domain) ?? 0) + 1);
      } else await this.hold.apply(tx, workspaceId, mail, decision);
      waiting ||= decision.do === 'hold';
    }
    return { passed, waiting };
  }
}

/** With the mails of the same batch that have passed before. */
function withMore(limit: RecipientLimit | null | undefined, passed = 0): RecipientLimit | null {
  return limit ? { ...limit, today: limit.today + passed } : null;
}
