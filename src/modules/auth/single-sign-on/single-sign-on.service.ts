import { Injectable } from '@nestjs/common';
import { Forbidden, Unauthorized } from '../../../domain/errors.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { OidcClient, type OidcIdentity } from '../../../platform/auth/oidc-client.js';
import { TokenVerifier } from '../../../platform/auth/token-verifier.js';
import { Clock } from '../../../platform/clock.js';
import { Identities } from './identities.service.js';
import type { LoginOrigin } from '../sessions/login-origin.js';
import { Logins, type OpenedLogin } from '../login/logins.service.js';
import { OidcFlows, type OidcPurpose } from './oidc-flows.service.js';
import { requirePerson } from '../sessions/person.js';

/** Where the browser goes, and what it keeps until it is back. */
export interface Departure {
  readonly url: string;
  readonly cookie: string;
}

/** What the browser brings back from the provider. */
export interface Arrival {
  /** Of the callback as it came, with its question mark. */
  readonly query: string;
  readonly cookie: string | undefined;
  readonly origin: LoginOrigin;
}

/** The provider did not say when it had asked the person, so they have proved nothing to us lately. */
const NEVER = new Date(0);

/** Logins by OpenID Connect. A second factor is the provider's affair: it is not asked for here. */
@Injectable()
export class SingleSignOn {
  constructor(
    private readonly oidc: OidcClient,
    private readonly flows: OidcFlows,
    private readonly identities: Identities,
    private readonly logins: Logins,
    private readonly verifier: TokenVerifier,
    private readonly clock: Clock,
  ) {}

  get enabled(): boolean {
    return this.oidc.enabled;
  }

  /** @throws Conflict `oidc_off`, HttpProblem `oidc_unavailable` */
  async depart(purpose: OidcPurpose): Promise<Departure> {
    const { url, secrets } = await this.oidc.begin(isFresh(purpose));
    return { url, cookie: this.flows.seal({ secrets, purpose }) };
  }

  /** @throws Forbidden for a key, and what `depart` throws */
  departToLink(actor: Actor): Promise<Departure> {
    return this.depart({ kind: 'link', sessionId: requirePerson(actor).sessionId });
  }

  /**
   * @returns the new session of a login; undefined when a link was made
   * @throws Unauthorized `oidc_flow_expired`, `oidc_refused`; Forbidden `oidc_not_linked`; Conflict `oidc_linked`; HttpProblem `oidc_unavailable`
   */
  async arrive({ query, cookie, origin }: Arrival): Promise<OpenedLogin | undefined> {
    const flow = this.flows.open(cookie);
    if (!flow) throw expired();
    const identity = await this.oidc.redeem(query, flow.secrets, isFresh(flow.purpose));
    if (flow.purpose.kind === 'login') return this.logIn(identity, flow.purpose.workspaceId, origin);
    await this.link(identity, flow.purpose.sessionId, origin);
    return undefined;
  }

  private async logIn(identity: OidcIdentity, workspaceId: string | undefined, origin: LoginOrigin): Promise<OpenedLogin> {
    const userId = await this.identities.findUserId(identity);
    if (userId === undefined) {
      throw new Forbidden(
        'Nobody here is linked with this identity; e-mail addresses are not compared. Log in with your password and link it: POST /api/v1/auth/oidc/link.',
        'oidc_not_linked',
      );
    }
    return this.logins.enterAs({ userId, workspaceId }, origin, this.provedAt(identity));
  }

  /** The browser that comes back must still hold the session that asked for the link. */
  private async link(identity: OidcIdentity, sessionId: string, { sessionToken, requestId }: LoginOrigin): Promise<void> {
    const actor = sessionToken === undefined ? undefined : await this.verifier.verifySession(sessionToken);
    if (actor?.sessionId !== sessionId) throw expired();
    await this.identities.link({ ...actor, requestId }, identity);
  }

  /** The provider's clock is a real one; ours may be moved. */
  private provedAt({ authenticatedAt }: OidcIdentity): Date {
    if (authenticatedAt === undefined) return NEVER;
    const age = Math.max(0, this.clock.real().getTime() - authenticatedAt.getTime());
    return new Date(this.clock.now().getTime() - age);
  }
}

function isFresh(purpose: OidcPurpose): boolean {
  return purpose.kind === 'login' && purpose.fresh;
}

function expired(): Unauthorized {
  return new Unauthorized(
    'This login was begun too long ago, or in another browser: begin again at GET /api/v1/auth/oidc/login.',
    'oidc_flow_expired',
  );
}
