import type { Role } from '../../src/domain/permissions.js';
import type { Actor } from '../../src/platform/auth/actor.js';
import { DAY_MS, SECOND_MS } from '../../src/platform/clock.js';
import { actorOfKey, type Colleague, colleague, makeShownKey, type ShownKey } from '../support/api-key-world.js';
import { Browser } from '../support/browser.js';
import { makeProject } from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('an API key', () => {
  let test: TestApp;
  let projects: [string, string];
  let browser: Browser;

  beforeAll(async () => {
    test = await createTestApp();
    const made = [await makeProject(test.db, test.owner.workspaceId), await makeProject(test.db, test.owner.workspaceId)] as const;
    projects = [made[0].id, made[1].id];
  });

  beforeEach(async () => {
    browser = new Browser(test.url);
    await browser.logIn(test.owner.email).expect(200);
  });

  afterAll(() => test.close());

  const make = (body: object = {}, by = browser): Promise<ShownKey> => makeShownKey(by, body);
  const owner = () => test.as(test.owner.key);
  const actorOf = (key: string): Promise<Actor | undefined> => actorOfKey(test, key);
  const member = (role: Role, projectIds: string[] | null = null): Promise<Colleague> => colleague(test, role, projectIds);

  describe('that is read and changed', () => {
    it('shows everything but itself', async () => {
      const { id, key, prefix } = await make({ projectIds: [projects[0]] });

      const response = await owner().get(`/api-keys/${id}`).expect(200);

      expect(response.headers['etag']).toBe('"1"');
      expect(response.body).toMatchObject({ id, prefix, projectIds: [projects[0]], oldKeyUntil: null });
      expect(JSON.stringify(response.body)).not.toContain(key);
    });

    it('takes another name, end and projects from who has seen it', async () => {
      const { id } = await make();
      const expiresAt = new Date(test.clock.now().getTime() + DAY_MS).toISOString();

      const changed = await owner()
        .patch(`/api-keys/${id}`, { name: 'new', expiresAt, projectIds: [projects[1]] }, '"1"')
        .expect(200);

      expect(changed.body).toMatchObject({ name: 'new', expiresAt, projectIds: [projects[1]], version: 2 });
      await owner().patch(`/api-keys/${id}`, { name: 'late' }, '"1"').expect(412);
      await owner().patch(`/api-keys/${id}`, { name: 'late' }).expect(428);
      const cleared = await owner().patch(`/api-keys/${id}`, { expiresAt: null, projectIds: null }, '*').expect(200);
      expect(cleared.body).toMatchObject({ name: 'new', expiresAt: null, projectIds: null });
    });

    it('stops at its new end', async () => {
      const { id, key } = await make();
      await test.as(key).get('/workspace').expect(200);
      const expiresAt = new Date(test.clock.now().getTime() + SECOND_MS).toISOString();

      await owner().patch(`/api-keys/${id}`, { expiresAt }, '*').expect(200);
      test.clock.advance(SECOND_MS);

      await test.as(key).get('/workspace').expect(401);
    });

    it.each([
      ['no name', { name: null }, 400, '/name'],
      ['other scopes', { scopes: ['*'] }, 400, '/scopes'],
      ['no projects at all', { projectIds: [] }, 400, '/projectIds'],
      ['a project that is no id', { projectIds: ['tea'] }, 400, '/projectIds'],
      ['an end that has passed', { expiresAt: '2020-01-01T00:00:00Z' }, 422, '/expiresAt'],
    ])('refuses %s', async (_, body, status, pointer) => {
      const { id } = await make();

      const response = await owner().patch(`/api-keys/${id}`, body, '*').expect(status);

      expect(response.body.errors[0].pointer).toBe(pointer);
    });

    it.each([
      ['when it is made', (foreign: string) => owner().post('/api-keys', { name: 'k', scopes: ['*'], projectIds: [projects[0], foreign] })],
      ['later', async (foreign: string) => owner().patch(`/api-keys/${(await make()).id}`, { projectIds: [projects[0], foreign] }, '*')],
    ])('refuses a project of another workspace %s', async (_, call) => {
      const foreign = await makeProject(test.db, (await test.makeWorkspace()).workspaceId);

      const response = await call(foreign.id);

      expect(response.status).toBe(404);
      expect(response.body.errors[0].pointer).toBe('/projectIds/1');
    });

    it('stays ended once it has', async () => {
      const { id } = await make();
      await owner().delete(`/api-keys/${id}`, '*').expect(204);

      expect((await owner().patch(`/api-keys/${id}`, { name: 'x' }, '*').expect(409)).body.code).toBe('api_key_ended');
      expect((await browser.post(`/api-keys/${id}/rotate`, {}).expect(409)).body.code).toBe('api_key_ended');
    });
  });

  describe('never exceeds its maker', () => {
    it('when their role is lowered later', async () => {
      const maker = await member('owner');
      const { key } = await make({}, maker.browser);
      expect((await actorOf(key))?.permissions.has('workspace:write')).toBe(true);

      await test.db.query(`UPDATE members SET role = 'viewer' WHERE workspace_id = $1 AND id = $2`, [test.owner.workspaceId, maker.memberId]);

      const actor = await actorOf(key);
      expect(actor?.role).toBe('viewer');
      await test.as(key).patch('/workspace', { name: 'x' }, '*').expect(403);
      await test.as(key).get('/api-keys').expect(403);
    });

    it('when their projects are narrowed later', async () => {
      const maker = await member('manager');
      const [wide, narrow] = [await make({}, maker.browser), await make({ projectIds: projects }, maker.browser)];
      expect([(await actorOf(wide.key))?.projectIds, (await actorOf(narrow.key))?.projectIds]).toEqual([null, projects]);

      await test.db.query('UPDATE members SET project_ids = $3 WHERE workspace_id = $1 AND id = $2', [
        ...[test.owner.workspaceId, maker.memberId],
        [projects[1]],
      ]);

      expect([(await actorOf(wide.key))?.projectIds, (await actorOf(narrow.key))?.projectIds]).toEqual([[projects[1]], [projects[1]]]);
    });

    it('and dies with them', async () => {
      const maker = await member('manager');
      const { id, key } = await make({}, maker.browser);
      const next = (await maker.browser.post(`/api-keys/${id}/rotate`, { overlapSeconds: 3600 }).expect(200)).body as ShownKey;

      await test.db.query('UPDATE members SET deactivated_at = $3 WHERE workspace_id = $1 AND id = $2', [
        ...[test.owner.workspaceId, maker.memberId, test.clock.now()],
      ]);

      expect([await actorOf(key), await actorOf(next.key)]).toEqual([undefined, undefined]);
    });
  });

  describe('that is held to some projects', () => {
    it('makes only keys that are held to them too', async () => {
      const { key } = await make({ projectIds: [projects[0]] });
      const child = (
        await test
          .as(key)
          .post('/api-keys', { name: 'child', scopes: ['*'] })
          .expect(201)
      ).body as ShownKey;

      expect((await actorOf(child.key))?.projectIds).toEqual([projects[0]]);
      const wider = await test
        .as(key)
        .post('/api-keys', { name: 'child', scopes: ['*'], projectIds: [projects[1]] })
        .expect(404);
      expect(wider.body.errors[0].pointer).toBe('/projectIds/0');
    });

    it('does not free itself of its projects or its end', async () => {
      const expiresAt = new Date(test.clock.now().getTime() + DAY_MS).toISOString();
      const { id, key } = await make({ projectIds: [projects[0]], expiresAt });

      expect((await test.as(key).patch(`/api-keys/${id}`, { projectIds: null }, '*').expect(200)).body.projectIds).toEqual([projects[0]]);
      await test.as(key).patch(`/api-keys/${id}`, { projectIds: projects }, '*').expect(404);
      expect((await test.as(key).patch(`/api-keys/${id}`, { expiresAt: null }, '*').expect(422)).body.code).toBe('outlives_maker');
    });
  });

  describe('of a colleague', () => {
    it('is not there for who is held to some projects', async () => {
      const scoped = await member('manager', [projects[0]]);
      const [mine, theirs] = [await make({}, scoped.browser), await make()];

      const list = await scoped.browser.get('/api-keys?limit=100').expect(200);

      expect((list.body.data as ShownKey[]).map(({ id }) => id)).toEqual([mine.id]);
      await scoped.browser.get(`/api-keys/${theirs.id}`).expect(404);
      await scoped.browser.patch(`/api-keys/${theirs.id}`, { name: 'x' }).expect(404);
      await scoped.browser.post(`/api-keys/${theirs.id}/rotate`, {}).expect(404);
      await scoped.browser.delete(`/api-keys/${theirs.id}`).expect(404);
      await browser.get(`/api-keys/${mine.id}`).expect(200);
    });
  });

  it.each(['api_key', 'access_token', 'token', 'key'])('does nothing in the address, as ?%s=', async (name) => {
    const { key } = await make();

    const alone = await test.request().get(`/api/v1/auth/me?${name}=${key}`).expect(401);
    const list = await test.request().get(`/api/v1/api-keys?${name}=${key}`).expect(401);
    const beside = await owner().get(`/api-keys?${name}=${key}`).expect(400);

    for (const response of [alone, list, beside]) expect(response.text).not.toContain(key);
  });

  it('leaves ids and field names in the audit log, and no name', async () => {
    const { id } = await make({ name: 'Grace at the office' });
    await owner().patch(`/api-keys/${id}`, { name: 'Grace at home' }, '*').expect(200);
    await browser.post(`/api-keys/${id}/rotate`, { overlapSeconds: 5 }).expect(200);

    const log = await test.db.query('SELECT action, via, details FROM audit_log WHERE workspace_id = $1 AND subject_id = $2 ORDER BY id', [
      test.owner.workspaceId,
      id,
    ]);

    expect(log).toEqual([
      { action: 'api_key.created', via: 'ui', details: { scopes: ['*'] } },
      { action: 'api_key.changed', via: 'key', details: { fields: ['name'] } },
      { action: 'api_key.rotated', via: 'ui', details: { overlapSeconds: 5 } },
    ]);
  });
});
