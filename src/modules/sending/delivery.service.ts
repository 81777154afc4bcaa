import { Injectable, Logger } from '@nestjs/common';
import { SmtpSender } from '../../platform/mail/smtp-sender.js';
import type { Batch } from './mailbox-turn.service.js';
import { OutgoingMails, type PreparedMail } from './outgoing-mails.service.js';
import { Outcomes } from './outcomes.service.js';
import { Transmissions } from './transmissions.service.js';

/** Sends the claimed mails of one mailbox, one after the other. */
@Injectable()
export class Delivery {
  private readonly logger = new Logger(Delivery.name);

  constructor(
    private readonly mails: OutgoingMails,
    private readonly transmissions: Transmissions,
    private readonly sender: SmtpSender,
    private readonly outcomes: Outcomes,
  ) {}

  /** Ends early when the process stops or the mailbox must rest: what has not begun goes back into the queue. */
  async deliver(batch: Batch, stopping: AbortSignal): Promise<void> {
    let rests = false;
    for (const messageId of batch.messageIds) {
      if (rests || stopping.aborted) await this.outcomes.giveBack(batch, messageId);
      else rests = await this.send(batch, messageId);
    }
  }

  /** @returns whether the mailbox rests from now on */
  private async send(batch: Batch, messageId: string): Promise<boolean> {
    const prepared = await this.prepare(batch, messageId);
    if (!prepared || !(await this.transmissions.begin(batch, messageId))) return false;
    // From here on a crash leaves the mail in `transmitting`: its lease makes that delivery_unknown, never a second mail.
    const outcome = await this.sender.send(prepared.account, prepared.mail);
    return this.outcomes.record(batch, messageId, outcome);
  }

  private async prepare(batch: Batch, messageId: string): Promise<PreparedMail | undefined> {
    try {
      return await this.mails.prepare(batch.mailbox, messageId);
    } catch (error) {
      this.logger.error({ err: error, workspaceId: batch.mailbox.workspaceId, messageId }, 'a message cannot be made into a mail');
      await this.outcomes.unsendable(batch, messageId);
      return undefined;
    }
  }
}
