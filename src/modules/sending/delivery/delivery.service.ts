import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DomainError } from '../../../domain/errors.js';
import { transact } from '../../../platform/database/transact.js';
import { SmtpSender } from '../../../platform/mail/smtp/smtp-sender.js';
import { MessageClaims } from '../../pipeline/message-claims.service.js';
import { LoginUnavailable } from '../../mailboxes/logins/mail-logins.service.js';
import { FinalCheck } from '../claim/final-check.service.js';
import type { Batch } from '../claim/mailbox-turn.service.js';
import { UNREACHABLE_REST_MS } from './refusals.service.js';
import { OutgoingMails, type PreparedMail } from './outgoing-mails.service.js';
import { SentCopies } from './sent-copies.service.js';
import { Outcomes } from './outcomes.service.js';
import { lockSite } from '../claim/sending.queries.js';

/** The step that cannot be taken back: committed before the first byte (promise 1). */
@Injectable()
export class Transmissions {
  constructor(
    private readonly db: DataSource,
    private readonly claims: MessageClaims,
    private readonly check: FinalCheck,
  ) {}

  /**
   * Asks every gate once more, since a batch may take minutes, one mail of a site at a time: of two colleagues' mails that were
   * claimed together only one begins.
   * @returns false when the mail must not go, or is no longer ours
   */
  begin({ mailbox: { workspaceId }, token }: Batch, messageId: string): Promise<boolean> {
    return transact(this.db, async (tx) => {
      await lockSite(tx, workspaceId, messageId);
      const { passed } = await this.check.pass(tx, workspaceId, [messageId]);
      return passed.length > 0 && (await this.claims.begin(tx, workspaceId, messageId, token));
    });
  }
}

/** Sends the claimed mails of one mailbox, one after the other. */
@Injectable()
export class Delivery {
  private readonly logger = new Logger(Delivery.name);

  constructor(
    private readonly mails: OutgoingMails,
    private readonly transmissions: Transmissions,
    private readonly sender: SmtpSender,
    private readonly outcomes: Outcomes,
    private readonly copies: SentCopies,
  ) {}

  /** Ends early when the process stops or the mailbox must rest: what has not begun goes back into the queue. */
  async deliver(batch: Batch, stopping: AbortSignal): Promise<void> {
    let rests = false;
    for (const messageId of batch.messageIds) {
      if (rests || stopping.aborted) await this.outcomes.giveBack(batch, messageId);
      else rests = await this.send(batch, messageId, stopping);
    }
  }

  /** @returns whether the mailbox rests from now on */
  private async send(batch: Batch, messageId: string, stopping: AbortSignal): Promise<boolean> {
    const prepared = await this.prepare(batch, messageId);
    if (prepared === 'no_login') return true;
    if (!prepared || !(await this.transmissions.begin(batch, messageId))) return false;
    // From here on a crash leaves the mail in `transmitting`: its lease makes that delivery_unknown, never a second mail.
    const outcome = await this.sender.send(prepared.account, prepared.mail);
    const rests = await this.outcomes.record(batch, messageId, outcome, stopping);
    if (outcome.kind === 'sent') await this.copies.keep(prepared.mailbox, prepared.mail);
    return rests;
  }

  /** What is wrong with the mail itself ends it; trouble of ours, such as a lost database, breaks the batch off for its leases. */
  private async prepare(batch: Batch, messageId: string): Promise<PreparedMail | 'no_login' | undefined> {
    try {
      return await this.mails.prepare(batch.mailbox, messageId);
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
