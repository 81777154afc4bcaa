import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { storableText } from '../../../platform/database/storable-text.js';
import { SentFolder } from '../../../platform/mail/imap/sent-folder.js';
import { SmtpSender } from '../../../platform/mail/smtp/smtp-sender.js';
import { MailLogins } from './mail-logins.service.js';
import { LoginUnavailable } from '../oauth/mail-tokens.service.js';
import { Mailbox } from '../mailbox.entity.js';

export interface ServerCheck {
  readonly ok: boolean;
  readonly detail: string;
}

export interface MailboxCheck extends ServerCheck {
  /** Absent for a mailbox without IMAP. */
  readonly imap?: ServerCheck;
}

/** Tries the settings of a mailbox on its servers. */
@Injectable()
export class MailboxTests {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly logins: MailLogins,
    private readonly sender: SmtpSender,
    private readonly folder: SentFolder,
  ) {}

  /** Logs in to the SMTP server, and to the IMAP server where there is one, now. @throws NotFound */
  async test({ workspaceId }: Actor, id: string): Promise<MailboxCheck> {
    const mailbox = await this.db.manager.findOneBy(Mailbox, { workspaceId, id });
    if (!mailbox) throw new NotFound('mailbox');
    try {
      const [smtp, imap] = await Promise.all([this.smtp(mailbox), this.imap(mailbox)]);
      return { detail: smtp.detail, ok: smtp.ok && imap?.ok !== false, ...(imap && { imap }) };
    } catch (error) {
      if (error instanceof LoginUnavailable) return { ok: false, detail: error.message };
      throw error;
    }
  }

  /** Logs in to the SMTP server as a mail would. @throws NotFound */
  async tryLogin(workspaceId: string, id: string): Promise<ServerCheck & { readonly loginRefused: boolean }> {
    const mailbox = await this.db.manager.findOneBy(Mailbox, { workspaceId, id });
    if (!mailbox) throw new NotFound('mailbox');
    try {
      return await this.smtp(mailbox);
    } catch (error) {
      if (error instanceof LoginUnavailable) return { ok: false, detail: error.message, loginRefused: false };
      throw error;
    }
  }

  /** Notes what came of it. */
  private async smtp(mailbox: Mailbox): Promise<ServerCheck & { readonly loginRefused: boolean }> {
    const { workspaceId, id, smtpUser } = mailbox;
    const check = await this.sender.verify(await this.logins.smtp(mailbox));
    const detail = check.ok ? (smtpUser ? 'Connected and logged in.' : 'Connected; the server asks for no login.') : check.detail;
    await rows(this.db, 'UPDATE mailboxes SET checked_at = $3, check_ok = $4, check_detail = $5 WHERE workspace_id = $1 AND id = $2', [
      ...[workspaceId, id, this.clock.now()],
      ...[check.ok, storableText(detail, 500)],
    ]);
    return { ok: check.ok, detail, loginRefused: !check.ok && check.loginRefused };
  }

  private async imap(mailbox: Mailbox): Promise<ServerCheck | undefined> {
    const account = await this.logins.imap(mailbox);
    if (!account) return undefined;
    const check = await this.folder.verify(account);
    return check.ok ? { ok: true, detail: 'Logged in; the folder of sent mails is there.' } : check;
  }
}
