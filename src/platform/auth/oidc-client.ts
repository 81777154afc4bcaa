import { Injectable, Logger } from '@nestjs/common';
import * as oidc from 'openid-client';
import { Conflict, Unauthorized } from '../../domain/errors.js';
import { MINUTE_MS } from '../clock.js';
import { AppConfig } from '../config/app-config.js';
import { HttpProblem } from '../http/problems/http-problem.js';

const TIMEOUT_SECONDS = 10;
/** So long what the provider says of itself is believed; its keys are looked up anew as they change. */
const BELIEVED_MS = 60 * MINUTE_MS;
/** A confirmation must be fresher than that when the person comes back from the provider. */
export const FRESH_SECONDS = 600;

/** Only where the settings allow an issuer without TLS (oidc-problems.ts). */
const ALLOW_WITHOUT_TLS = oidc.allowInsecureRequests; // eslint-disable-line @typescript-eslint/no-deprecated -- marked so to warn everybody else

/** What must come back with the person for the answer to be the one to our question. */
export interface OidcSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Who the provider says that somebody is. */
export interface OidcIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** When they showed the provider who they are, if it tells. */
  readonly authenticatedAt: Date | undefined;
}

interface Discovered {
  readonly client: oidc.Configuration;
  readonly until: number;
}

/** Talks to the one provider of single sign-on that the operator named: code flow with PKCE, state and nonce. */
@Injectable()
export class OidcClient {
  private readonly logger = new Logger(OidcClient.name);
  private discovered: Discovered | undefined;

  constructor(private readonly config: AppConfig) {}

  get enabled(): boolean {
    return this.config.OIDC_ISSUER !== undefined;
  }

  /**
   * Where to send the browser, and what to keep until it comes back.
   * @param fresh  the provider shall ask the person again, even when it knows them
   * @throws Conflict `oidc_off`, HttpProblem 503 `oidc_unavailable`
   */
  async begin(fresh: boolean): Promise<{ readonly url: string; readonly secrets: OidcSecrets }> {
    const client = await this.discover();
    const secrets = { state: oidc.randomState(), nonce: oidc.randomNonce(), codeVerifier: oidc.randomPKCECodeVerifier() };
    const url = oidc.buildAuthorizationUrl(client, {
      redirect_uri: this.callbackUrl,
      scope: 'openid',
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(secrets.codeVerifier),
      code_challenge_method: 'S256',
      ...(fresh && { prompt: 'login', max_age: String(FRESH_SECONDS) }),
    });
    return { url: url.href, secrets };
  }

  /**
   * Exchanges the code that the browser brought for the person's identity.
   * @param query  of the callback, as it came
   * @throws Unauthorized `oidc_refused` when the provider or our checks say no, HttpProblem 503 `oidc_unavailable`
   */
  async redeem(query: string, { state, nonce, codeVerifier }: OidcSecrets, fresh: boolean): Promise<OidcIdentity> {
    const client = await this.discover();
    try {
      const tokens = await oidc.authorizationCodeGrant(client, new URL(`${this.callbackUrl}${query}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        ...(fresh && { maxAge: FRESH_SECONDS }),
      });
      const claims = tokens.claims();
      if (!claims) throw refused();
      const { iss: issuer, sub: subject, auth_time: authenticated } = claims;
      return { issuer, subject, authenticatedAt: authenticated === undefined ? undefined : new Date(authenticated * 1000) };
    } catch (error) {
      if (error instanceof Unauthorized) throw error;
      this.note(error, 'single sign-on failed');
      if (isOutage(error)) throw unavailable();
      throw refused();
    }
  }

  private get callbackUrl(): string {
    return `${this.config.publicUrl}/api/v1/auth/oidc/callback`;
  }

  private async discover(): Promise<oidc.Configuration> {
    const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: secret } = this.config;
    if (issuer === undefined || clientId === undefined) throw new Conflict('oidc_off', 'This installation has no single sign-on.');
    if (this.discovered && this.discovered.until > performance.now()) return this.discovered.client;
    try {
      const client = await oidc.discovery(new URL(issuer), clientId, secret, authentication(secret), {
        timeout: TIMEOUT_SECONDS,
        // signatures are checked too: on this machine's own addresses there is no TLS to vouch for the answer
        execute: [oidc.enableNonRepudiationChecks, ...(issuer.startsWith('http:') ? [ALLOW_WITHOUT_TLS] : [])],
      });
      this.discovered = { client, until: performance.now() + BELIEVED_MS };
      return client;
    } catch (error) {
      this.note(error, 'the provider of single sign-on cannot be read');
      throw unavailable();
    }
  }

  /** The message alone: answers of the provider hold tokens. */
  private note(error: unknown, what: string): void {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    this.logger.warn({ reason: error instanceof Error ? error.message : typeof error, code }, what);
  }
}

/** The one that the provider takes; a provider that lists none takes the header (OpenID Connect Discovery 1.0 section 3). */
function authentication(secret: string | undefined): oidc.ClientAuth {
  if (secret === undefined) return oidc.None();
  const [inBody, inHeader] = [oidc.ClientSecretPost(secret), oidc.ClientSecretBasic(secret)];
  return (server, client, body, headers) => {
    const listed = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    (listed.includes('client_secret_basic') ? inHeader : inBody)(server, client, body, headers);
  };
}

/** The provider did not answer, or with a fault of its own; not that it said no. */
function isOutage(error: unknown): boolean {
  if (error instanceof TypeError) return true; // fetch, when there is no connection
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' || code === 'OAUTH_RESPONSE_IS_NOT_JSON';
}

function unavailable(): HttpProblem {
  const detail = 'The provider of single sign-on does not answer at the moment. Try again, or log in with your password.';
  return new HttpProblem(503, 'oidc_unavailable', detail, { headers: { 'retry-after': '10' } });
}

function refused(): Unauthorized {
  return new Unauthorized('Single sign-on did not let you in. Begin again at GET /api/v1/auth/oidc/login.', 'oidc_refused');
}
