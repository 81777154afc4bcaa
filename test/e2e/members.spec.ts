import request from 'supertest';
import { createApp } from '../../src/bootstrap.js';
import type { Role } from '../../src/domain/permissions.js';
import { newId } from '../../src/platform/ids.js';
import { makeProject } from '../support/factories.js';
import { createTestApp, makeMember, TEST_PASSWORD, type TestApp, type TestOwner } from '../support/test-app.js';

describe('the members of a workspace', () => {
  let t: TestApp;
  let team: TestOwner;

  beforeAll(async () => {
    t = await createTestApp();
  });

  beforeEach(async () => {
    team = await t.makeWorkspace();
  });

  afterAll(() => t.close());

  const join = (role: Role) => makeMember(t.db, team.workspaceId, role);
  const change = (id: string, body: object, ifMatch = '*', key = team.key) => t.as(key).patch(`/members/${id}`, body, ifMatch);
  const logIn = async (email: string): Promise<string> => {
    const response = await t.request().post('/api/v1/auth/login').send({ email, password: TEST_PASSWORD }).expect(200);
    return String((response.headers['set-cookie'] as unknown as string[])[0]).split(';')[0] ?? '';
  };
  const me = (cookie: string) => t.request().get('/api/v1/auth/me').set('cookie', cookie);

  it('are shown one by one', async () => {
    const { memberId, userId, email } = await join('viewer');

    const response = await t.as(team.key).get(`/members/${memberId}`).expect(200);

    expect(response.body).toMatchObject({ id: memberId, userId, email, role: 'viewer', projectIds: null, deactivatedAt: null, version: 1 });
    expect(response.headers['etag']).toBe('"1"');
    await t.as(team.key).get(`/members/${newId()}`).expect(404);
  });

  it('are shown to somebody with a border as far as they share it', async () => {
    const [tea, cup] = [await makeProject(t.db, team.workspaceId), await makeProject(t.db, team.workspaceId)];
    const [client, otherClient, colleague] = [await join('viewer'), await join('viewer'), await join('member')];
    await change(client.memberId, { projectIds: [tea.id] }).expect(200);
    await change(otherClient.memberId, { projectIds: [cup.id] }).expect(200);
    await change(colleague.memberId, { projectIds: [tea.id, cup.id] }).expect(200);
    const cookie = await logIn(client.email);
    const get = (path: string) => t.request().get(`/api/v1${path}`).set('cookie', cookie);

    const listed = (await get('/members').expect(200)).body.data as { id: string; projectIds: string[] | null }[];

    expect(listed.map(({ id, projectIds }) => ({ id, projectIds }))).toEqual([
      { id: team.memberId, projectIds: null },
      { id: client.memberId, projectIds: [tea.id] },
      { id: colleague.memberId, projectIds: [tea.id] },
    ]);
    await get(`/members/${colleague.memberId}`).expect(200);
    await get(`/members/${otherClient.memberId}`).expect(404);
  });

  it('lose their rights in every process within five seconds', async () => {
    const { memberId, email } = await join('member');
    const cookie = await logIn(email);
    const second = await createApp(t.config, t.clock);
    await second.listen(0, '127.0.0.1');
    const there = () => request(second.getHttpServer()).get('/api/v1/auth/me').set('cookie', cookie);
    expect((await there().expect(200)).body.role).toBe('member'); // from now on it believes the session for a while

    const changedAt = performance.now();
    await change(memberId, { role: 'viewer' }).expect(200);
    while ((await there().expect(200)).body.role !== 'viewer');
    await change(memberId, { deactivated: true }).expect(200);
    while ((await there()).status !== 401);

    expect(performance.now() - changedAt).toBeLessThan(10_000); // twice
    await second.close();
  });

  it('get another role and other projects, at once where it was said', async () => {
    const project = await makeProject(t.db, team.workspaceId);
    const { memberId, email } = await join('member');
    const cookie = await logIn(email);
    await me(cookie).expect(200);

    const response = await change(memberId, { role: 'viewer', projectIds: [project.id] }, '"1"').expect(200);

    expect(response.body).toMatchObject({ role: 'viewer', projectIds: [project.id], version: 2 });
    expect((await me(cookie).expect(200)).body.role).toBe('viewer');
    const again = await change(memberId, { projectIds: null }, '"2"').expect(200);
    expect(again.body).toMatchObject({ role: 'viewer', projectIds: null });
  });

  it.each<[what: string, body: object, ifMatch: string | undefined, status: number, code: string]>([
    ['without If-Match', { role: 'viewer' }, undefined, 428, 'precondition_required'],
    ['for an old version', { role: 'viewer' }, '"7"', 412, 'version_mismatch'],
    ['to a role that is none', { role: 'king' }, '*', 400, 'invalid_request'],
    ['to no project at all', { projectIds: [] }, '*', 400, 'invalid_request'],
    ['to a project that is not there', { projectIds: ['01890000-0000-7000-8000-000000000000'] }, '*', 404, 'not_found'],
    ['with a name it does not know', { name: 'Ann' }, '*', 400, 'invalid_request'],
    ['to an owner with a border', { role: 'owner', projectIds: ['01890000-0000-7000-8000-000000000000'] }, '*', 422, 'owner_sees_all'],
  ])('are not changed %s', async (_, body, ifMatch, status, code) => {
    const { memberId } = await join('member');

    const response = await t.as(team.key).patch(`/members/${memberId}`, body, ifMatch).expect(status);

    expect(response.body.code).toBe(code);
    expect((await t.as(team.key).get(`/members/${memberId}`)).body).toMatchObject({ role: 'member', projectIds: null, version: 1 });
  });

  it('points at the project that is not there', async () => {
    const theirs = await makeProject(t.db, (await t.makeWorkspace()).workspaceId);
    const { memberId } = await join('member');

    const response = await change(memberId, { projectIds: [theirs.id] }).expect(404);

    expect(response.body.errors).toEqual([expect.objectContaining({ pointer: '/projectIds/0' })]);
  });

  it.each(['manager', 'member', 'viewer'] as const)('are not managed by a %s', async (role) => {
    const { memberId } = await join('viewer');
    const key = await t.makeKey(role, { of: team });

    for (const call of [change(memberId, { role: 'member' }, '*', key), t.as(key).get(`/members/${memberId}/open-work`)]) {
      expect((await call.expect(403)).body.code).toBe('forbidden');
    }
  });

  it('are not given by a key what the key does not hold', async () => {
    const { memberId } = await join('viewer');
    const narrow = await t.makeKey(['members:write', 'members:read'], { of: team });

    const up = await change(memberId, { role: 'owner' }, '*', narrow).expect(422);

    expect(up.body).toMatchObject({ code: 'role_exceeds_yours', errors: [{ pointer: '/role' }] });
    await change(memberId, { deactivated: true }, '*', narrow).expect(200);
    expect((await change(memberId, { deactivated: false }, '*', narrow).expect(422)).body.code).toBe('role_exceeds_yours');
  });

  it('keep an owner', async () => {
    for (const body of [{ role: 'manager' }, { deactivated: true }]) {
      expect((await change(team.memberId, body).expect(409)).body.code).toBe('last_owner');
    }
    await join('owner');
    await change(team.memberId, { role: 'manager' }).expect(200);
  });

  it('lose their logins and keys when they go, and do not get them back', async () => {
    const { memberId, email } = await join('member');
    const cookie = await logIn(email);
    const created = await t.request().post('/api/v1/auth/login').send({ email, password: TEST_PASSWORD }).expect(200);
    expect(created.body.role).toBe('member');
    const [key] = await t.db.query<{ id: string }[]>(
      `INSERT INTO api_keys (workspace_id, id, name, prefix, key_hash, scopes, member_id, created_at)
       VALUES ($1, $2, 'script', 'lw_', repeat('a', 64), '{*}', $3, now()) RETURNING id`,
      [team.workspaceId, newId(), memberId],
    );
    await me(cookie).expect(200);
    const openWork = await t.as(team.key).get(`/members/${memberId}/open-work`).expect(200);
    expect(openWork.body.work).toContainEqual(expect.objectContaining({ kind: 'api-keys', fate: 'ends', count: 1 }));

    const gone = await change(memberId, { deactivated: true }).expect(200);
    expect(gone.body.deactivatedAt).toBe(t.clock.now().toISOString());
    await me(cookie).expect(401);
    await t.request().post('/api/v1/auth/login').send({ email, password: TEST_PASSWORD }).expect(403);

    const back = await change(memberId, { deactivated: false }).expect(200);
    expect(back.body.deactivatedAt).toBeNull();
    await me(cookie).expect(401);
    expect(
      await t.db.query('SELECT revoked_at IS NOT NULL AS revoked FROM api_keys WHERE workspace_id = $1 AND id = $2', [team.workspaceId, key?.id]),
    ).toEqual([{ revoked: true }]);
    await logIn(email);
  });

  it('leave a trail of names of fields, roles and ids', async () => {
    const { memberId } = await join('member');

    await change(memberId, { role: 'viewer', deactivated: true }).expect(200);

    const log = await t.db.query<object[]>('SELECT action, actor_id AS actor, details FROM audit_log WHERE workspace_id = $1 AND subject_id = $2', [
      team.workspaceId,
      memberId,
    ]);
    expect(log).toEqual([
      { action: 'member.deactivated', actor: team.memberId, details: { fields: ['role', 'deactivated'], fromRole: 'member', toRole: 'viewer' } },
    ]);
  });
});
