import { ROLE_PERMISSIONS } from '../../src/domain/permissions.js';
import { Setup } from '../../src/modules/auth/setup.service.js';
import { DAY_MS, MINUTE_MS } from '../../src/platform/clock.js';
import { makeMailbox } from '../support/factories.js';
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

  describe('API keys', () => {
    const make = (key: string, body: object) => test.as(key).post('/api-keys', { name: 'a key', ...body });

    it('is shown once, and works within its scopes', async () => {
      const response = await make(test.owner.key, { scopes: ['members:read'] }).expect(201);
      const { id, key, prefix } = response.body as { id: string; key: string; prefix: string };

      expect(key).toMatch(/^lw_[\w-]{43}$/);
      expect(key.startsWith(prefix)).toBe(true);
      await test.as(key).get('/members').expect(200);
      expect((await test.as(key).get('/auth/me').expect(200)).body.permissions).toEqual(['members:read']);
      expect((await test.as(key).get('/workspace').expect(403)).body.code).toBe('forbidden');
      const list = await test.as(test.owner.key).get('/api-keys?limit=100').expect(200);
      const listed = (list.body.data as { id: string }[]).find((one) => one.id === id);
      expect(listed).toMatchObject({ prefix, scopes: ['members:read'], version: 1 });
      expect(JSON.stringify(list.body)).not.toContain(key);
    });

    it('stops when it is revoked', async () => {
      const { id, key, version } = (await make(test.owner.key, { scopes: ['*'] }).expect(201)).body as { id: string; key: string; version: number };
      await test.as(key).get('/workspace').expect(200);

      await test.as(test.owner.key).delete(`/api-keys/${id}`).expect(428);
      await test.as(test.owner.key).delete(`/api-keys/${id}`, '"7"').expect(412);
      await test.as(test.owner.key).delete(`/api-keys/${id}`, `"${version}"`).expect(204);

      await test.as(key).get('/workspace').expect(401);
    });

    it('cannot be revoked from another workspace', async () => {
      const { id } = (await make(test.owner.key, { scopes: ['*'] }).expect(201)).body as { id: string };
      const foreign = await test.makeWorkspace();

      await test.as(foreign.key).delete(`/api-keys/${id}`, '*').expect(404);
    });

    it.each([
      ['another permission', ['workspace:write']],
      ['everything', ['*']],
    ])('does not let %s be given by who holds less', async (_, scopes) => {
      const narrow = await test.makeKey(['api-keys:write', 'prospects:read']);

      const response = await make(narrow, { scopes }).expect(422);

      expect(response.body).toMatchObject({ code: 'scope_exceeds_role', errors: [{ pointer: '/scopes' }] });
    });

    it('gives a manager no more than managers may', async () => {
      const manager = await test.makeKey('manager');

      await make(manager, { scopes: ['workspace:write'] }).expect(422);
      await make(manager, { scopes: ['webhooks:write'] }).expect(201);
    });

    it('brings mail into one mailbox only when that is named', async () => {
      const mailbox = await makeMailbox(test.db, test.owner.workspaceId);
      const foreign = await makeMailbox(test.db, (await test.makeWorkspace()).workspaceId);
      const scopes = ['inbound:write'];

      expect((await make(test.owner.key, { scopes }).expect(422)).body.code).toBe('mailbox_required');
      expect((await make(test.owner.key, { scopes, mailboxId: foreign.id }).expect(404)).body.errors[0].pointer).toBe('/mailboxId');
      await make(test.owner.key, { scopes, mailboxId: mailbox.id }).expect(201);
    });

    it('makes no key that reaches further than itself', async () => {
      const mailbox = await makeMailbox(test.db, test.owner.workspaceId);
      const other = await makeMailbox(test.db, test.owner.workspaceId);
      const expiresAt = '2026-12-24T00:00:00.000Z';
      const bound = (await make(test.owner.key, { scopes: ['inbound:write', 'api-keys:write'], mailboxId: mailbox.id }).expect(201)).body
        .key as string;
      const brief = (await make(test.owner.key, { scopes: ['*'], expiresAt }).expect(201)).body.key as string;

      expect((await make(bound, { scopes: ['inbound:write'], mailboxId: other.id }).expect(422)).body.errors[0].pointer).toBe('/mailboxId');
      await make(bound, { scopes: ['inbound:write'], mailboxId: mailbox.id }).expect(201);
      expect((await make(brief, { scopes: ['*'] }).expect(422)).body.code).toBe('outlives_maker');
      await make(brief, { scopes: ['*'], expiresAt }).expect(201);
    });

    it.each([
      ['unknown scopes', { scopes: ['prospects:eat'] }, 400, '/scopes'],
      ['no scopes', { scopes: [] }, 400, '/scopes'],
      ['a time that has passed', { scopes: ['*'], expiresAt: '2020-01-01T00:00:00Z' }, 422, '/expiresAt'],
      ['a day that never comes', { scopes: ['*'], expiresAt: '2027-02-30T00:00:00Z' }, 400, '/expiresAt'],
    ])('refuses %s', async (_, body, status, pointer) => {
      const response = await make(test.owner.key, body).expect(status);

      expect(response.body.errors[0].pointer).toBe(pointer);
    });
  });

  describe('time', () => {
    let own: TestApp; // its clock is moved

    beforeAll(async () => {
      own = await createTestApp({ env: { PUBLIC_URL: 'https://links.tea.example' } });
    });

    afterAll(() => own.close());

    it('notes when a key was used', async () => {
      const { key, id } = (
        await own
          .as(own.owner.key)
          .post('/api-keys', { name: 'seldom', scopes: ['*'] })
          .expect(201)
      ).body as Record<string, string>;
      const lastUse = async (): Promise<unknown> => {
        const list = await own.as(own.owner.key).get('/api-keys').expect(200);
        return (list.body.data as { id: string; lastUsedAt: string | null }[]).find((one) => one.id === id)?.lastUsedAt;
      };
      expect(await lastUse()).toBeNull();

      await own
        .as(key ?? '')
        .get('/workspace')
        .expect(200);

      expect(await lastUse()).toBe(own.clock.now().toISOString());
    });

    it('ends a key that expires', async () => {
      const expiresAt = new Date(own.clock.now().getTime() + 10 * MINUTE_MS).toISOString();
      const { key } = (
        await own
          .as(own.owner.key)
          .post('/api-keys', { name: 'short', scopes: ['*'], expiresAt })
          .expect(201)
      ).body as { key: string };

      own.clock.advance(10 * MINUTE_MS);

      await own.as(key).get('/workspace').expect(401);
    });

    it('ends a session after 30 days; its cookie is for this host, TLS and the browser alone', async () => {
      const response = await own.request().post('/api/v1/auth/login').send({ email: own.owner.email, password: TEST_PASSWORD }).expect(200);
      expect(cookieOf(response)).toMatch(/^__Host-lw_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/);

      own.clock.advance(30 * DAY_MS);

      await own.request().get('/api/v1/auth/me').set('cookie', sessionOf(response)).expect(401);
    });

    it('ends a key with the membership of its maker', async () => {
      const key = await own.makeKey('member');

      await own.db.query(`UPDATE members SET deactivated_at = $2 WHERE workspace_id = $1 AND role = 'member'`, [
        own.owner.workspaceId,
        own.clock.now(),
      ]);

      await own.as(key).get('/workspace').expect(401);
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
