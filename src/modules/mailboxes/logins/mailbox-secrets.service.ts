import { Injectable } from '@nestjs/common';
import { SecretBox } from '../../../platform/secrets/secret-box.js';
import { type ImapSettings, NO_ACCOUNT, type SmtpSettings } from '../mailbox-settings.js';
import { DkimKeys, type DkimSettings } from './dkim-keys.service.js';
import { imapContext, smtpContext } from './mail-logins.service.js';

/** Settings that hold a secret, as the columns of a mailbox keep them. */
@Injectable()
export class MailboxSecrets {
  constructor(
    private readonly box: SecretBox,
    private readonly keys: DkimKeys,
  ) {}

  smtp(id: string, smtp: SmtpSettings) {
    const { host: smtpHost, port: smtpPort, security: smtpSecurity, user, password } = smtp;
    const smtpPasswordSealed = password ? this.box.seal(password, smtpContext(id)) : null;
    return { smtpHost, smtpPort, smtpSecurity, smtpAuth: 'password' as const, smtpUser: user ?? null, smtpPasswordSealed, ...NO_ACCOUNT };
  }

  imap(id: string, imap: ImapSettings | null) {
    if (!imap) return { imapHost: null, imapPort: null, imapSecurity: null, imapUser: null, imapPasswordSealed: null };
    const { host: imapHost, port: imapPort, security: imapSecurity, user: imapUser, password } = imap;
    return { imapHost, imapPort, imapSecurity, imapUser, imapPasswordSealed: this.box.seal(password, imapContext(id)) };
  }

  dkim(id: string, settings: DkimSettings | null) {
    return this.keys.columns(id, settings);
  }
}
