import { Injectable, Logger } from '@nestjs/common';
import * as oidc from 'openid-client';
import { RuleViolation } from '../../domain/errors.js';
import { MINUTE_MS } from '../clock.js';
import { AppConfig } from '../config/app-config.js';
import { HttpProblem } from '../http/problems/http-problem.js';
import type { OidcSecrets } from './oidc-client.js';

export const MAIL_PROVIDERS = ['google', 'microsoft'] as const;
export type MailProvider = (typeof MAIL_PROVIDERS)[number];

export interface MailTokens {
  readonly accessToken: string;
  /** A provider that gives no new one means the one before. */
  readonly refreshToken: string | undefined;
  readonly expiresInSeconds: number;
}

/** The account is ours no longer: taken back by its owner, or too long unused. Only its owner can give it again. */
export class GrantLost extends Error {
  constructor() {
    super('The provider no longer lets us into this account: connect it again.');
  }
}

const TIMEOUT_SECONDS = 10;
const BELIEVED_MS = 60 * MINUTE_MS;
/** For a provider that does not say how long a token lasts. */
const USUAL_SECONDS = 3000;

/** Only where the settings allow an issuer without TLS (oidc-problems.ts). */
const ALLOW_WITHOUT_TLS = oidc.allowInsecureRequests; // eslint-disable-line @typescript-eslint/no-deprecated -- marked so to warn everybody else

/** What each asks for, so that mail can be sent and its folder of sent mails be read, also while nobody sits there. */
const ASKS: Readonly<Record<MailProvider, Readonly<Record<string, string>>>> = {
  google: { scope: 'openid email https://mail.google.com/', access_type: 'offline', prompt: 'consent' },
  microsoft: {
    scope: 'openid email profile offline_access https://outlook.office.com/SMTP.Send https://outlook.office.com/IMAP.AccessAsUser.All',
    prompt: 'select_account',
  },
};

interface Discovered {
  readonly client: oidc.Configuration;
  readonly until: number;
}

/** Talks to the providers that accounts are connected at: code flow with PKCE, state and nonce. */
@Injectable()
export class MailOAuthClient {
  private readonly logger = new Logger(MailOAuthClient.name);
  private readonly discovered = new Map<MailProvider, Discovered>();

  constructor(private readonly config: AppConfig) {}

  /**
   * Where to send the browser, and what to keep until it comes back.
   * @param address  the account that is meant, if one is
   * @throws RuleViolation `oauth_not_available`, HttpProblem 503 `oauth_unavailable`
   */
  async begin(provider: MailProvider, address: string | undefined): Promise<{ readonly url: string; readonly secrets: OidcSecrets }> {
    const client = await this.discover(provider);
    const secrets = { state: oidc.randomState(), nonce: oidc.randomNonce(), codeVerifier: oidc.randomPKCECodeVerifier() };
    const url = oidc.buildAuthorizationUrl(client, {
      ...ASKS[provider],
      redirect_uri: this.callbackUrl,
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(secrets.codeVerifier),
      code_challenge_method: 'S256',
      ...(address !== undefined && { login_hint: address }),
    });
    return { url: url.href, secrets };
  }

  /**
   * Exchanges the code that the browser brought.
   * @param query  of the callback, as it came
   * @returns the address of the account, as the provider says it
   * @throws RuleViolation `oauth_refused` when the provider or our checks say no, HttpProblem 503 `oauth_unavailable`
   */
  async redeem(provider: MailProvider, query: string, secrets: OidcSecrets): Promise<{ readonly address: string; readonly tokens: MailTokens }> {
    const client = await this.discover(provider);
    try {
      const granted = await oidc.authorizationCodeGrant(client, new URL(`${this.callbackUrl}${query}`), {
        expectedState: secrets.state,
        expectedNonce: secrets.nonce,
        pkceCodeVerifier: secrets.codeVerifier,
      });
      const claims = granted.claims();
      const address = claims?.['email'] ?? claims?.['preferred_username'];
      if (typeof address !== 'string' || granted.refresh_token === undefined) throw refused();
      return { address, tokens: tokensOf(granted) };
    } catch (error) {
      if (error instanceof RuleViolation) throw error;
      this.note(error, provider, 'an account could not be connected');
      throw saidNo(error) ? refused() : unavailable();
    }
  }

  /** A new access token. @throws GrantLost; HttpProblem 503 `oauth_unavailable`, RuleViolation `oauth_not_available` */
  async refresh(provider: MailProvider, refreshToken: string): Promise<MailTokens> {
    const client = await this.discover(provider);
    try {
      return tokensOf(await oidc.refreshTokenGrant(client, refreshToken));
    } catch (error) {
      if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') throw new GrantLost();
      this.note(error, provider, 'an access token could not be renewed');
      throw unavailable();
    }
  }

  private get callbackUrl(): string {
    return `${this.config.publicUrl}/api/v1/mailboxes/oauth/callback`;
  }

  private async discover(provider: MailProvider): Promise<oidc.Configuration> {
    const known = this.discovered.get(provider);
    if (known && known.until > performance.now()) return known.client;
    const { issuer, clientId, secret } = this.settings(provider);
    if (clientId === undefined) {
      const setting = `MAIL_${provider.toUpperCase()}_CLIENT_ID`;
      throw RuleViolation.at('/provider', 'oauth_not_available', `This installation is not known to ${provider}: the operator sets ${setting}.`);
    }
    try {
      const client = await oidc.discovery(new URL(issuer), clientId, secret, secret === undefined ? oidc.None() : oidc.ClientSecretPost(secret), {
        timeout: TIMEOUT_SECONDS,
        execute: issuer.startsWith('http:') ? [oidc.enableNonRepudiationChecks, ALLOW_WITHOUT_TLS] : [oidc.enableNonRepudiationChecks],
      });
      this.discovered.set(provider, { client, until: performance.now() + BELIEVED_MS });
      return client;
    } catch (error) {
      this.note(error, provider, 'a provider of mail accounts cannot be read');
      throw unavailable();
    }
  }

  private settings(provider: MailProvider) {
    const { config } = this;
    return provider === 'google'
      ? { issuer: config.MAIL_GOOGLE_ISSUER, clientId: config.MAIL_GOOGLE_CLIENT_ID, secret: config.MAIL_GOOGLE_CLIENT_SECRET }
      : { issuer: config.MAIL_MICROSOFT_ISSUER, clientId: config.MAIL_MICROSOFT_CLIENT_ID, secret: config.MAIL_MICROSOFT_CLIENT_SECRET };
  }

  /** The message alone: answers of the provider hold tokens. */
  private note(error: unknown, provider: MailProvider, what: string): void {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    this.logger.warn({ reason: error instanceof Error ? error.message : typeof error, code, provider }, what);
  }
}

function tokensOf(granted: oidc.TokenEndpointResponse): MailTokens {
  return { accessToken: granted.access_token, refreshToken: granted.refresh_token, expiresInSeconds: granted.expires_in ?? USUAL_SECONDS };
}

/** The provider answered, and our checks or it said no; all else is its outage. */
function saidNo(error: unknown): boolean {
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) return true;
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return !(error instanceof TypeError) && !['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON'].includes(String(code));
}

function unavailable(): HttpProblem {
  const detail = 'The provider of this account does not answer at the moment. Try again.';
  return new HttpProblem(503, 'oauth_unavailable', detail, { headers: { 'retry-after': '10' } });
}

function refused(): RuleViolation {
  return new RuleViolation('oauth_refused', 'The provider did not let us into the account. Begin again at POST /api/v1/mailboxes/oauth.');
}
