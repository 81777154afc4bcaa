import { Injectable, Logger } from '@nestjs/common';
import type { ComposedMail } from '../../../platform/mail/compose/compose.js';
import { SentFolder } from '../../../platform/mail/imap/sent-folder.js';
import { Clock } from '../../../platform/clock.js';
import { MailLogins } from '../../mailboxes/logins/mail-logins.service.js';
import type { Mailbox } from '../../mailboxes/mailbox.entity.js';

/** Copies of sent mails for the mail programs of people, where the mailbox asks for them. */
@Injectable()
export class SentCopies {
  private readonly logger = new Logger(SentCopies.name);

  constructor(
    private readonly folder: SentFolder,
    private readonly logins: MailLogins,
    private readonly clock: Clock,
  ) {}

  /** Tried once: the mail has left, whatever becomes of its copy. */
  async keep(mailbox: Mailbox, { raw, messageId }: ComposedMail): Promise<void> {
    if (!mailbox.sentCopy) return;
    try {
      const account = await this.logins.imap(mailbox);
      if (account) await this.folder.append(account, raw, this.clock.now());
    } catch (error) {
      this.logger.warn({ err: error, workspaceId: mailbox.workspaceId, mailboxId: mailbox.id, messageId }, 'a sent mail has no copy in its folder');
    }
  }
}
