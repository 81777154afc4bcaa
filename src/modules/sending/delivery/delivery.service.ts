import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DomainError } from '../../../domain/errors.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import { Together } from '../../../platform/database/together.js';
import { transact } from '../../../platform/database/transact.js';
import type { ComposedMail } from '../../../platform/mail/compose/compose.js';
import { MessageClaims } from '../../pipeline/message-claims.service.js';
import { LoginUnavailable } from '../../mailboxes/logins/mail-logins.service.js';
import { FinalCheck } from '../claim/final-check.service.js';
import type { Batch } from '../claim/mailbox-turn.service.js';
import { UNREACHABLE_REST_MS } from './refusals.service.js';
import { type LoadedMail, MailsAhead } from './mails-ahead.js';
import { OutgoingMails } from './outgoing-mails.service.js';
import { SentCopies } from './sent-copies.service.js';
import { Outcomes } from './outcomes.service.js';
import { Wire } from './wire.service.js';
import { lockSite, lockSites, type MailOfSite, siteKeyOf } from '../claim/sending.queries.js';

/** A claimed mail that is about to leave. */
interface Beginning {
  readonly batch: Batch;
  readonly mail: MailOfSite;
}

/** Mails that are committed as on the wire at one time; each of them starts at once. */
const TOGETHER_AT_MOST = 50;

/** The step that cannot be taken back: committed before the first byte (promise 1). */
@Injectable()
export class Transmissions {
  private readonly together = new Together<Beginning, boolean>({
    groupOf: ({ batch }) => batch.mailbox.workspaceId,
    keyOf: ({ mail }) => siteKeyOf(mail),
    atMost: TOGETHER_AT_MOST,
    together: (beginnings) => this.beginAll(beginnings),
    alone: (beginning) => this.beginAlone(beginning),
  });

  constructor(
    private readonly db: DataSource,
    private readonly claims: MessageClaims,
    private readonly check: FinalCheck,
  ) {}

  /**
   * Asks every gate once more, since a batch may take minutes, one mail of a site at a time: of two colleagues' mails that were
   * claimed together only one begins. Mails that begin at about the same time share one transaction, never more than there are
   * connections to send them on.
   * @returns false when the mail must not go, or is no longer ours
   */
  begin(batch: Batch, mail: MailOfSite): Promise<boolean> {
    return this.together.ask({ batch, mail });
  }

  private beginAll(beginnings: readonly Beginning[]): Promise<(boolean | undefined)[]> {
    const workspaceId = beginnings[0]?.batch.mailbox.workspaceId ?? '';
    return transact(this.db, async (tx) => {
      const mails = beginnings.map(({ mail }) => mail);
      const free = new Set((await lockSites(tx, workspaceId, mails)).map(({ id }) => id));
      const { passed } = await this.check.pass(tx, workspaceId, [...free]);
      const held = beginnings.flatMap(({ batch: { token }, mail: { id } }) => (passed.includes(id) ? [{ id, token }] : []));
      const begun = await this.claims.beginAll(tx, workspaceId, held);
      return mails.map(({ id }) => (free.has(id) ? begun.has(id) : undefined));
    });
  }

  /** Waits for whoever holds the site. */
  private beginAlone({ batch, mail }: Beginning): Promise<boolean> {
    const { workspaceId } = batch.mailbox;
    return transact(this.db, async (tx) => {
      await lockSite(tx, workspaceId, mail.id);
      const { passed } = await this.check.pass(tx, workspaceId, [mail.id]);
      return passed.length > 0 && (await this.claims.begin(tx, workspaceId, mail.id, batch.token));
    });
  }
}

/** Sends the claimed mails of one mailbox, one after the other on each of its connections. */
@Injectable()
export class Delivery {
  private readonly logger = new Logger(Delivery.name);

  constructor(
    private readonly mails: OutgoingMails,
    private readonly transmissions: Transmissions,
    private readonly wire: Wire,
    private readonly outcomes: Outcomes,
    private readonly copies: SentCopies,
    private readonly config: AppConfig,
  ) {}

  /** Ends early when the process stops or the mailbox must rest: what has not begun goes back into the queue. */
  async deliver(batch: Batch, stopping: AbortSignal): Promise<void> {
    const run: Run = { batch, stopping, ahead: new MailsAhead(this.mails, batch), ids: batch.messageIds.values(), rests: false, broken: false };
    await this.sendNext(run); // shows whether the server takes any: the other connections follow only then
    const connections = Math.min(this.config.MAILBOX_CONNECTIONS, batch.messageIds.length - 1);
    const ended = await Promise.allSettled(Array.from({ length: connections }, () => this.sendOnOne(run)));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }

  /** What breaks one connection's row of mails off ends those of the others too: the leases say what becomes of the rest. */
  private async sendOnOne(run: Run): Promise<void> {
    try {
      while (!run.broken && (await this.sendNext(run)));
    } catch (error) {
      run.broken = true;
      throw error;
    }
  }

  /** @returns false when none was left */
  private async sendNext(run: Run): Promise<boolean> {
    const { value: messageId, done } = run.ids.next();
    if (done) return false;
    if (run.rests || run.stopping.aborted) await this.outcomes.giveBack(run.batch, messageId);
    else if (await this.send(run, messageId)) run.rests = true;
    return true;
  }

  /** @returns whether the mailbox rests from now on */
  private async send({ batch, stopping, ahead }: Run, messageId: string): Promise<boolean> {
    const prepared = await this.prepare(batch, ahead, messageId);
    if (prepared === 'no_login') return true;
    if (!prepared || !(await this.transmissions.begin(batch, prepared.message))) return false;
    // From here on a crash leaves the mail in `transmitting`: its lease makes that delivery_unknown, never a second mail.
    const outcome = await this.wire.send(prepared, prepared.mail);
    const rests = await this.outcomes.record(batch, prepared.message, outcome, stopping);
    if (outcome.kind === 'sent') await this.copies.keep(prepared.mailbox, messageId, prepared.mail);
    return rests;
  }

  /** What is wrong with the mail itself ends it; trouble of ours, such as a lost database, breaks the batch off for its leases. */
  private async prepare(batch: Batch, ahead: MailsAhead, messageId: string): Promise<PreparedMail | 'no_login' | undefined> {
    try {
      const loaded = await ahead.load(messageId);
      return loaded && { ...loaded, mail: await this.mails.compose(loaded.message, loaded.mailbox) };
    } catch (error) {
      if (error instanceof LoginUnavailable) {
        await this.outcomes.giveBack(batch, messageId, UNREACHABLE_REST_MS);
        return 'no_login';
      }
      if (!(error instanceof DomainError)) throw error;
      this.logger.warn({ err: error, workspaceId: batch.mailbox.workspaceId, messageId }, 'a message cannot be made into a mail');
      await this.outcomes.unsendable(batch, messageId);
      return undefined;
    }
  }
}

interface PreparedMail extends LoadedMail {
  readonly mail: ComposedMail;
}

/** One batch on its way. */
interface Run {
  readonly batch: Batch;
  readonly stopping: AbortSignal;
  readonly ahead: MailsAhead;
  /** Taken from by every connection. */
  readonly ids: ArrayIterator<string>;
  rests: boolean;
  broken: boolean;
}
