import { MINUTE_MS } from '../../src/platform/clock.js';
import { makeMailbox } from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('API keys', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await createTestApp();
  });

  afterAll(() => test.close());

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
    const bound = (await make(test.owner.key, { scopes: ['inbound:write', 'api-keys:write'], mailboxId: mailbox.id }).expect(201)).body.key as string;
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

  it('notes when a key was used', async () => {
    const { key, id } = (
      await test
        .as(test.owner.key)
        .post('/api-keys', { name: 'seldom', scopes: ['*'] })
        .expect(201)
    ).body as Record<string, string>;
    const lastUse = async (): Promise<unknown> => {
      const list = await test.as(test.owner.key).get('/api-keys?limit=100').expect(200);
      return (list.body.data as { id: string; lastUsedAt: string | null }[]).find((one) => one.id === id)?.lastUsedAt;
    };
    expect(await lastUse()).toBeNull();

    await test
      .as(key ?? '')
      .get('/workspace')
      .expect(200);

    expect(await lastUse()).toBe(test.clock.now().toISOString());
  });

  it('ends a key that expires', async () => {
    const expiresAt = new Date(test.clock.now().getTime() + 10 * MINUTE_MS).toISOString();
    const { key } = (
      await test
        .as(test.owner.key)
        .post('/api-keys', { name: 'short', scopes: ['*'], expiresAt })
        .expect(201)
    ).body as { key: string };

    test.clock.advance(10 * MINUTE_MS);

    await test.as(key).get('/workspace').expect(401);
  });

  it('ends a key with the membership of its maker', async () => {
    const key = await test.makeKey('member');

    await test.db.query(`UPDATE members SET deactivated_at = $2 WHERE workspace_id = $1 AND role = 'member'`, [
      test.owner.workspaceId,
      test.clock.now(),
    ]);

    await test.as(key).get('/workspace').expect(401);
  });
});
