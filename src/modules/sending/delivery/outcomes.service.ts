import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock, MINUTE_MS, SECOND_MS } from '../../../platform/clock.js';
import { hot } from '../../../platform/database/preparing-client.js';
import { rows } from '../../../platform/database/sql.js';
import { isOutage } from '../../../platform/database/outage.js';
import { Together } from '../../../platform/database/together.js';
import { transact } from '../../../platform/database/transact.js';
import type { SendOutcome } from '../../../platform/mail/smtp/send-outcome.js';
import { SequenceProgress } from '../../outreach/planning/sequence-progress.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { type AttemptedMail, findAllAttempted, findAttempted } from './attempted-mails.queries.js';
import { Hold } from '../claim/final-check.service.js';
import type { Batch } from '../claim/mailbox-turn.service.js';
import { lockSites, type MailOfSite, restMailbox, siteKeyOf } from '../claim/sending.queries.js';
import { Refusals, storableResponse } from './refusals.service.js';
import { copyDueAt } from './sent-copies.queries.js';

const ACCEPTED = hot(`
  UPDATE messages m SET last_response = said.response, rfc_message_id = COALESCE(said.transport_id, m.rfc_message_id),
         copy_due_at = (SELECT $5::timestamptz FROM mailboxes mb WHERE mb.workspace_id = $1 AND mb.id = m.mailbox_id AND mb.sent_copy)
    FROM unnest($2::uuid[], $3::text[], $4::text[]) AS said (id, response, transport_id)
   WHERE m.workspace_id = $1 AND m.id = ANY ($2) AND m.id = said.id`);

type Sent = Extract<SendOutcome, { kind: 'sent' }>;

interface AcceptedMail {
  readonly mail: AttemptedMail;
  readonly outcome: Sent;
}

/** Mails that the server has taken. */
@Injectable()
export class SentMails {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly progress: SequenceProgress,
    private readonly clock: Clock,
  ) {}

  /**
   * Also when the lease has run out meanwhile: then the mail of unknown fate has just been found sent. Where a server puts
   * its own Message-ID in place of ours (Amazon SES, Microsoft 365), answers name that one.
   */
  async record(tx: EntityManager, mail: AttemptedMail, outcome: Sent): Promise<void> {
    const { workspaceId, id: messageId } = mail;
    const actor = systemActor(workspaceId);
    const { moves } = await this.pipeline.record(tx, actor, { kind: 'message_sent', messageId });
    const found = moves.length > 0 ? moves : (await this.pipeline.record(tx, actor, { kind: 'message_found_sent', messageId })).moves;
    if (found.length === 0) return;
    await this.goOn(tx, workspaceId, [{ mail, outcome }]);
  }

  /** The same for many mails, no two of them to one site. @returns those that were sent; one whose lease had run out is left to `record` */
  async recordAll(tx: EntityManager, workspaceId: string, mails: readonly AcceptedMail[]): Promise<ReadonlySet<string>> {
    const messages = mails.map(({ mail }) => mail);
    const moved = await this.pipeline.recordAllSent(tx, systemActor(workspaceId), messages);
    const accepted = mails.filter(({ mail }) => moved.has(mail.id));
    await this.goOn(tx, workspaceId, accepted);
    return moved;
  }

  private async goOn(tx: EntityManager, workspaceId: string, accepted: readonly AcceptedMail[]): Promise<void> {
    await rows(tx, ACCEPTED, [
      workspaceId,
      accepted.map(({ mail }) => mail.id),
      accepted.map(({ outcome }) => storableResponse(outcome.response)),
      accepted.map(({ outcome }) => outcome.transportId ?? null),
      copyDueAt(this.clock.now()),
    ]);
    const enrollmentIds = accepted.flatMap(({ mail }) => mail.enrollmentId ?? []);
    await this.progress.afterAllSent(tx, workspaceId, { enrollmentIds, sentAt: this.clock.now() });
  }
}

/** A mail that the server has taken. */
interface SentMail {
  readonly batch: Batch;
  readonly mail: MailOfSite;
  readonly outcome: Sent;
}

const TOGETHER_AT_MOST = 50;
const WRITES_AT_MOST = 10;
/** While the database is away: well within the lease of a mail on the wire, which decides then and shows a sent mail as of unknown fate. */
const OUTAGE_AT_MOST_MS = 9 * MINUTE_MS;

/** Writes down what became of claimed mails, each in one transaction; those that were sent at about the same time in one together. */
@Injectable()
export class Outcomes {
  private readonly logger = new Logger(Outcomes.name);
  private readonly sentTogether = new Together<SentMail, boolean>({
    groupOf: ({ batch }) => batch.mailbox.workspaceId,
    keyOf: ({ mail }) => siteKeyOf(mail),
    atMost: TOGETHER_AT_MOST,
    together: (mails) => this.writeAllSent(mails),
    alone: (mail) => this.writeAlone(mail),
  });

  constructor(
    private readonly db: DataSource,
    private readonly sent: SentMails,
    private readonly refusals: Refusals,
    private readonly hold: Hold,
    private readonly clock: Clock,
  ) {}

  /** @param stopping  a process that shall end waits for a lost database some seconds only. @returns whether the mailbox rests from now on */
  async record(batch: Batch, mail: MailOfSite, outcome: SendOutcome, stopping?: AbortSignal): Promise<boolean> {
    const until = performance.now() + OUTAGE_AT_MOST_MS;
    for (let write = 1; ; write += 1) {
      try {
        return await (outcome.kind === 'sent' ? this.sentTogether.ask({ batch, mail, outcome }) : this.writeAlone({ batch, mail, outcome }));
      } catch (error) {
        const waits = isOutage(error) && stopping?.aborted !== true && performance.now() < until;
        if (write >= WRITES_AT_MOST && !waits) throw error;
        this.logger.warn({ err: error, workspaceId: batch.mailbox.workspaceId, messageId: mail.id }, 'an outcome could not be written; tries again');
        await pause(SECOND_MS);
      }
    }
  }

  /** A claimed mail that was not tried after all. @param restMs  how long its mailbox rests, where it is the reason */
  async giveBack(batch: Batch, messageId: string, restMs = 0): Promise<void> {
    await this.inOne(batch, messageId, async (tx, mail) => {
      if (mail.claimToken === batch.token) await this.hold.release(tx, mail.workspaceId, mail.id);
      if (restMs > 0) await restMailbox(tx, batch.mailbox, new Date(this.clock.now().getTime() + restMs));
      return false;
    });
  }

  /** A claimed mail that no SMTP message can be made of. */
  async unsendable(batch: Batch, messageId: string): Promise<void> {
    await this.inOne(batch, messageId, async (tx, mail) => {
      if (mail.claimToken === batch.token) await this.hold.cancel(tx, mail.workspaceId, mail, 'unsendable');
      return false;
    });
  }

  private writeAlone({ batch, mail, outcome }: Omit<SentMail, 'outcome'> & { readonly outcome: SendOutcome }): Promise<boolean> {
    return this.inOne(batch, mail.id, (tx, attempted) => this.write(tx, attempted, outcome, attempted.claimToken === batch.token));
  }

  /** What was sent does not make a mailbox rest. Undefined where somebody else holds the site, or the lease had run out. */
  private writeAllSent(sent: readonly SentMail[]): Promise<(false | undefined)[]> {
    const workspaceId = sent[0]?.batch.mailbox.workspaceId ?? '';
    return transact(this.db, async (tx) => {
      const free = await lockSites(
        tx,
        workspaceId,
        sent.map(({ mail }) => mail),
      );
      const attempted = await findAllAttempted(
        tx,
        workspaceId,
        free.map(({ id }) => id),
      );
      const outcomes = new Map(sent.map(({ mail, outcome }) => [mail.id, outcome]));
      const accepted = attempted.flatMap((mail) => {
        const outcome = outcomes.get(mail.id);
        return outcome ? [{ mail, outcome }] : [];
      });
      const written = await this.sent.recordAll(tx, workspaceId, accepted);
      return sent.map(({ mail }) => (written.has(mail.id) ? false : undefined));
    });
  }

  private async write(tx: EntityManager, mail: AttemptedMail, outcome: SendOutcome, ours: boolean): Promise<boolean> {
    if (outcome.kind === 'sent') {
      await this.sent.record(tx, mail, outcome);
      return false;
    }
    if (!ours) return false; // the lease ran out: what it led to stands, and a refusal would now be about another try
    switch (outcome.kind) {
      case 'refused_temporary':
        return this.refusals.forNow(tx, mail, outcome);
      case 'refused_permanent':
        return this.refusals.forGood(tx, mail, outcome);
      case 'not_begun':
        return this.refusals.notBegun(tx, mail, outcome.detail);
      case 'unknown':
        return this.refusals.unknown(tx, mail, outcome.detail);
    }
  }

  private inOne(batch: Batch, messageId: string, work: (tx: EntityManager, mail: AttemptedMail) => Promise<boolean>): Promise<boolean> {
    return transact(this.db, async (tx) => {
      const mail = await findAttempted(tx, batch.mailbox.workspaceId, messageId);
      return mail ? work(tx, mail) : false;
    });
  }
}
