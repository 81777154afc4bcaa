import { ROLE_PERMISSIONS } from '../../src/domain/permissions.js';
import { Setup } from '../../src/modules/auth/login/setup.service.js';
import { DAY_MS } from '../../src/platform/clock.js';
import { type BareTestApp, createBareTestApp, createTestApp, makeMember, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

const SETUP_TOKEN = 'a-setup-token-of-thirty-two-characters-and-more';
const OWNER = { workspaceName: 'Tea links', name: 'Ann', email: 'Ann@tea.example', password: 'correct horse battery' };

const cookieOf = (response: { headers: Record<string, unknown> }): string => String((response.headers['set-cookie'] as string[])[0]);
const sessionOf = (response: { headers: Record<string, unknown> }): string => cookieOf(response).split(';')[0] ?? '';

describe('POST /auth/setup', () => {
  let test: BareTestApp;

  beforeAll(async () => {
    test = await createBareTestApp({ env: { SETUP_TOKEN, PUBLIC_URL: 'https://links.tea.example' } });
  });

  afterAll(() => test.close());

  const setUp = (change: object = {}) =>
    test
      .request()
      .post('/api/v1/auth/setup')
      .send({ setupToken: SETUP_TOKEN, ...OWNER, ...change });

  it.each([
    ['a wrong token', { setupToken: 'x'.repeat(40) }, 401, 'invalid_setup_token'],
    ['a short token', { setupToken: 'x'.repeat(31) }, 400, 'invalid_request'],
    ['a short password', { password: 'nine char' }, 400, 'invalid_request'],
    ['no address', { email: 'ann' }, 400, 'invalid_request'],
  ])('refuses %s, and nothing is set up', async (_, change, status, code) => {
    const response = await setUp(change).expect(status);

    expect(response.body.code).toBe(code);
    expect(await test.db.query('SELECT FROM users')).toEqual([]);
  });

  it('lets one of two at once win; from then on there is an owner', async () => {
    const responses = await Promise.all([setUp(), setUp({ email: 'eve@tea.example' })]);

    expect(responses.map((response) => response.status).sort()).toEqual([201, 409]);
    expect(await test.db.query('SELECT count(*)::int AS n FROM users')).toEqual([{ n: 1 }]);
    expect(await test.db.query('SELECT count(*)::int AS n FROM workspaces')).toEqual([{ n: 1 }]);
    const again = await setUp({ email: 'adam@tea.example' }).expect(409);
    expect(again.body.code).toBe('already_set_up');
  });
});

describe('a first start without SETUP_TOKEN', () => {
  it('prints a token that makes the first owner and logs them in, until there is one', async () => {
    const test = await createBareTestApp();
    const printed = await test.app.get(Setup).invitation();
    const setupToken = /token {4}(\S{32,})/.exec(printed ?? '')?.[1];

    expect(printed).toContain('http://localhost:3000/api/v1/auth/setup');
    const response = await test
      .request()
      .post('/api/v1/auth/setup')
      .send({ ...OWNER, setupToken })
      .expect(201);

    expect(response.body).toMatchObject({
      user: { name: 'Ann', email: 'Ann@tea.example' },
      workspace: { name: 'Tea links', role: 'owner' },
      role: 'owner',
      workspaces: [{ name: 'Tea links' }],
    });
    const me = await test.request().get('/api/v1/auth/me').set('cookie', sessionOf(response)).expect(200);
    expect(me.body).toEqual(response.body);
    expect(await test.app.get(Setup).invitation()).toBeUndefined();
    await test.close();
  });
});

describe('an installation with an owner', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await createTestApp();
  });

  afterAll(() => test.close());

  const logIn = (body: object, headers: Record<string, string> = {}) => test.request().post('/api/v1/auth/login').set(headers).send(body);
  const me = (cookie: string) => test.request().get('/api/v1/auth/me').set('cookie', cookie);

  describe('sessions', () => {
    it('begins with the password, whatever the case of the address, and ends with logout', async () => {
      const response = await logIn({ email: test.owner.email.toUpperCase(), password: TEST_PASSWORD }).expect(200);
      const cookie = sessionOf(response);
      expect(cookie).toMatch(/^lw_session=/); // no TLS here, so no __Host-

      await me(cookie).expect(200);
      const out = await test.request().post('/api/v1/auth/logout').set('cookie', cookie).expect(204);

      expect(cookieOf(out)).toMatch(/^lw_session=; .*Expires=Thu, 01 Jan 1970/);
      await me(cookie).expect(401);
    });

    it.each([
      ['a wrong password', () => ({ email: test.owner.email, password: 'not this one' })],
      ['an unknown address', () => ({ email: 'nobody@tea.example', password: TEST_PASSWORD })],
    ])('answers %s in the same words', async (_, body) => {
      const response = await logIn(body()).expect(401);

      expect(response.body).toMatchObject({ code: 'invalid_credentials', detail: 'The address or the password is wrong.' });
      expect(response.headers['set-cookie']).toBeUndefined();
    });

    it.each([
      ['login', '/api/v1/auth/login', { email: 'a@b.example', password: TEST_PASSWORD }],
      ['setup', '/api/v1/auth/setup', { ...OWNER, setupToken: SETUP_TOKEN }],
    ])('refuses a %s that a page of another site sends', async (_, path, body) => {
      const response = await test.request().post(path).set('origin', 'https://evil.example').send(body).expect(403);

      expect(response.body.code).toBe('bad_origin');
    });

    it('refuses a change that a page of another site makes with the cookie', async () => {
      const cookie = sessionOf(await logIn({ email: test.owner.email, password: TEST_PASSWORD }).expect(200));
      const create = (origin: string) =>
        test
          .request()
          .post('/api/v1/api-keys')
          .set({ cookie, origin })
          .send({ name: 'k', scopes: ['*'] });

      expect((await create('https://evil.example').expect(403)).body.code).toBe('bad_origin');
      await create(test.url).expect(201);
    });

    it('enters the workspace that is asked for, and no other', async () => {
      const made = await test.as(test.owner.key).post('/workspaces', { name: 'Coffee links' }).expect(201);
      const foreign = await test.makeWorkspace();
      const credentials = { email: test.owner.email, password: TEST_PASSWORD };

      const response = await logIn({ ...credentials, workspaceId: made.body.id }).expect(200);

      expect(response.body.workspace).toEqual({ id: made.body.id, name: 'Coffee links', role: 'owner' });
      expect(response.body.workspaces).toHaveLength(2);
      const denied = await logIn({ ...credentials, workspaceId: foreign.workspaceId }).expect(404);
      expect(denied.body.errors).toEqual([expect.objectContaining({ pointer: '/workspaceId' })]);
    });
  });

  describe('roles', () => {
    it.each([
      ['viewer', 403, 403],
      ['member', 403, 403],
      ['manager', 403, 201],
      ['owner', 200, 201],
    ] as const)('the role %s may do what the table says', async (role, workspaceStatus, keyStatus) => {
      const as = test.as(await test.makeKey(role));

      await as.get('/workspace').expect(200);
      await as.patch('/workspace', {}, '*').expect(workspaceStatus);
      await as.post('/api-keys', { name: 'mine', scopes: ['prospects:read'] }).expect(keyStatus);
      const known = await as.get('/auth/me').expect(200);
      expect(known.body).toMatchObject({ role, permissions: [...ROLE_PERMISSIONS[role]].filter((one) => one !== 'inbound:write') });
    });

    it('only the owner of the installation makes workspaces', async () => {
      const { db } = test;
      const member = await makeMember(db, test.owner.workspaceId, 'owner');
      await db.query('UPDATE users SET installation_owner = false WHERE id = $1', [member.userId]);
      const cookie = sessionOf(await logIn({ email: member.email, password: TEST_PASSWORD }).expect(200));

      await test.request().post('/api/v1/workspaces').set('cookie', cookie).send({ name: 'Mine' }).expect(403);
    });
  });

  describe('time', () => {
    let own: TestApp; // its clock is moved

    beforeAll(async () => {
      own = await createTestApp({ env: { PUBLIC_URL: 'https://links.tea.example' } });
    });

    afterAll(() => own.close());

    it('ends a session after 30 days; its cookie is for this host, TLS and the browser alone', async () => {
      const response = await own.request().post('/api/v1/auth/login').send({ email: own.owner.email, password: TEST_PASSWORD }).expect(200);
      expect(cookieOf(response)).toMatch(/^__Host-lw_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      expect((response.headers['set-cookie'] as unknown as string[])[1]).toMatch(
        /^__Host-lw_browser=[\w-]{43}; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
      expect(response.headers['cache-control']).toBe('no-store');

      own.clock.advance(30 * DAY_MS);

      await own.request().get('/api/v1/auth/me').set('cookie', sessionOf(response)).expect(401);
    });
  });

  describe('the workspace', () => {
    it('changes only for who has seen it', async () => {
      const as = test.as(test.owner.key);
      const { version } = (await as.get('/workspace').expect(200)).body as { version: number };

      const changed = await as
        .patch('/workspace', { timeZone: 'Europe/Lisbon', contactGuardDays: 90, postalAddress: null }, `"${version}"`)
        .expect(200);

      expect(changed.body).toMatchObject({ timeZone: 'Europe/Lisbon', contactGuardDays: 90, postalAddress: null, version: version + 1 });
      expect(changed.headers['etag']).toBe(`"${version + 1}"`);
      await as.patch('/workspace', { name: 'Late' }, `"${version}"`).expect(412);
      await as.patch('/workspace', { name: 'Late' }).expect(428);
    });

    it.each([
      ['a zone that is none', { timeZone: 'Mars/Olympus' }, '/timeZone'],
      ['an offset', { timeZone: '+01:00' }, '/timeZone'],
      ['no name', { name: null }, '/name'],
      ['too long a name', { name: 'x'.repeat(201) }, '/name'],
      ['a guard of minus one', { contactGuardDays: -1 }, '/contactGuardDays'],
      ['an unknown property', { plan: 'gold' }, '/plan'],
    ])('refuses %s', async (_, body, pointer) => {
      const response = await test.as(test.owner.key).patch('/workspace', body, '*').expect(400);

      expect(response.body.errors).toEqual([expect.objectContaining({ pointer })]);
    });

    it('lists its people, and nobody else', async () => {
      const foreign = await test.makeWorkspace();

      const mine = await test.as(foreign.key).get('/members').expect(200);

      expect(mine.body.data).toEqual([expect.objectContaining({ id: foreign.memberId, userId: foreign.userId, role: 'owner', version: 1 })]);
    });
  });
});
