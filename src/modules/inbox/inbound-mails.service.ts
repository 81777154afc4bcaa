import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { normaliseEmail } from '../../domain/email-address.js';
import { Forbidden, NotFound } from '../../domain/errors.js';
import { classifyInbound } from '../../domain/inbound-class.js';
import { pagesNamedIn } from '../../domain/reply-urls.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { systemActor } from '../../platform/auth/system-actor.js';
import { Clock, MINUTE_MS } from '../../platform/clock.js';
import { storableText } from '../../platform/database/storable-text.js';
import { transact } from '../../platform/database/transact.js';
import { newId } from '../../platform/ids.js';
import { WorkLoops } from '../../platform/jobs/work-loops.js';
import type { InboundMail } from '../../platform/mail/inbound/inbound-mail.js';
import { closeInboundParser, parseInbound } from '../../platform/mail/inbound/parse-inbound.js';
import { MailUnreadable } from '../../platform/mail/inbound/parser-thread.js';
import { leaveLinkNews } from '../pipeline/link-news/link-news.service.js';
import { ReceivedMails, type ReceivedMail } from '../pipeline/received-mails.service.js';
import { InboundEffects, type JudgedMail } from './inbound-effects.service.js';
import { InboundMatcher, type Match } from './inbound-matcher.service.js';
import {
  findCardOfContact,
  findInbound,
  findLeftOver,
  findMailbox,
  type InboundRow,
  isOwnAddress,
  keepRaw,
  lockPending,
  PENDING,
  type Place,
  type ReceivingMailbox,
  settleInbound,
} from './inbox.queries.js';

/** Longer than reading a mail may take: then whoever read it is dead. */
const LEFT_OVER_AFTER_MS = 5 * MINUTE_MS;
/** What somebody wrote; anything else is a report on a mail of ours, which counts whoever was erased. */
const LETTERS: readonly JudgedMail['class'][] = ['human', 'auto_reply', 'unclassified', 'own'];
const NOWHERE: Place = { projectId: null, campaignId: null, opportunityId: null, prospectId: null };
/** Of a thread's Message-IDs the last ones are kept. */
const MAX_REFERENCES = 100;
/** As the columns have it; RFC 5322 section 2.1.1 allows lines of 998 characters. */
const MAX_ID = 998;
const MAX_TEXT = 1_000_000;

/** Mail that comes in: kept as it is first, then read, matched and let happen, once (promise 8, F45). */
@Injectable()
export class InboundMails implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly matcher: InboundMatcher,
    private readonly effects: InboundEffects,
    private readonly received: ReceivedMails,
    private readonly loops: WorkLoops,
  ) {}

  onModuleInit(): void {
    this.loops.add('inbox', () => this.readLeftOver());
  }

  async onApplicationShutdown(): Promise<void> {
    await closeInboundParser();
  }

  /**
   * Takes in a raw mail. The same bytes for the same mailbox again, also at once, are the same mail and do nothing.
   * A mail whose reading was cut short by a crash is kept, and read later by the loop `inbox`.
   * @throws NotFound, Forbidden for a key that is bound to another mailbox, Forbidden `outside_border` when its maker has only some projects
   */
  async receive(actor: Actor, mailboxId: string, raw: Buffer): Promise<InboundRow> {
    const { workspaceId } = actor;
    const mailbox = await findMailbox(this.db.manager, workspaceId, mailboxId);
    if (!mailbox) throw new NotFound('mailbox');
    if (actor.mailboxId !== undefined && actor.mailboxId !== mailboxId) throw new Forbidden('This key brings in mail of another mailbox.');

    if (actor.projectIds !== null)
      throw new Forbidden('A mailbox gets the mail of all projects: a member who has all of them makes its key.', 'outside_border');
    const contentHash = createHash('sha256').update(raw).digest('hex');
    const kept = { workspaceId, id: newId(), mailboxId, contentHash, raw, receivedAt: this.clock.now() };
    const id = await transact(this.db, async (tx) => {
      const keptAs = await keepRaw(tx, kept);
      const at = kept.receivedAt;
      if (keptAs === kept.id) await audit(tx, actor, { action: 'inbound_mail.received', subjectId: keptAs, at, details: { mailboxId } });
      return keptAs;
    });
    const known = await this.get(workspaceId, id);
    if (known.class !== PENDING) return known;
    await this.read(actor, mailbox, { id, raw });
    return this.get(workspaceId, id);
  }

  /** Reads what a crash left unread. @returns true when there may be more */
  async readLeftOver(): Promise<boolean> {
    const found = await findLeftOver(this.db.manager, new Date(this.clock.now().getTime() - LEFT_OVER_AFTER_MS));
    if (!found) return false;
    const { workspaceId, mailboxId } = found;
    const mailbox = await findMailbox(this.db.manager, workspaceId, mailboxId);
    if (!mailbox) return false;
    await this.read(systemActor(workspaceId), mailbox, found);
    return true;
  }

  private async read(actor: Actor, mailbox: ReceivingMailbox, { id, raw }: { readonly id: string; readonly raw: Buffer }): Promise<void> {
    const { workspaceId } = actor;
    const mail = await readable(raw);
    await transact(this.db, async (tx) => {
      if (!(await lockPending(tx, workspaceId, id))) return;
      if (mail instanceof MailUnreadable) return this.setAside(tx, workspaceId, id, mail);
      return this.takeIn(tx, actor, { id, mailbox, mail });
    });
  }

  private async get(workspaceId: string, id: string): Promise<InboundRow> {
    const found = await findInbound(this.db.manager, workspaceId, id);
    if (!found) throw new NotFound('mail');
    return found;
  }

  private async setAside(tx: EntityManager, workspaceId: string, id: string, problem: MailUnreadable): Promise<void> {
    const outcome = { class: 'unclassified', matchMethod: null, messageId: null, problem: column(problem.message, 500) };
    await settleInbound(tx, workspaceId, id, outcome);
  }

  private async takeIn(
    tx: EntityManager,
    actor: Actor,
    { id, mailbox, mail }: { readonly id: string; readonly mailbox: ReceivingMailbox; readonly mail: InboundMail },
  ): Promise<void> {
    const { workspaceId } = actor;
    const found = await this.judge(tx, workspaceId, mail);
    const match: Match = await this.matcher.match(tx, { workspaceId, mailboxId: mailbox.id }, mail, found === 'own' ? 'unclassified' : found);
    const forgotten = await this.matcher.isOfErased(tx, workspaceId, mail, match);
    if (forgotten && LETTERS.includes(found)) {
      return settleInbound(tx, workspaceId, id, { class: found, matchMethod: null, messageId: null, problem: null, forgotten });
    }
    const judged: JudgedMail = { id, mailboxId: mailbox.id, class: found, recipients: mail.deliveryStatus?.recipients ?? [], match };
    const row = rowOf(judged, mail, { mailbox, place: await this.placeOf(tx, workspaceId, match) });
    await this.received.store(tx, workspaceId, forgotten ? { ...row, subject: null, text: null, html: null } : row);
    await settleInbound(tx, workspaceId, id, { class: found, matchMethod: match.method, messageId: row.id, problem: null, forgotten });
    await this.effects.happen(tx, actor, judged);
    if (found !== 'human' || row.opportunityId === null || row.contactId === null || row.text === null) return;
    const news = { id: row.id, opportunityId: row.opportunityId, source: 'reply', urls: pagesNamedIn(row.text) } as const;
    await leaveLinkNews(tx, workspaceId, { ...news, at: this.clock.now() });
  }

  /** A report in our own name is still a report; anything else that we wrote ourselves is nobody's answer (F39). */
  private async judge(tx: EntityManager, workspaceId: string, mail: InboundMail): Promise<JudgedMail['class']> {
    const { class: found } = classifyInbound(mail);
    const own = LETTERS.includes(found) && (await isOwnAddress(tx, workspaceId, normaliseEmail(mail.from?.address ?? '')));
    return own ? 'own' : found;
  }

  private async placeOf(tx: EntityManager, workspaceId: string, match: Match): Promise<Place> {
    const [sent] = match.about;
    if (sent || match.contactId === null) return sent ?? NOWHERE;
    return (await findCardOfContact(tx, workspaceId, match.contactId)) ?? NOWHERE;
  }
}

async function readable(raw: Buffer): Promise<InboundMail | MailUnreadable> {
  try {
    return await parseInbound(raw);
  } catch (error) {
    if (error instanceof MailUnreadable) return error;
    throw error;
  }
}

function column(text: string | undefined, max: number): string | null {
  return text === undefined ? null : storableText(text, max);
}

/** Filed with the mail that it is about, else a conversation of its own. */
function threadOf({ about, answers }: Match): Pick<ReceivedMail, 'enrollmentId' | 'pitchId' | 'threadId' | 'answersId'> {
  const [sent] = about;
  if (!sent) return { enrollmentId: null, pitchId: null, threadId: newId(), answersId: null };
  const { enrollmentId, pitchId, threadId } = sent;
  return { enrollmentId, pitchId, threadId: threadId ?? newId(), answersId: answers ? sent.id : null };
}

function rowOf(judged: JudgedMail, mail: InboundMail, at: { readonly mailbox: ReceivingMailbox; readonly place: Place }): ReceivedMail {
  const { match } = judged;
  const { projectId, campaignId, opportunityId, prospectId } = at.place;
  return {
    ...{ id: judged.id, rawId: judged.id, mailboxId: at.mailbox.id },
    ...{ projectId, campaignId, opportunityId, prospectId },
    contactId: match.contactId,
    ...threadOf(match),
    class: judged.class,
    matchMethod: match.method,
    rfcMessageId: column(mail.messageId, MAX_ID),
    inReplyTo: column(mail.inReplyTo[0], MAX_ID),
    referenceIds: mail.references.slice(-MAX_REFERENCES).map((id) => column(id, MAX_ID) ?? ''),
    fromAddress: column(mail.from?.address, 320) ?? '',
    toAddress: column(mail.to[0] ?? at.mailbox.fromAddress, 320) ?? '',
    subject: column(mail.subject, 2000),
    text: column(mail.text, MAX_TEXT),
    html: column(mail.html, MAX_TEXT),
  };
}
