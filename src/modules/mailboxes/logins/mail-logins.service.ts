import { Injectable } from '@nestjs/common';
import type { ImapAccount } from '../../../platform/mail/imap/sent-folder.js';
import type { SmtpAccount } from '../../../platform/mail/smtp/smtp-sender.js';
import { SecretBox } from '../../../platform/secrets/secret-box.js';
import type { Mailbox } from '../mailbox.entity.js';
import { MailTokensKeeper } from '../oauth/mail-tokens.service.js';
import { clientNameOf } from '../mailbox-settings.js';

export { LoginUnavailable } from '../oauth/mail-tokens.service.js';

/** How the servers of a mailbox are logged in to. What is sealed opens for its own mailbox and purpose only. */
@Injectable()
export class MailLogins {
  constructor(
    private readonly box: SecretBox,
    private readonly tokens: MailTokensKeeper,
  ) {}

  /** How mails of a mailbox are handed over. @throws WrongSecretKey, LoginUnavailable */
  async smtp(mailbox: Mailbox): Promise<SmtpAccount> {
    const { id, smtpHost: host, smtpPort: port, smtpSecurity: security, smtpUser: user, smtpPasswordSealed: sealed } = mailbox;
    if (mailbox.smtpAuth === 'oauth') {
      const accessToken = await this.tokens.accessToken(mailbox);
      return { id, host, port, security, user, accessToken, clientName: clientNameOf(mailbox) };
    }
    const password = sealed === null ? null : this.box.open(sealed, smtpContext(id));
    return { id, host, port, security, user, password, clientName: clientNameOf(mailbox) };
  }

  /** With another access token than the one that the server refuses. @throws LoginUnavailable */
  async renewed(mailbox: Mailbox, refused: SmtpAccount): Promise<SmtpAccount> {
    return { ...refused, accessToken: await this.tokens.otherThan(refused.accessToken ?? '', mailbox) };
  }

  /** @returns undefined for a mailbox without IMAP. @throws WrongSecretKey, LoginUnavailable */
  async imap(mailbox: Mailbox): Promise<ImapAccount | undefined> {
    const { id, imapHost: host, imapPort: port, imapSecurity: security, imapUser: user, imapPasswordSealed: sealed } = mailbox;
    if (host === null || port === null || security === null || user === null) return undefined;
    if (sealed === null) {
      return mailbox.smtpAuth === 'oauth' ? { host, port, security, user, accessToken: await this.tokens.accessToken(mailbox) } : undefined;
    }
    return { host, port, security, user, password: this.box.open(sealed, imapContext(id)) };
  }
}

export function smtpContext(mailboxId: string): string {
  return `mailbox.smtp:${mailboxId}`;
}

export function imapContext(mailboxId: string): string {
  return `mailbox.imap:${mailboxId}`;
}
