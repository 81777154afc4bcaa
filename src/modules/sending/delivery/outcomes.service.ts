import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock, MINUTE_MS, SECOND_MS } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { isOutage } from '../../../platform/database/outage.js';
import { transact } from '../../../platform/database/transact.js';
import type { SendOutcome } from '../../../platform/mail/smtp/send-outcome.js';
import { SequenceProgress } from '../../outreach/planning/sequence-progress.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { type AttemptedMail, findAttempted } from './attempted-mails.queries.js';
import { Hold } from '../claim/final-check.service.js';
import type { Batch } from '../claim/mailbox-turn.service.js';
import { restMailbox } from '../claim/sending.queries.js';
import { Refusals, storableResponse } from './refusals.service.js';

const ACCEPTED = `UPDATE messages SET last_response = $3, rfc_message_id = COALESCE($4, rfc_message_id) WHERE workspace_id = $1 AND id = $2`;

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
  async record(tx: EntityManager, mail: AttemptedMail, outcome: Extract<SendOutcome, { kind: 'sent' }>): Promise<void> {
    const { workspaceId, id: messageId, enrollmentId } = mail;
    const actor = systemActor(workspaceId);
    const { moves } = await this.pipeline.record(tx, actor, { kind: 'message_sent', messageId });
    const found = moves.length > 0 ? moves : (await this.pipeline.record(tx, actor, { kind: 'message_found_sent', messageId })).moves;
    if (found.length === 0) return;
    await rows(tx, ACCEPTED, [workspaceId, messageId, storableResponse(outcome.response), outcome.transportId ?? null]);
    if (enrollmentId !== null) await this.progress.afterSent(tx, workspaceId, { enrollmentId, sentAt: this.clock.now() });
  }
}

const WRITES_AT_MOST = 10;
/** While the database is away: well within the lease of a mail on the wire, which decides then and shows a sent mail as of unknown fate. */
const OUTAGE_AT_MOST_MS = 9 * MINUTE_MS;

/** Writes down what became of claimed mails, each in one transaction. */
@Injectable()
export class Outcomes {
  private readonly logger = new Logger(Outcomes.name);

  constructor(
    private readonly db: DataSource,
    private readonly sent: SentMails,
    private readonly refusals: Refusals,
    private readonly hold: Hold,
    private readonly clock: Clock,
  ) {}

  /** @param stopping  a process that shall end waits for a lost database some seconds only. @returns whether the mailbox rests from now on */
  async record(batch: Batch, messageId: string, outcome: SendOutcome, stopping?: AbortSignal): Promise<boolean> {
    const until = performance.now() + OUTAGE_AT_MOST_MS;
    for (let write = 1; ; write += 1) {
      try {
        return await this.inOne(batch, messageId, (tx, mail) => this.write(tx, mail, outcome, mail.claimToken === batch.token));
      } catch (error) {
        const waits = isOutage(error) && stopping?.aborted !== true && performance.now() < until;
        if (write >= WRITES_AT_MOST && !waits) throw error;
        this.logger.warn({ err: error, workspaceId: batch.mailbox.workspaceId, messageId }, 'an outcome could not be written; tries again');
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
