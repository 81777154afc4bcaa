import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { domainOf, normaliseEmail } from '../../domain/email-address.js';
import { Conflict, NotFound, RuleViolation } from '../../domain/errors.js';
import { replySubject, threadHeaders } from '../../domain/mail-thread.js';
import { CLASSES_FROM_PEOPLE } from '../../domain/pipeline-events.js';
import { leftOverPlaceholders } from '../../domain/placeholders.js';
import { stepDueAt } from '../../domain/sequence-steps.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { transact } from '../../platform/database/transact.js';
import { newId } from '../../platform/ids.js';
import { wake } from '../../platform/jobs/work-loops.js';
import { personalMessageId } from '../../platform/mail/compose/message-id.js';
import { LinkSigner } from '../../platform/secrets/secret-box.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { Suppressions } from '../suppressions/suppressions.service.js';
import { ReplyTexts, type MailText } from './reply-texts.service.js';
import { closeAnswerTasks, findOtherSide, lockSiteOf, type OtherSide, readConversation, type ThreadMail } from './thread-replies.queries.js';

export interface FollowUpWish {
  readonly templateId: string;
  readonly afterBusinessDays: number;
}

export interface Reply {
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly templateId?: string | undefined;
  readonly followUp?: FollowUpWish | undefined;
}

export interface QueuedReply {
  readonly id: string;
  readonly threadId: string;
  readonly followUpId: string | null;
  readonly followUpAt: Date | null;
}

/** Where the mail goes, and what it is filed with. */
interface Addressing {
  readonly threadId: string;
  readonly last: ThreadMail;
  readonly toAddress: string;
  readonly side: OtherSide;
  readonly commercial: boolean;
  /** All that went before, for the headers. */
  readonly before: readonly { readonly rfcMessageId: string; readonly referenceIds: readonly string[]; readonly subject: string }[];
}

/** A mail of ours in a thread. */
interface NewMail {
  readonly id: string;
  readonly text: MailText;
  readonly nextAt: Date;
  readonly followUp?: { readonly of: string; readonly days: number };
}

/** What a person writes in a thread, and the follow-up that goes out when nobody answers (F81). */
@Injectable()
export class ThreadReplies {
  private readonly messageIdKey: Buffer;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly suppressions: Suppressions,
    private readonly texts: ReplyTexts,
    signer: LinkSigner,
  ) {
    this.messageIdKey = Buffer.from(signer.sign('message-id', 'key'), 'base64url');
  }

  /**
   * Queues a mail to whoever wrote last, from the mailbox of the thread. It leaves through the same checks as every mail.
   * @throws NotFound; Conflict `suppressed`, `contact_erased`, `undeliverable`, `contact_blocked`;
   *         RuleViolation `text_needed`, `placeholders_left`, `values_missing`, `mail_too_long`
   */
  reply(actor: Actor, threadId: string, input: Reply): Promise<QueuedReply> {
    return transact(this.db, async (tx) => {
      const to = await this.addressing(tx, actor, threadId);
      const about = { ...to.last, commercial: to.commercial };
      const text = await this.texts.ofReply(tx, actor, input, about);
      const later =
        input.followUp && (await this.texts.ofTemplate(tx, actor, { id: input.followUp.templateId, pointer: '/followUp/templateId' }, about));
      const now = this.clock.now();
      const id = newId();
      await this.store(tx, actor, to, { id, text, nextAt: now });
      const followUp =
        input.followUp && later
          ? await this.queueFollowUp(
              tx,
              actor,
              { ...to, before: [...to.before, this.asBefore(to, id, text)] },
              { id, wish: input.followUp, text: later },
            )
          : undefined;
      if (to.last.opportunityId !== null) await closeAnswerTasks(tx, actor.workspaceId, to.last.opportunityId, now);
      await audit(tx, actor, {
        action: 'thread.answered',
        subjectId: threadId,
        at: now,
        details: { messageId: id, followUpId: followUp?.id ?? null },
      });
      await wake(tx, 'send');
      return { id, threadId, followUpId: followUp?.id ?? null, followUpAt: followUp?.nextAt ?? null };
    });
  }

  private async addressing(tx: EntityManager, actor: Actor, threadId: string): Promise<Addressing> {
    const { workspaceId } = actor;
    const seen = await readConversation(tx, actor, threadId);
    await lockSiteOf(tx, workspaceId, seen.at(-1)?.prospectId ?? null);
    const mails = await readConversation(tx, actor, threadId);
    const [first] = mails;
    const newest = mails.at(-1);
    if (!first || !newest) throw new NotFound('thread');
    const theirs = mails.findLast((mail) => mail.direction === 'in' && CLASSES_FROM_PEOPLE.includes(mail.class ?? ''));
    const last = theirs ?? mails.findLast((mail) => mail.direction === 'out') ?? newest;
    const toAddress = last.direction === 'in' ? last.fromAddress : last.toAddress;
    const side = await findOtherSide(tx, workspaceId, { ...last, now: this.clock.now() });
    if (!side) throw new NotFound('mailbox');
    await this.requireWritable(tx, workspaceId, { last, toAddress, side });
    const before = asThread(mails);
    // an answer in a conversation that they began asks for nothing unasked (standards 26)
    return { threadId, last, toAddress, side, commercial: first.direction === 'out', before };
  }

  /** Asked again when it leaves; said now, while somebody is there to read it. */
  private async requireWritable(
    tx: EntityManager,
    workspaceId: string,
    { last, toAddress, side }: Pick<Addressing, 'last' | 'toAddress' | 'side'>,
  ): Promise<void> {
    if (side.erased) throw new Conflict('contact_erased', 'This person was erased: nobody writes to them any more.');
    if (side.undeliverable) throw new Conflict('undeliverable', 'Mail to this address came back for good.');
    if (side.blocked) throw new Conflict('contact_blocked', 'The site asked for no more mail.');
    const emailKey = normaliseEmail(toAddress);
    const match = emailKey === undefined ? undefined : await this.suppressions.find(tx, workspaceId, { emailKey, projectId: last.projectId });
    if (match) throw new Conflict('suppressed', 'This address is not to be mailed.');
  }

  private async queueFollowUp(
    tx: EntityManager,
    actor: Actor,
    to: Addressing,
    { id: of, wish, text }: { readonly id: string; readonly wish: FollowUpWish; readonly text: MailText },
  ): Promise<{ readonly id: string; readonly nextAt: Date }> {
    const days = wish.afterBusinessDays;
    const nextAt = stepDueAt({ delay: { value: days, unit: 'businessDays' } }, this.clock.now(), to.side);
    const mail: NewMail = { id: newId(), text, nextAt, followUp: { of, days } };
    await this.store(tx, actor, to, mail);
    return mail;
  }

  private async store(tx: EntityManager, actor: Actor, to: Addressing, mail: NewMail): Promise<void> {
    const { last } = to;
    const { text: words } = mail;
    requireComplete(words);
    const { subject, ...thread } = this.headersOf(to, words);
    const row = {
      ...{ id: mail.id, direction: 'out', source: 'person', commercial: to.commercial, nextAt: mail.nextAt },
      ...{ projectId: last.projectId, campaignId: last.campaignId, opportunityId: last.opportunityId },
      ...{ prospectId: last.prospectId, contactId: last.contactId, mailboxId: last.mailboxId, threadId: to.threadId },
      ...{ templateVersionId: words.templateVersionId, rfcMessageId: this.messageIdOf(to, mail.id) },
      ...{ inReplyTo: thread.inReplyTo, referenceIds: [...thread.referenceIds], fromAddress: to.side.fromAddress, toAddress: to.toAddress },
      ...{ subject, text: words.text, html: words.html, followUpOf: mail.followUp?.of ?? null, followUpDays: mail.followUp?.days ?? null },
    };
    await this.pipeline.create(tx, actor, { machine: 'message', state: 'scheduled', on: 'message_queued', row });
  }

  /** Named after what they wrote last, and what a mail program puts before it. */
  private headersOf({ before, last }: Addressing, { subject }: MailText) {
    const headers = threadHeaders(before, subject ?? '');
    return { ...headers, subject: replySubject(last.subject?.trim() || subject?.trim() || 'your mail') };
  }

  private asBefore(to: Addressing, id: string, text: MailText) {
    const { subject, referenceIds } = this.headersOf(to, text);
    return { rfcMessageId: this.messageIdOf(to, id), referenceIds, subject };
  }

  private messageIdOf({ side }: Addressing, id: string): string {
    return personalMessageId(this.messageIdKey, id, domainOf(side.fromAddress));
  }
}

/** @throws RuleViolation `placeholders_left`: a mail with a hole never leaves */
function requireComplete({ text, html }: MailText): void {
  const placeholders = leftOverPlaceholders([text, html ?? ''].join('\n'));
  if (placeholders.length > 0) throw new RuleViolation('placeholders_left', 'The mail still holds places to fill in.', { placeholders });
}

/** Some programs name no references: then it is what went before here (RFC 5322 section 3.6.4). */
function asThread(mails: readonly ThreadMail[]): Addressing['before'] {
  const ids = mails.map(({ rfcMessageId }) => rfcMessageId);
  return mails.flatMap(({ rfcMessageId, referenceIds, subject }, at) => {
    if (rfcMessageId === null) return [];
    const earlier = ids.slice(0, at).filter((id) => id !== null);
    return [{ rfcMessageId, referenceIds: referenceIds.length > 0 ? referenceIds : earlier, subject: subject ?? '' }];
  });
}
