import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { BOUNCE_CLASSES } from '../../domain/bounce-class.js';
import { addressOf } from '../../domain/delivery-status.js';
import { normaliseEmail } from '../../domain/email-address.js';
import type { InboundClass } from '../../domain/inbound-class.js';
import { sameSubject } from '../../domain/reply-subject.js';
import type { InboundMail } from '../../platform/mail/inbound/inbound-mail.js';
import { Suppressions } from '../suppressions/suppressions.service.js';
import { findContact, findLastSentTo, findSentById, lockAgainstErasure, type SentMail } from './inbox.queries.js';

/** How an incoming mail was found to belong to ours (F36), surest first. */
export type MatchMethod = 'dsn_message_id' | 'in_reply_to' | 'references' | 'dsn_recipient' | 'contact' | 'none';

export interface Match {
  readonly method: MatchMethod;
  /** Mails of ours that it is about; the first is the one it is filed with. */
  readonly about: readonly SentMail[];
  /** It answers, or reports on, the first of them; else it is only filed there. */
  readonly answers: boolean;
  /** Who wrote it, or whom it is about. */
  readonly contactId: string | null;
}

/** Which mailbox of which workspace it came to: nothing of another one is ever looked at. */
export interface Arrival {
  readonly workspaceId: string;
  readonly mailboxId: string;
}

const REPORTS: readonly InboundClass[] = [...BOUNCE_CLASSES, 'complaint'];
/** A report names few; a forged one could name any number. */
const MAX_RECIPIENTS = 20;
/** Beyond these a thread's header is of no use: the nearest mail is among the last ids. */
const MAX_REFERENCES = 100;
const NONE: Match = { method: 'none', about: [], answers: false, contactId: null };

/** Finds what an incoming mail is about, by ids first and by addresses where no id is known. */
@Injectable()
export class InboundMatcher {
  constructor(private readonly suppressions: Suppressions) {}

  async match(tx: EntityManager, arrival: Arrival, mail: InboundMail, verdict: InboundClass): Promise<Match> {
    const isReport = REPORTS.includes(verdict);
    const named = (isReport ? await this.byReturnedId(tx, arrival, mail) : undefined) ?? (await this.byThread(tx, arrival, mail));
    if (named) return named;
    if (isReport) return (await this.byRecipients(tx, arrival, mail)) ?? NONE;
    if (verdict === 'unclassified') return NONE;
    return (await this.bySender(tx, arrival, mail, verdict)) ?? NONE;
  }

  /**
   * Whether the mail is from somebody who was erased, or reports on mail to them: of it nothing may be kept (standards 29). Nobody
   * it is from or about is erased before the transaction ends.
   */
  async isOfErased(tx: EntityManager, workspaceId: string, mail: InboundMail, { contactId, about }: Match): Promise<boolean> {
    const sender = normaliseEmail(mail.from?.address ?? '');
    const emailKeys = [...new Set([...(sender === undefined ? [] : [sender]), ...recipientsOf(mail)])];
    const contactIds = [contactId, ...about.map((sent) => sent.contactId)];
    const known = await lockAgainstErasure(tx, workspaceId, { contactIds, emailKeys });
    // of a letter in their conversation the sender decides: a colleague may answer
    if ((mail.deliveryStatus ?? mail.feedbackReport) && known.some(({ erased }) => erased)) return true;
    for (const emailKey of emailKeys) if (await this.suppressions.wasErased(tx, workspaceId, emailKey)) return true;
    return false;
  }

  private async byReturnedId(tx: EntityManager, { workspaceId }: Arrival, mail: InboundMail): Promise<Match | undefined> {
    const id = mail.deliveryStatus?.originalMessageId ?? mail.feedbackReport?.originalMessageId;
    return id === undefined ? undefined : matched('dsn_message_id', await findSentById(tx, workspaceId, [id]));
  }

  private async byThread(tx: EntityManager, arrival: Arrival, mail: InboundMail): Promise<Match | undefined> {
    const answered = matched('in_reply_to', await findSentById(tx, arrival.workspaceId, mail.inReplyTo.slice(0, MAX_REFERENCES)));
    if (answered) return answered;
    const nearestFirst = mail.references.slice(-MAX_REFERENCES).reverse();
    return matched('references', await findSentById(tx, arrival.workspaceId, nearestFirst));
  }

  private async byRecipients(tx: EntityManager, arrival: Arrival, mail: InboundMail): Promise<Match | undefined> {
    const about: SentMail[] = [];
    for (const emailKey of recipientsOf(mail)) {
      const contactId = await findContact(tx, arrival.workspaceId, emailKey);
      const sent = contactId && (await findLastSentTo(tx, arrival.workspaceId, { contactId, mailboxId: arrival.mailboxId }));
      if (sent && !about.some(({ id }) => id === sent.id)) about.push(sent);
    }
    const [first] = about;
    return first && { method: 'dsn_recipient', about, answers: true, contactId: first.contactId };
  }

  /** A mail with our subject, or a machine's, answers our last one; any other is a new mail of theirs. */
  private async bySender(tx: EntityManager, arrival: Arrival, mail: InboundMail, verdict: InboundClass): Promise<Match | undefined> {
    const emailKey = normaliseEmail(mail.from?.address ?? '');
    const contactId = emailKey && (await findContact(tx, arrival.workspaceId, emailKey));
    if (!contactId) return undefined;
    const last = await findLastSentTo(tx, arrival.workspaceId, { contactId, mailboxId: arrival.mailboxId });
    const answers = last !== undefined && (verdict === 'auto_reply' || sameSubject(mail.subject, last.subject));
    return { method: 'contact', about: last ? [last] : [], answers, contactId };
  }
}

/** Whom a report names, each once. */
function recipientsOf({ deliveryStatus, feedbackReport }: InboundMail): Set<string> {
  const named = (deliveryStatus?.recipients ?? []).slice(0, MAX_RECIPIENTS).map((recipient) => recipient.finalRecipient);
  const all = [...named, addressOf(deliveryStatus?.originalTo ?? ''), feedbackReport?.originalRecipient ?? ''];
  return new Set(all.flatMap((address) => normaliseEmail(address) ?? []));
}

function matched(method: MatchMethod, sent: SentMail | undefined): Match | undefined {
  return sent && { method, about: [sent], answers: true, contactId: sent.contactId };
}
