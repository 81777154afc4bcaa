import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { domainOf } from '../../domain/email-address.js';
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
import { LinkDomains } from '../projects/link-domains.service.js';
import { type DkimSettings, NO_DKIM } from './logins/dkim-keys.service.js';
import { MailboxSecrets } from './logins/mailbox-secrets.service.js';
import { MailHosts } from './logins/mail-hosts.js';
import { Mailbox } from './mailbox.entity.js';
import {
  changedLimits,
  changedSmtp,
  type ImapSettings,
  type Limits,
  newLimits,
  NO_ALARM,
  requireLogin,
  requireOwnAddress,
  requireSenderAddress,
  type SmtpChange,
  type SmtpSettings,
  withoutAbsent,
} from './mailbox-settings.js';
import { isAway, lateBefore, MailboxReturns, requireNoWish, type ReturnPlan, type ReturnWish } from './mailbox-returns.service.js';
import { endAlarm } from './mailbox-states.service.js';
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
  readonly dkim?: DkimSettings | null | undefined;
  readonly sentCopy?: boolean | undefined;
}

export type MailboxChange = Partial<Omit<NewMailbox, 'smtp'>> &
  ReturnWish & {
    readonly smtp?: SmtpChange | undefined;
    readonly state?: 'connected' | 'disabled' | undefined;
    readonly linkDomain?: string | null | undefined;
  };

/** With what becomes of all that waited, when it came back or would. */
export type ChangedMailbox = MailboxRow & { readonly plan?: ReturnPlan };

/** The accounts that mails go out from. */
@Injectable()
export class Mailboxes {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly hosts: MailHosts,
    private readonly secrets: MailboxSecrets,
    private readonly links: LinkDomains,
    private readonly returns: MailboxReturns,
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
        ...this.secrets.smtp(id, input.smtp),
        ...this.secrets.imap(id, input.imap ?? null),
        ...{ ...newLimits(input.limits), sendWindow: toSendWindow(input.window ?? null) },
        ...{ state: 'connected', stateReason: null, signature: input.signature ?? null },
        ...this.secrets.dkim(id, input.dkim ?? null),
        sentCopy: input.sentCopy ?? false,
        ...{ nextAt: at, createdAt: at },
      });
      await audit(tx, actor, { action: 'mailbox.created', subjectId: id, at });
    });
    return this.get(actor, id);
  }

  /**
   * One that comes back lets out what waited as the caller wishes; with `preview` it is only told, and nothing changes.
   * @throws NotFound, VersionMismatch, RuleViolation as create, `password_required` when a server changes without one, and
   *   `mailbox_not_away`
   */
  async change(
    actor: Actor,
    id: string,
    { maxLatenessHours, spreadOverDays, ...input }: MailboxChange,
    { ifVersion, preview = false }: { readonly ifVersion: IfVersion; readonly preview?: boolean },
  ): Promise<ChangedMailbox> {
    const { workspaceId } = actor;
    const wish = { maxLatenessHours, spreadOverDays };
    const seen = await this.load(this.db.manager, workspaceId, id);
    if (ifVersion !== '*' && ifVersion !== seen.version) throw new VersionMismatch();
    const smtp = input.smtp && changedSmtp(seen, input.smtp);
    const links = input.linkDomain === undefined ? undefined : await this.links.columnsOf(input.linkDomain);
    const set = { ...this.changed(seen, input, smtp), ...links };
    const returns = isAway(seen) && set.state === 'connected';
    if (!returns) requireNoWish(wish);
    await this.requireServers({ smtp, imap: input.imap });
    if (preview) return this.withPlan(actor, id, returns ? await this.returns.plan(this.db.manager, { workspaceId, id }, wish) : undefined);
    const plan = await transact(this.db, async (tx) => {
      const at = this.clock.now();
      await this.links.claim(tx, workspaceId, links);
      const columns = { ...toColumns(set), ...(returns && { late_before: lateBefore(wish, at) }) };
      // for the version that was seen, whatever the caller allows: the new settings were worked out from it
      await changeRow(tx, { table: 'mailboxes', thing: 'mailbox', workspaceId, id, ifVersion: seen.version }, columns);
      const details = { fields: Object.keys(input), ...withoutAbsent(wish) };
      await audit(tx, actor, { action: 'mailbox.changed', subjectId: id, at, details });
      if (input.state === 'connected') await endAlarm(tx, workspaceId, { mailboxId: id, at });
      if (set.state === 'connected') await wake(tx, 'send');
      return returns ? this.comeBack(tx, { workspaceId, id }, wish) : undefined;
    });
    if (links) this.links.changed();
    return this.withPlan(actor, id, plan);
  }

  private async comeBack(tx: EntityManager, mailbox: { readonly workspaceId: string; readonly id: string }, wish: ReturnWish): Promise<ReturnPlan> {
    await wake(tx, 'plan');
    return this.returns.apply(tx, mailbox, wish);
  }

  private async withPlan(actor: Actor, id: string, plan: ReturnPlan | undefined): Promise<ChangedMailbox> {
    return { ...(await this.get(actor, id)), ...(plan && { plan }) };
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
    const { name, fromName, signature, state, sentCopy } = input;
    const plain = {
      name,
      fromName,
      signature,
      sentCopy,
      ...changedLimits(input.limits),
      ...(state && { state, stateReason: null }),
      ...(state === 'connected' && NO_ALARM),
    };
    const loginAgain = smtp !== undefined && seen.state === 'needs_reconnect';
    return {
      ...(loginAgain && { state: 'connected', stateReason: null }),
      ...withoutAbsent(plain),
      ...(input.fromAddress !== undefined && addressColumns(seen, input.fromAddress, smtp !== undefined)),
      ...(input.window !== undefined && { sendWindow: toSendWindow(input.window) }),
      ...(smtp && this.secrets.smtp(seen.id, smtp)),
      ...(input.imap !== undefined && this.secrets.imap(seen.id, input.imap)),
      ...(input.dkim !== undefined && this.secrets.dkim(seen.id, input.dkim)),
    };
  }
}

/** A key to sign with belongs to its domain, and an account at a provider to its address, unless another server comes along. */
function addressColumns(seen: Mailbox, given: string, otherServer: boolean): Partial<Mailbox> {
  const fromAddress = requireSenderAddress(given);
  if (!otherServer) requireOwnAddress(seen, fromAddress);
  return { fromAddress, ...(domainOf(fromAddress) !== domainOf(seen.fromAddress) && NO_DKIM) };
}

function toColumns(set: Partial<Mailbox>): Record<string, unknown> {
  const naming = new SnakeNaming();
  return Object.fromEntries(Object.entries(set).map(([field, value]) => [naming.columnName(field, undefined), value]));
}
