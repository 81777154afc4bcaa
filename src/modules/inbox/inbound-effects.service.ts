import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type BounceClass, classOfRecipient } from '../../domain/bounce-class.js';
import type { RecipientStatus } from '../../domain/delivery-status.js';
import { normaliseEmail } from '../../domain/email-address.js';
import type { InboundClass } from '../../domain/inbound-class.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import { askGuardrails } from '../outreach/guardrails/guardrails.service.js';
import { leaveTask } from '../pipeline/left-for-people.service.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { ReceivedMails } from '../pipeline/received-mails.service.js';
import { Suppressions } from '../suppressions/suppressions.service.js';
import type { Match } from './inbound-matcher.service.js';
import { markUndeliverable, replyStopsSite, type SentMail } from './inbox.queries.js';

/** An incoming mail that was read, judged and matched. */
export interface JudgedMail {
  /** Of the kept mail. Names the event, so that a replay moves nothing. */
  readonly id: string;
  readonly mailboxId: string;
  readonly class: InboundClass | 'own';
  /** All that a report names, also those it has nothing bad to say of. */
  readonly recipients: readonly RecipientStatus[];
  readonly match: Match;
}

/** A report on one mail of ours. */
interface Report {
  readonly eventId: string;
  readonly mailboxId: string;
  readonly sent: SentMail;
}

/** What an incoming mail does to the machines (state-model 7). Our own mail and what nobody understands do nothing (F39). */
@Injectable()
export class InboundEffects {
  constructor(
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly received: ReceivedMails,
    private readonly suppressions: Suppressions,
  ) {}

  async happen(tx: EntityManager, actor: Actor, mail: JudgedMail): Promise<void> {
    switch (mail.class) {
      case 'human':
        return this.answered(tx, actor, mail);
      case 'auto_reply':
        return this.answeredByMachine(tx, actor, mail);
      case 'complaint':
        return this.complained(tx, actor, mail);
      case 'bounce_hard':
      case 'bounce_soft':
      case 'delayed':
      case 'policy_block':
        return this.reported(tx, actor, mail, mail.class);
      case 'own':
      case 'unclassified':
        return undefined;
    }
  }

  private async answered(tx: EntityManager, actor: Actor, { id, match }: JudgedMail): Promise<void> {
    const { contactId, about, answers } = match;
    if (contactId === null) return;
    const messageId = answers ? (about[0]?.id ?? null) : null;
    const wholeSite = await replyStopsSite(tx, actor.workspaceId);
    await this.pipeline.record(tx, actor, { kind: 'reply_received', messageId, contactId, wholeSite }, id);
  }

  /** The date of return is read with the inbox (F38); until then an absence postpones nothing. */
  private async answeredByMachine(tx: EntityManager, actor: Actor, { id, match }: JudgedMail): Promise<void> {
    const [sent] = match.about;
    if (sent) await this.pipeline.record(tx, actor, { kind: 'auto_reply_received', messageId: sent.id, resumeAt: null }, id);
  }

  /** The complaint closes the card first: the opt-out that the suppression records then finds nothing more to move. */
  private async complained(tx: EntityManager, actor: Actor, { id, match }: JudgedMail): Promise<void> {
    const [sent] = match.about;
    if (!sent) return;
    if (sent.contactId !== null) await this.pipeline.record(tx, actor, { kind: 'complained', contactId: sent.contactId, messageId: sent.id }, id);
    await this.suppress(tx, actor, sent, 'complaint');
    await askGuardrails(tx, actor.workspaceId, sent.id, this.clock.now());
  }

  /** Each mail that the report is about is judged by what it says of its recipient (RFC 3464, standards 43). */
  private async reported(tx: EntityManager, actor: Actor, mail: JudgedMail, worst: BounceClass): Promise<void> {
    for (const [at, sent] of mail.match.about.entries()) {
      const to = normaliseEmail(sent.toAddress);
      const own = mail.recipients.find((recipient) => normaliseEmail(recipient.finalRecipient) === to);
      const report: Report = { eventId: at === 0 ? mail.id : newId(), mailboxId: mail.mailboxId, sent };
      const found = own ? classOfRecipient(own) : worst;
      if (found) await this.undelivered(tx, actor, report, found);
    }
  }

  private async undelivered(tx: EntityManager, actor: Actor, { eventId, mailboxId, sent }: Report, found: BounceClass): Promise<void> {
    const { workspaceId } = actor;
    const messageId = sent.id;
    switch (found) {
      case 'bounce_hard':
        return this.bouncedHard(tx, actor, sent, eventId);
      case 'bounce_soft':
        await this.pipeline.record(tx, actor, { kind: 'bounced_soft', messageId }, eventId);
        return;
      case 'delayed':
        await this.pipeline.record(tx, actor, { kind: 'message_found_sent', messageId }, eventId);
        return this.received.note(tx, workspaceId, { messageId, fact: 'delayed', eventId });
      case 'policy_block':
        await this.pipeline.record(tx, actor, { kind: 'message_found_sent', messageId }, eventId);
        // their server refuses us, which no contact can help
        return leaveTask(tx, workspaceId, { kind: 'policy_block', subjectType: 'mailbox', subjectId: mailboxId, at: this.clock.now() });
    }
  }

  /** Marked first: whether a card has another contact left must not count this one. */
  private async bouncedHard(tx: EntityManager, actor: Actor, sent: SentMail, eventId: string): Promise<void> {
    const emailKey = normaliseEmail(sent.toAddress);
    if (sent.contactId !== null && emailKey !== undefined) {
      await markUndeliverable(tx, actor.workspaceId, { contactId: sent.contactId, emailKey, at: this.clock.now() });
    }
    await this.pipeline.record(tx, actor, { kind: 'bounced_hard', messageId: sent.id }, eventId);
    await this.suppress(tx, actor, sent, 'bounce');
    await askGuardrails(tx, actor.workspaceId, sent.id, this.clock.now());
  }

  private async suppress(tx: EntityManager, actor: Actor, sent: SentMail, source: 'bounce' | 'complaint'): Promise<void> {
    const value = normaliseEmail(sent.toAddress);
    const reason = source === 'bounce' ? 'hard bounce' : 'complaint';
    if (value !== undefined) await this.suppressions.add(tx, actor, { kind: 'address', value, reason, source });
  }
}
