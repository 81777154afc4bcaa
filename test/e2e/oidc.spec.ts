import type { Response } from 'supertest';
import { Identities } from '../../src/modules/auth/single-sign-on/identities.service.js';
import { MINUTE_MS } from '../../src/platform/clock.js';
import { Browser } from '../support/browser.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { createTestApp, makeMember, type TestApp } from '../support/test-app.js';

const PUBLIC_URL = 'http://links.tea.example';
const CLIENT = { client_id: 'links', client_secret: 'the secret of the client', redirect_uris: [`${PUBLIC_URL}/api/v1/auth/oidc/callback`] };

describe('single sign-on', () => {
  let provider: IdentityProvider;
  let test: TestApp;
  let userId: string;
  let email: string;
  let memberCount = 0;

  beforeAll(async () => {
    provider = await IdentityProvider.start([CLIENT]);
    const env = { PUBLIC_URL, OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: CLIENT.client_id, OIDC_CLIENT_SECRET: CLIENT.client_secret };
    test = await createTestApp({ env });
  });

  beforeEach(async () => {
    ({ userId, email } = await makeMember(test.db, test.owner.workspaceId, 'owner', test.clock.now()));
    provider.account = `subject-${(memberCount += 1)}`;
  });

  afterAll(async () => {
    await provider.stop();
    await test.close();
  });

  const loggedIn = async (): Promise<Browser> => {
    const browser = new Browser(test.url);
    await browser.logIn(email).expect(200);
    return browser;
  };
  const back = (browser: Browser, from: URL): Promise<Response> => browser.get(`/auth/oidc/callback${from.search}`).then((response) => response);
  /** To the provider and back. */
  const signOn = async (browser: Browser, query = ''): Promise<Response> => {
    const away = await browser.get(`/auth/oidc/login${query}`).expect(302);
    return back(browser, await provider.visit(away.headers['location'] as string));
  };
  const link = async (browser: Browser): Promise<Response> => {
    const { authorizeUrl } = (await browser.post('/auth/oidc/link').expect(200)).body as { authorizeUrl: string };
    return back(browser, await provider.visit(authorizeUrl));
  };
  const linked = async (): Promise<Browser> => {
    const browser = await loggedIn();
    expect((await link(browser)).status).toBe(302);
    return browser;
  };

  it('sends the browser to the provider with PKCE, state and nonce, and keeps what they are checked against', async () => {
    const browser = new Browser(test.url);

    const away = await browser.get('/auth/oidc/login').expect(302);

    const url = new URL(away.headers['location'] as string);
    expect(url.href.startsWith(`${provider.issuer}/auth?`)).toBe(true);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'links',
      redirect_uri: CLIENT.redirect_uris[0],
      scope: 'openid',
      code_challenge_method: 'S256',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(away.headers['set-cookie']).toEqual([expect.stringMatching(/^lw_oidc=v1\.\S+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)]);
    expect(away.headers['set-cookie']?.[0]).not.toContain(url.searchParams.get('state'));
    expect((await browser.get('/auth/oidc').expect(200)).body).toEqual({ enabled: true });
  });

  it('links who is logged in, and from then on logs them in', async () => {
    const browser = await loggedIn();
    expect((await browser.get('/auth/oidc/link').expect(200)).body).toEqual({ linked: false, linkedAt: null });

    const made = await link(browser);

    expect([made.status, made.headers['location']]).toEqual([302, `${PUBLIC_URL}/`]);
    expect((await browser.get('/auth/oidc/link').expect(200)).body).toEqual({ linked: true, linkedAt: test.clock.now().toISOString() });
    const elsewhere = new Browser(test.url);
    const arrived = await signOn(elsewhere);
    expect([arrived.status, arrived.headers['location'], arrived.headers['cache-control']]).toEqual([302, `${PUBLIC_URL}/`, 'no-store']);
    expect((await elsewhere.get('/auth/me').expect(200)).body.user.id).toBe(userId);
    expect([...elsewhere.cookies.keys()]).toEqual(['lw_session']);
  });

  it('lets nobody in by their address: who is not linked is told how to be', async () => {
    await test.db.query(`UPDATE users SET email = 'ann@tea.example' WHERE id = $1`, [userId]); // what the provider claims
    const browser = new Browser(test.url);

    const response = await signOn(browser);

    expect([response.status, response.body.code]).toEqual([403, 'oidc_not_linked']);
    expect([...browser.cookies.keys()]).toEqual([]);
    expect(await test.db.query('SELECT FROM user_identities WHERE user_id = $1', [userId])).toEqual([]);
  });

  describe('refuses', () => {
    it('an answer in another browser than the one that went', async () => {
      await linked();
      const away = await new Browser(test.url).get('/auth/oidc/login').expect(302);
      const from = await provider.visit(away.headers['location'] as string);

      const response = await back(new Browser(test.url), from);

      expect([response.status, response.body.code]).toEqual([401, 'oidc_flow_expired']);
    });

    it('an answer that comes after ten minutes', async () => {
      await linked();
      const browser = new Browser(test.url);
      const away = await browser.get('/auth/oidc/login').expect(302);
      const from = await provider.visit(away.headers['location'] as string);
      test.clock.advance(10 * MINUTE_MS);

      expect((await back(browser, from)).body.code).toBe('oidc_flow_expired');
    });

    it('the answer to another question, and one that was altered', async () => {
      await linked();
      const browser = new Browser(test.url);
      const first = await provider.visit((await browser.get('/auth/oidc/login')).headers['location'] as string);
      const second = await provider.visit((await browser.get('/auth/oidc/login')).headers['location'] as string);
      const mixed = new URL(first);
      mixed.searchParams.set('state', second.searchParams.get('state') ?? '');
      const cookie = browser.cookies.get('lw_oidc') ?? '';

      for (const from of [first, mixed, new URL('http://x.example/?code=x'), new URL('http://x.example/')]) {
        browser.cookies.set('lw_oidc', cookie);
        const response = await back(browser, from);
        expect([response.status, response.body.code]).toEqual([401, 'oidc_refused']);
      }
      browser.cookies.set('lw_oidc', `${cookie.slice(0, -2)}xx`);
      expect((await back(browser, second)).body.code).toBe('oidc_flow_expired');
    });

    it('the same answer a second time', async () => {
      await linked();
      const browser = new Browser(test.url);
      const from = await provider.visit((await browser.get('/auth/oidc/login')).headers['location'] as string);
      const cookie = browser.cookies.get('lw_oidc') ?? '';
      expect((await back(browser, from)).status).toBe(302);

      expect((await back(browser, from)).body.code).toBe('oidc_flow_expired');
      browser.cookies.set('lw_oidc', cookie);
      expect((await back(browser, from)).body.code).toBe('oidc_refused');
    });

    it('whom the provider refuses', async () => {
      await linked();
      provider.account = null;

      const response = await signOn(new Browser(test.url));

      expect([response.status, response.body.code]).toEqual([401, 'oidc_refused']);
    });

    it('a workspace that is not theirs', async () => {
      await linked();
      const foreign = await test.makeWorkspace();

      expect((await signOn(new Browser(test.url), `?workspaceId=${foreign.workspaceId}`)).status).toBe(404);
      expect((await signOn(new Browser(test.url), `?workspaceId=${test.owner.workspaceId}`)).status).toBe(302);
    });

    it('who belongs nowhere any more', async () => {
      await linked();
      await test.db.query('UPDATE members SET deactivated_at = now() WHERE workspace_id = $1 AND user_id = $2', [test.owner.workspaceId, userId]);

      expect((await signOn(new Browser(test.url))).status).toBe(403);
    });

    it('questions that are none', async () => {
      await new Browser(test.url).get('/auth/oidc/login?workspaceId=x').expect(400);
      await new Browser(test.url).get('/auth/oidc/login?confirm=perhaps').expect(400);
    });
  });

  describe('a link', () => {
    it('is made once for each person and each identity; repeated, nothing changes', async () => {
      const browser = await linked();
      expect((await link(browser)).status).toBe(302);
      const taken = provider.account;

      provider.account = `${taken}-other`;
      const second = await link(browser);
      provider.account = taken;
      const stranger = new Browser(test.url);
      await stranger.logIn(test.owner.email).expect(200);
      const stolen = await link(stranger);

      for (const response of [second, stolen]) expect([response.status, response.body.code]).toEqual([409, 'oidc_linked']);
      expect(await test.db.query('SELECT subject FROM user_identities WHERE user_id = $1', [userId])).toEqual([{ subject: taken }]);
    });

    it('is won by one of two people who want one identity at once', async () => {
      const identities = test.app.get(Identities);
      const other = await makeMember(test.db, test.owner.workspaceId, 'owner', test.clock.now());
      const [one, two] = [userId, other.userId].map((id) => ({ ...test.owner.actor, userId: id, sessionId: 'of theirs' }));
      const identity = { issuer: provider.issuer, subject: 'wanted by two' };

      const results = await Promise.allSettled([
        identities.link(one ?? test.owner.actor, identity),
        identities.link(two ?? test.owner.actor, identity),
      ]);

      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({ code: 'oidc_linked' });
    });

    it('is made only for the session that asked', async () => {
      const browser = await loggedIn();
      const { authorizeUrl } = (await browser.post('/auth/oidc/link').expect(200)).body as { authorizeUrl: string };
      const from = await provider.visit(authorizeUrl);
      await browser.logIn(email).expect(200);

      expect((await back(browser, from)).body.code).toBe('oidc_flow_expired');
      expect(await test.db.query('SELECT FROM user_identities WHERE user_id = $1', [userId])).toEqual([]);
    });

    it('needs a person who has just shown who they are', async () => {
      const browser = await loggedIn();
      test.clock.advance(10 * MINUTE_MS);

      for (const path of ['/auth/oidc/link', '/auth/oidc/unlink']) {
        expect((await browser.post(path).expect(403)).body.code).toBe('confirmation_required');
        expect((await test.as(test.owner.key).post(path).expect(403)).body.code).toBe('forbidden');
      }
      await test.as(test.owner.key).get('/auth/oidc/link').expect(403);
    });

    it('is taken away, unless it is the only way in', async () => {
      const browser = await linked();
      const [user] = await test.db.query<{ hash: string }[]>('SELECT password_hash AS hash FROM users WHERE id = $1', [userId]);
      await test.db.query('UPDATE users SET password_hash = NULL WHERE id = $1', [userId]);
      expect((await browser.post('/auth/oidc/unlink').expect(409)).body.code).toBe('no_password');
      await test.db.query('UPDATE users SET password_hash = $2 WHERE id = $1', [userId, user?.hash]);

      await browser.post('/auth/oidc/unlink').expect(204);
      await browser.post('/auth/oidc/unlink').expect(204);

      expect((await signOn(new Browser(test.url))).body.code).toBe('oidc_not_linked');
      const log = await test.db.query('SELECT action, details FROM audit_log WHERE workspace_id = $1 AND subject_id = $2 ORDER BY id', [
        test.owner.workspaceId,
        userId,
      ]);
      expect(log).toEqual([
        { action: 'oidc.linked', details: {} },
        { action: 'oidc.unlinked', details: {} },
      ]);
    });
  });

  describe('and what needs a recent login', () => {
    const makeKey = (browser: Browser) => browser.post('/api-keys', { name: 'k', scopes: ['prospects:read'] });

    it('is closed to who was let through without being asked, and open to who was asked again', async () => {
      await linked();
      await test.db.query('UPDATE users SET password_hash = NULL WHERE id = $1', [userId]);
      const browser = new Browser(test.url);
      const atProvider = new Map<string, string>();
      const go = async (query: string): Promise<Response> => {
        const away = await browser.get(`/auth/oidc/login${query}`).expect(302);
        return back(browser, await provider.visit(away.headers['location'] as string, atProvider));
      };
      await go('');
      const asked = provider.asked;
      expect((await go('')).status).toBe(302);
      expect(provider.asked).toBe(asked);
      expect((await makeKey(browser).expect(403)).body.code).toBe('confirmation_required');

      expect((await go('?confirm=true')).status).toBe(302);

      expect(provider.asked).toBe(asked + 1);
      await makeKey(browser).expect(201);
      test.clock.advance(10 * MINUTE_MS);
      await makeKey(browser).expect(403);
    });
  });
});
