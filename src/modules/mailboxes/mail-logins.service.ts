import { Injectable } from '@nestjs/common';
import type { ImapAccount } from '../../platform/mail/sent-folder.js';
import type { SmtpAccount } from '../../platform/mail/smtp-sender.js';
import { SecretBox } from '../../platform/secrets/secret-box.js';
import type { Mailbox } from './mailbox.entity.js';
import { clientNameOf } from './mailbox-settings.js';

/** How the servers of a mailbox are logged in to. What is sealed opens for its own mailbox and purpose only. */
@Injectable()
export class MailLogins {
  constructor(private readonly box: SecretBox) {}

  /** How mails of a mailbox are handed over. @throws WrongSecretKey */
  async smtp(mailbox: Mailbox): Promise<SmtpAccount> {
    const { id, smtpHost: host, smtpPort: port, smtpSecurity: security, smtpUser: user, smtpPasswordSealed: sealed } = mailbox;
    const password = sealed === null ? null : this.box.open(sealed, smtpContext(id));
    return { id, host, port, security, user, password, clientName: clientNameOf(mailbox) };
  }

  /** @returns undefined for a mailbox without IMAP. @throws WrongSecretKey */
  async imap(mailbox: Mailbox): Promise<ImapAccount | undefined> {
    const { id, imapHost: host, imapPort: port, imapSecurity: security, imapUser: user, imapPasswordSealed: sealed } = mailbox;
    if (host === null || port === null || security === null || user === null || sealed === null) return undefined;
    return { host, port, security, user, password: this.box.open(sealed, imapContext(id)) };
  }
}

export function smtpContext(mailboxId: string): string {
  return `mailbox.smtp:${mailboxId}`;
}

export function imapContext(mailboxId: string): string {
  return `mailbox.imap:${mailboxId}`;
}
