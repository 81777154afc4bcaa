import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound, VersionMismatch } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { CREATION_ORDER, creationKey } from '../../platform/database/creation-order.js';
import { transact } from '../../platform/database/transact.js';
import { SnakeNaming } from '../../platform/database/snake-naming.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { type SendWindowRequest, toSendWindow } from '../../platform/http/input/send-window.dto.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { page, type Page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { wake } from '../../platform/jobs/work-loops.js';
import { type SmtpAccount, SmtpSender } from '../../platform/mail/smtp-sender.js';
import { SecretBox } from '../../platform/secrets/secret-box.js';
import { MailHosts } from './mail-hosts.js';
import { Mailbox } from './mailbox.entity.js';
import {
  changedLimits,
  changedSmtp,
  clientNameOf,
  type ImapSettings,
  type Limits,
  newLimits,
  requireLogin,
  requireSenderAddress,
  type SmtpChange,
  type SmtpSettings,
  withoutAbsent,
} from './mailbox-settings.js';
import { findMailbox, listMailboxes, type MailboxRow } from './mailboxes.queries.js';

export interface NewMailbox {
  readonly name: string;
  readonly fromName: string;
  readonly fromAddress: string;
  readonly smtp: SmtpSettings;
  readonly imap?: ImapSettings | null | undefined;
  readonly limits?: Limits | null | undefined;
  readonly window?: SendWindowRequest | null | undefined;
  readonly signature?: string | null | undefined;
}

export type MailboxChange = Partial<Omit<NewMailbox, 'smtp'>> & {
  readonly smtp?: SmtpChange | undefined;
  readonly state?: 'connected' | 'disabled' | undefined;
};

/** The accounts that mails go out from. */
@Injectable()
export class Mailboxes {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly box: SecretBox,
    private readonly hosts: MailHosts,
    private readonly sender: SmtpSender,
  ) {}

  async list({ workspaceId }: Actor, query: PageQuery): Promise<Page<MailboxRow>> {
    const list = readPage(query, { ...CREATION_ORDER, filters: ['state'] });
    const found = await listMailboxes(this.db, workspaceId, { ...list, states: list.filters.state });
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  async get({ workspaceId }: Actor, id: string): Promise<MailboxRow> {
    const mailbox = await findMailbox(this.db, workspaceId, id);
    if (!mailbox) throw new NotFound('mailbox');
    return mailbox;
  }

  /** @throws RuleViolation for an address, a login or a server that cannot be used */
  async create(actor: Actor, input: NewMailbox): Promise<MailboxRow> {
    const fromAddress = requireSenderAddress(input.fromAddress);
    requireLogin(input.smtp);
    await this.requireServers(input);
    const { workspaceId } = actor;
    const [id, at] = [newId(), this.clock.now()];
    await transact(this.db, async (tx) => {
      await tx.insert(Mailbox, {
        ...{ workspaceId, id, version: 1, name: input.name, fromName: input.fromName, fromAddress },
        ...this.smtpColumns(id, input.smtp),
        ...this.imapColumns(id, input.imap ?? null),
        ...{ ...newLimits(input.limits), sendWindow: toSendWindow(input.window ?? null) },
        ...{ state: 'connected', stateReason: null, signature: input.signature ?? null },
        ...{ nextAt: at, createdAt: at },
      });
      await audit(tx, actor, { action: 'mailbox.created', subjectId: id, at });
    });
    return this.get(actor, id);
  }

  /**
   * @throws NotFound, VersionMismatch, RuleViolation as create, and `password_required` when a server changes without one
   */
  async change(actor: Actor, id: string, input: MailboxChange, ifVersion: IfVersion): Promise<MailboxRow> {
    const { workspaceId } = actor;
    const seen = await this.load(this.db.manager, workspaceId, id);
    if (ifVersion !== '*' && ifVersion !== seen.version) throw new VersionMismatch();
    const smtp = input.smtp && changedSmtp(seen, input.smtp);
    const set = this.changed(seen, input, smtp);
    await this.requireServers({ smtp, imap: input.imap });
    await transact(this.db, async (tx) => {
      const at = this.clock.now();
      // for the version that was seen, whatever the caller allows: the new settings were worked out from it
      await changeRow(tx, { table: 'mailboxes', thing: 'mailbox', workspaceId, id, ifVersion: seen.version }, toColumns(set));
      await audit(tx, actor, { action: 'mailbox.changed', subjectId: id, at, details: { fields: Object.keys(input) } });
      if (set.state === 'connected') await wake(tx, 'send');
    });
    return this.get(actor, id);
  }

  /** Tries to log in to the SMTP server, now. @throws NotFound */
  async test({ workspaceId }: Actor, id: string): Promise<{ ok: boolean; detail: string }> {
    const mailbox = await this.load(this.db.manager, workspaceId, id);
    const check = await this.sender.verify(this.smtpAccount(mailbox));
    if (!check.ok) return check;
    return { ok: true, detail: mailbox.smtpUser ? 'Connected and logged in.' : 'Connected; the server asks for no login.' };
  }

  /** How mails of a mailbox are handed over. @throws WrongSecretKey */
  smtpAccount(mailbox: Mailbox): SmtpAccount {
    const { id, smtpHost: host, smtpPort: port, smtpSecurity: security, smtpUser: user, smtpPasswordSealed: sealed } = mailbox;
    const password = sealed === null ? null : this.box.open(sealed, smtpContext(id));
    return { id, host, port, security, user, password, clientName: clientNameOf(mailbox) };
  }

  /** @throws NotFound */
  private async load(tx: EntityManager, workspaceId: string, id: string): Promise<Mailbox> {
    const mailbox = await tx.findOneBy(Mailbox, { workspaceId, id });
    if (!mailbox) throw new NotFound('mailbox');
    return mailbox;
  }

  private async requireServers(servers: { smtp: SmtpSettings | undefined; imap?: ImapSettings | null | undefined }): Promise<void> {
    if (servers.smtp) await this.hosts.requireUsable(servers.smtp, '/smtp');
    if (servers.imap) await this.hosts.requireUsable(servers.imap, '/imap');
  }

  private changed(seen: Mailbox, input: MailboxChange, smtp: SmtpSettings | undefined): Partial<Mailbox> {
    const { name, fromName, signature, state } = input;
    const plain = { name, fromName, signature, ...changedLimits(input.limits), ...(state && { state, stateReason: null }) };
    const loginAgain = smtp !== undefined && seen.state === 'needs_reconnect';
    return {
      ...(loginAgain && { state: 'connected', stateReason: null }),
      ...withoutAbsent(plain),
      ...(input.fromAddress !== undefined && { fromAddress: requireSenderAddress(input.fromAddress) }),
      ...(input.window !== undefined && { sendWindow: toSendWindow(input.window) }),
      ...(smtp && this.smtpColumns(seen.id, smtp)),
      ...(input.imap !== undefined && this.imapColumns(seen.id, input.imap)),
    };
  }

  private smtpColumns(id: string, smtp: SmtpSettings) {
    const { host: smtpHost, port: smtpPort, security: smtpSecurity, user, password } = smtp;
    const smtpPasswordSealed = password ? this.box.seal(password, smtpContext(id)) : null;
    return { smtpHost, smtpPort, smtpSecurity, smtpAuth: 'password' as const, smtpUser: user ?? null, smtpPasswordSealed };
  }

  private imapColumns(id: string, imap: ImapSettings | null) {
    if (!imap) return { imapHost: null, imapPort: null, imapSecurity: null, imapUser: null, imapPasswordSealed: null };
    const { host: imapHost, port: imapPort, security: imapSecurity, user: imapUser, password } = imap;
    return { imapHost, imapPort, imapSecurity, imapUser, imapPasswordSealed: this.box.seal(password, `mailbox.imap:${id}`) };
  }
}

/** A sealed password opens for its own mailbox and purpose only. */
function smtpContext(id: string): string {
  return `mailbox.smtp:${id}`;
}

function toColumns(set: Partial<Mailbox>): Record<string, unknown> {
  const naming = new SnakeNaming();
  return Object.fromEntries(Object.entries(set).map(([field, value]) => [naming.columnName(field, undefined), value]));
}
