import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Adapter, type AdapterPayload, type ClientMetadata, interactionPolicy, type JWK, Provider } from 'oidc-provider';

/** A real provider of single sign-on on loopback. Whoever comes is logged in as `account`, without being asked. */
export class IdentityProvider {
  /** Subject of who sits before the browser; null refuses. */
  account: string | null = 'subject-1';
  /** The address that it claims for whoever comes; nothing vouches for it. */
  email = 'ann@tea.example';
  /** As Microsoft does: the address stands in `preferred_username`. */
  namesUser = false;
  /** Grants by which tokens were given, in their order. */
  readonly grants: string[] = [];
  /** How often it asked somebody who they are. */
  asked = 0;

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  /** @param clients  with their secrets and the addresses they may be called back at */
  static async start(clients: readonly ClientMetadata[]): Promise<IdentityProvider> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const self = new IdentityProvider(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const provider = new Provider(self.issuer, {
      clients: [...clients],
      adapter: KeptInMemory,
      jwks: { keys: [signingKey()] },
      cookies: { keys: ['for tests'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}`, policy: alsoSelectAccount() },
      // an address is claimed that somebody else has: it must count for nothing
      findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...self.nameOfUser() }) }),
      claims: { openid: ['sub', 'email', 'email_verified', 'preferred_username'] },
      conformIdTokenClaims: false,
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({ accountId: oidc.session?.accountId ?? '', clientId: oidc.client?.clientId ?? '' });
        grant.addOIDCScope('openid email');
        await grant.save();
        return grant;
      },
      // as mail providers do: lasting access for whoever was let in, each refresh token good for once
      issueRefreshToken: () => Promise.resolve(true),
      rotateRefreshToken: true,
      ttl: { RefreshToken: 600, AccessToken: 300, AuthorizationCode: 60, IdToken: 60, Interaction: 60, Session: 600, Grant: 600 },
    });
    provider.on('grant.success', ({ oidc }) => {
      self.grants.push(String(oidc.params?.['grant_type']));
    });
    const serve = provider.callback();
    server.on('request', (request, response) => {
      void (request.url?.startsWith('/interaction/') === true ? self.askWho(provider, request, response) : serve(request, response));
    });
    return self;
  }

  /**
   * Goes there as a browser does, through all redirects, until the provider sends it back.
   * @param cookies  of the browser at the provider: with the same ones it is known again
   * @returns the address that it is sent back to
   */
  async visit(address: string, cookies = new Map<string, string>()): Promise<URL> {
    let next = new URL(address);
    for (let hop = 0; hop < 10; hop += 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null) throw new Error(`The provider answers ${response.status}: ${(await response.text()).slice(0, 500)}`);
      next = new URL(location, next);
      if (next.origin !== this.issuer) return next;
    }
    throw new Error('The provider sends the browser round in circles.');
  }

  private nameOfUser(): object {
    return this.namesUser ? { preferred_username: this.email } : { email: this.email, email_verified: true };
  }

  /** Whether an access token is one of its own, as its mail server asks. */
  knowsToken(token: string): boolean {
    return KeptInMemory.has(`AccessToken:${token}`);
  }

  /** The person takes back what they had given. */
  takeBack(): void {
    KeptInMemory.forget('RefreshToken:');
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async askWho(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked += 1;
    const result =
      this.account === null
        ? { error: 'access_denied', error_description: 'refused' }
        : { login: { accountId: this.account }, consent: {}, select_account: {} };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
}

/** A prompt that Microsoft knows, and this provider only when it is told. */
function alsoSelectAccount(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  return policy;
}

function signingKey(): JWK & { kid: string; use: 'sig'; alg: 'RS256' } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: 'test', use: 'sig', alg: 'RS256' };
}

/** What the provider remembers; for as long as a test runs. */
class KeptInMemory implements Adapter {
  private static readonly kept = new Map<string, AdapterPayload>();

  constructor(private readonly model: string) {}

  static has(name: string): boolean {
    return KeptInMemory.kept.has(name);
  }

  static forget(prefix: string): void {
    for (const name of KeptInMemory.kept.keys()) if (name.startsWith(prefix)) KeptInMemory.kept.delete(name);
  }

  async upsert(id: string, payload: AdapterPayload): Promise<undefined> {
    KeptInMemory.kept.set(this.name(id), payload);
    return undefined;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return KeptInMemory.kept.get(this.name(id));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return [...KeptInMemory.kept].find(([name, payload]) => name.startsWith(`${this.model}:`) && payload.uid === uid)?.[1];
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<undefined> {
    const payload = KeptInMemory.kept.get(this.name(id));
    if (payload) payload['consumed'] = 1;
    return undefined;
  }

  async destroy(id: string): Promise<undefined> {
    KeptInMemory.kept.delete(this.name(id));
    return undefined;
  }

  async revokeByGrantId(): Promise<undefined> {
    return undefined;
  }

  private name(id: string): string {
    return `${this.model}:${id}`;
  }
}
