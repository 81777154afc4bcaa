import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RuleViolation } from '../../../domain/errors.js';
import { textToHtml } from '../../../domain/text-to-html.js';
import { wrapText } from '../../../domain/text-wrap.js';
import { Clock } from '../../../platform/clock.js';
import { type ComposedMail, composeMail, type UnsubscribeTargets } from '../../../platform/mail/compose/compose.js';
import type { SmtpAccount } from '../../../platform/mail/smtp/smtp-sender.js';
import { DkimKeys } from '../../mailboxes/logins/dkim-keys.service.js';
import { Mailbox } from '../../mailboxes/mailbox.entity.js';
import { MailLogins } from '../../mailboxes/logins/mail-logins.service.js';
import type { DueMailbox } from '../claim/sending.queries.js';
import { loadMails, type MailText } from './attempted-mails.queries.js';
import { Unsubscriptions } from '../unsubscribe/unsubscriptions.service.js';

export interface OpenMailbox {
  readonly mailbox: Mailbox;
  readonly account: SmtpAccount;
}

/** Stored messages as they go over the wire. */
@Injectable()
export class OutgoingMails {
  constructor(
    private readonly db: DataSource,
    private readonly logins: MailLogins,
    private readonly unsubscriptions: Unsubscriptions,
    private readonly dkim: DkimKeys,
    private readonly clock: Clock,
  ) {}

  /** @throws WrongSecretKey, LoginUnavailable */
  async open({ workspaceId, id }: DueMailbox): Promise<OpenMailbox> {
    const mailbox = await this.db.manager.findOneByOrFail(Mailbox, { workspaceId, id });
    return { mailbox, account: await this.logins.smtp(mailbox) };
  }

  /** What claimed messages say, by their ids. */
  async load({ workspaceId }: DueMailbox, ids: readonly string[]): Promise<ReadonlyMap<string, MailText>> {
    const found = await loadMails(this.db.manager, workspaceId, ids);
    return new Map(found.map((mail) => [mail.id, mail]));
  }

  /**
   * The mail keeps its own sender and Message-ID, whatever the mailbox says by now (F32).
   * @throws RuleViolation when nothing sendable can be made of the message; WrongSecretKey
   */
  async compose(message: MailText, mailbox: Mailbox, sentAt = this.clock.now()): Promise<ComposedMail> {
    const { rfcMessageId, subject, text } = message;
    if (rfcMessageId === null || subject === null || text === null) throw new RuleViolation('message_incomplete', 'The message is not complete.');
    return composeMail({
      from: { email: message.fromAddress, name: mailbox.fromName },
      to: { email: message.toAddress },
      subject,
      text: wrapText(text),
      html: message.html ?? textToHtml(text),
      messageId: rfcMessageId,
      inReplyTo: message.inReplyTo,
      references: message.referenceIds,
      sentAt,
      unsubscribe: this.unsubscribe(message),
      dkim: this.dkim.keyFor(mailbox, message.fromAddress),
    });
  }

  /** An answer in a conversation that the other side began is no commercial mail and needs none (standards 26). */
  private unsubscribe({ workspaceId, contactId, commercial, linkDomain }: MailText): UnsubscribeTargets | undefined {
    if (!commercial || contactId === null) return undefined;
    return { url: this.unsubscriptions.urlFor({ workspaceId, contactId }, linkDomain) };
  }
}
