import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { normaliseEmail } from '../../../domain/email-address.js';
import { Conflict, Forbidden, NotFound, RuleViolation } from '../../../domain/errors.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { MailOAuthClient, type MailProvider, type MailTokens } from '../../../platform/auth/mail-oauth-client.js';
import { Clock } from '../../../platform/clock.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import { wake } from '../../../platform/jobs/work-loops.js';
import { Mailbox } from '../mailbox.entity.js';
import { DEFAULT_LIMITS, NO_ALARM, requireSenderAddress } from '../mailbox-settings.js';
import { endAlarm } from '../mailbox-states.service.js';
import { MailTokensKeeper } from './mail-tokens.service.js';
import { type OAuthFlow, OAuthFlows, type OAuthWish } from './oauth-flows.service.js';

/** Where mail of an account goes out and comes in. */
const SERVERS = {
  google: {
    ...{ smtpHost: 'smtp.gmail.com', smtpPort: 465, smtpSecurity: 'tls' },
    ...{ imapHost: 'imap.gmail.com', imapPort: 993, imapSecurity: 'tls' },
  },
  microsoft: {
    ...{ smtpHost: 'smtp.office365.com', smtpPort: 587, smtpSecurity: 'starttls' },
    ...{ imapHost: 'outlook.office365.com', imapPort: 993, imapSecurity: 'tls' },
  },
} as const satisfies Record<MailProvider, Partial<Mailbox>>;

interface Granted {
  readonly address: string;
  readonly tokens: MailTokens & { readonly refreshToken: string };
}

/** Mailboxes that log in by an account at Google or Microsoft. */
@Injectable()
export class ConnectedAccounts {
  constructor(
    private readonly db: DataSource,
    private readonly client: MailOAuthClient,
    private readonly flows: OAuthFlows,
    private readonly keeper: MailTokensKeeper,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns where the browser of this very session goes
   * @throws Forbidden for a key, NotFound, RuleViolation `oauth_not_available`, `invalid_email`, HttpProblem `oauth_unavailable`
   */
  async depart(actor: Actor, wish: OAuthWish): Promise<string> {
    const fromAddress = await this.addressOf(actor, wish);
    const whose = { workspaceId: actor.workspaceId, sessionId: requireSession(actor) };
    const { url, secrets } = await this.client.begin(wish.provider, fromAddress);
    await this.flows.keep(whose, { wish: { ...wish, fromAddress }, secrets });
    return url;
  }

  /**
   * @param query  of the callback, as it came
   * @returns the id of the mailbox
   * @throws Conflict `oauth_flow_expired`; RuleViolation `oauth_refused`, `oauth_other_address`; NotFound when the mailbox has gone
   */
  async arrive(actor: Actor, query: string): Promise<string> {
    const { workspaceId, sessionId } = actor;
    const state = new URLSearchParams(query).get('state') ?? '';
    const flow = sessionId === undefined ? undefined : await this.flows.take({ workspaceId, sessionId }, state);
    if (!flow) {
      throw new Conflict(
        'oauth_flow_expired',
        'This was begun in another session, too long ago, or was used already: begin again at POST /api/v1/mailboxes/oauth.',
      );
    }
    const granted = await this.redeem(flow, query);
    return transact(this.db, (tx) => this.connect(tx, actor, flow.wish, granted));
  }

  /** Whoever chose another account at the provider would send as somebody else. */
  private async redeem({ wish, secrets }: OAuthFlow, query: string): Promise<Granted> {
    const { address, tokens } = await this.client.redeem(wish.provider, query, secrets);
    const { refreshToken } = tokens;
    if (refreshToken === undefined) throw new RuleViolation('oauth_refused', 'The provider gave no lasting access to the account.');
    const granted = normaliseEmail(address);
    if (wish.fromAddress !== undefined && granted !== normaliseEmail(wish.fromAddress)) {
      throw new RuleViolation('oauth_other_address', 'The account that was chosen at the provider is not the one with the address of the mailbox.');
    }
    return { address: requireSenderAddress(address), tokens: { ...tokens, refreshToken } };
  }

  private async connect(tx: EntityManager, actor: Actor, wish: OAuthWish, { address, tokens }: Granted): Promise<string> {
    const { workspaceId } = actor;
    const [id, at] = [wish.mailboxId ?? newId(), this.clock.now()];
    const login = {
      ...{ ...SERVERS[wish.provider], ...this.keeper.columns(id, wish.provider, tokens), smtpAuth: 'oauth' as const },
      ...{ smtpUser: address, imapUser: address, smtpPasswordSealed: null, imapPasswordSealed: null },
      ...{ state: 'connected' as const, stateReason: null, ...NO_ALARM, lateBefore: null },
    };
    if (wish.mailboxId === undefined) {
      const names = { name: wish.name ?? address, fromName: wish.fromName ?? address, fromAddress: address };
      await tx.insert(Mailbox, { workspaceId, id, version: 1, ...names, ...DEFAULT_LIMITS, ...login, sentCopy: false, nextAt: at, createdAt: at });
    } else {
      const { affected } = await tx.update(Mailbox, { workspaceId, id }, { ...login, version: () => 'version + 1' });
      if (affected === 0) throw new NotFound('mailbox');
    }
    await endAlarm(tx, workspaceId, { mailboxId: id, at });
    await audit(tx, actor, { action: 'mailbox.account_connected', subjectId: id, at });
    await wake(tx, 'send');
    return id;
  }

  private async addressOf({ workspaceId }: Actor, { mailboxId, fromAddress }: OAuthWish): Promise<string | undefined> {
    if (mailboxId === undefined) return fromAddress === undefined ? undefined : requireSenderAddress(fromAddress);
    const mailbox = await this.db.manager.findOneBy(Mailbox, { workspaceId, id: mailboxId });
    if (!mailbox) throw new NotFound('mailbox', '/mailboxId');
    return mailbox.fromAddress;
  }
}

/** The browser that comes back must be the one that went. */
function requireSession({ sessionId }: Actor): string {
  if (sessionId === undefined) throw new Forbidden('This is for a person who has logged in, not for an API key.');
  return sessionId;
}
