import { newId } from '../../src/platform/ids.js';
import { createTestApp, type Caller, type TestApp } from '../support/test-app.js';

const idsOf = (list: { readonly body: { readonly data: readonly { readonly id: string }[] } }) => list.body.data.map((row) => row.id);

describe('suppressions', () => {
  let test: TestApp;
  let api: Caller;
  let other: Caller;

  beforeAll(async () => {
    test = await createTestApp();
    api = test.as(test.owner.key);
    other = test.as((await test.makeWorkspace()).key);
  });

  afterAll(() => test.close());

  const add = (body: object) => api.post('/suppressions', { kind: 'address', reason: 'asked us', ...body });

  it('keeps the normalised address, once', async () => {
    const first = await add({ value: ' Ada@BÜCHER.example ' }).expect(201);
    const again = await add({ value: 'ada@xn--bcher-kva.example', reason: 'again' }).expect(200);

    expect(first.body).toMatchObject({ version: 1, kind: 'address', value: 'ada@xn--bcher-kva.example', reason: 'asked us', source: 'person' });
    expect(first.body).toMatchObject({ projectId: null, expiresAt: null });
    expect(again.body).toEqual(first.body);
    expect((await api.get(`/suppressions/${first.body.id}`).expect(200)).body).toEqual(first.body);
  });

  it('makes one row of 50 equal requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => add({ kind: 'domain', value: 'race.example' })));

    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(49).fill(200), 201]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
  });

  it('takes a longer expiry over, never a shorter one', async () => {
    const { body: passing } = await add({ value: 'expiry@tea.example', expiresAt: '2026-12-01T00:00:00Z' }).expect(201);

    const shorter = await add({ value: 'expiry@tea.example', expiresAt: '2026-11-20T00:00:00+01:00' }).expect(200);
    const forGood = await add({ value: 'expiry@tea.example' }).expect(200);
    const passingAgain = await add({ value: 'expiry@tea.example', expiresAt: '2026-12-01T00:00:00Z' }).expect(200);

    expect(shorter.body).toEqual(passing);
    expect(forGood.body).toMatchObject({ id: passing.id, version: 2, expiresAt: null });
    expect(passingAgain.body).toEqual(forGood.body);
  });

  it('is a row of its own for each project', async () => {
    const project = (await api.post('/projects', { name: 'Tea', url: 'https://tea.example/' }).expect(201)).body;

    const everywhere = await add({ value: 'scoped@tea.example' }).expect(201);
    const scoped = await add({ value: 'scoped@tea.example', projectId: project.id }).expect(201);

    expect(scoped.body).toMatchObject({ projectId: project.id });
    expect(scoped.body.id).not.toBe(everywhere.body.id);
    const found = await api.get(`/suppressions?filter[projectId]=${project.id}`).expect(200);
    expect(found.body.data).toEqual([scoped.body]);
    const unknown = await add({ value: 'scoped@tea.example', projectId: newId() }).expect(404);
    expect(unknown.body.errors[0].pointer).toBe('/projectId');
    await other.post('/suppressions', { kind: 'address', value: 'x@tea.example', reason: 'x', projectId: project.id }).expect(404);
  });

  it.each([
    [{ value: 'not an address' }, 422, 'invalid_email', '/value'],
    [{ kind: 'domain', value: 'ada@tea.example' }, 422, 'invalid_domain', '/value'],
    [{ kind: 'domain', value: 'tea' }, 422, 'invalid_domain', '/value'],
    [{ kind: 'domain', value: 'co.uk' }, 422, 'invalid_domain', '/value'],
    [{ kind: 'domain', value: '10.0.0.1' }, 422, 'invalid_domain', '/value'],
    [{ kind: 'domain', value: 'GMail.com' }, 422, 'free_mail_domain', '/value'],
    [{ value: 'late@tea.example', expiresAt: '2020-01-01T00:00:00Z' }, 422, 'expires_in_past', '/expiresAt'],
    [{ value: 'a@tea.example', expiresAt: '2026-W05' }, 400, 'invalid_request', '/expiresAt'],
    [{ value: 'a@tea.example', expiresAt: '2027-02-30T00:00:00Z' }, 400, 'invalid_request', '/expiresAt'],
    [{ value: 'a@tea.example', reason: '' }, 400, 'invalid_request', '/reason'],
    [{ value: 'a@tea.example', reason: 'x'.repeat(201) }, 400, 'invalid_request', '/reason'],
    [{ value: 'a@tea.example', kind: 'planet' }, 400, 'invalid_request', '/kind'],
    [{ value: 'a@tea.example', source: 'bounce' }, 400, 'invalid_request', '/source'],
    [{ value: 'a@tea.example', projectId: 'no id' }, 400, 'invalid_request', '/projectId'],
    [{ value: 'x'.repeat(261) }, 400, 'invalid_request', '/value'],
  ])('refuses %j with %i %s', async (body, status, code, pointer) => {
    const response = await add(body).expect(status);

    expect(response.body).toMatchObject({ code, errors: [{ pointer }] });
  });

  it('lists by kind, value, reason and source', async () => {
    const { body } = await add({ kind: 'domain', value: 'listed.example', reason: 'competitor' }).expect(201);
    const ids = async (query: string) => idsOf(await api.get(`/suppressions?${query}`).expect(200));

    expect(await ids('filter[value]=listed.example')).toEqual([body.id]);
    expect(await ids('filter[reason]=competitor')).toEqual([body.id]);
    expect(await ids('filter[kind]=domain&filter[source]=person')).toContain(body.id);
    expect(await ids('filter[kind]=address')).not.toContain(body.id);
    await api.get('/suppressions?filter[colour]=green').expect(400);
  });

  describe('taken back', () => {
    it('needs a manager, the version and a reason', async () => {
      const { body } = await add({ value: 'back@tea.example' }).expect(201);
      const member = test.as(await test.makeKey('member'));
      const manager = test.as(await test.makeKey('manager'));

      await member.delete(`/suppressions/${body.id}?reason=mistake`, '"1"').expect(403);
      await manager.delete(`/suppressions/${body.id}?reason=mistake`).expect(428);
      await manager.delete(`/suppressions/${body.id}?reason=mistake`, '"7"').expect(412);
      const without = await manager.delete(`/suppressions/${body.id}`, '"1"').expect(400);
      expect(without.body.errors[0].pointer).toBe('?reason');
      await manager.delete(`/suppressions/${body.id}?reason=`, '"1"').expect(400);
      await manager.delete(`/suppressions/${body.id}?reason=mistake`, '"1"').expect(204);

      await api.get(`/suppressions/${body.id}`).expect(404);
      await manager.delete(`/suppressions/${body.id}?reason=mistake`, '*').expect(404);
    });

    it('leaves who, when and why', async () => {
      const { body } = await add({ value: 'audited@tea.example' }).expect(201);

      await api.delete(`/suppressions/${body.id}?reason=${encodeURIComponent('they wrote to us')}`, '*').expect(204);

      const [entry] = await test.db.query(
        `SELECT a.actor_id, a.details, n.text FROM audit_log a JOIN notes n ON n.workspace_id = a.workspace_id AND n.id = (a.details ->> 'noteId')::uuid
          WHERE a.workspace_id = $1 AND a.subject_id = $2 AND a.action = 'suppression.removed'`,
        [test.owner.workspaceId, body.id],
      );
      expect(entry).toMatchObject({ actor_id: test.owner.memberId, text: 'they wrote to us', details: { kind: 'address', source: 'person' } });
    });
  });

  it('shows nothing to another workspace', async () => {
    const { body } = await add({ value: 'ours@tea.example' }).expect(201);

    await other.get(`/suppressions/${body.id}`).expect(404);
    await other.delete(`/suppressions/${body.id}?reason=mine`, '*').expect(404);
    expect((await other.get('/suppressions').expect(200)).body.data).toEqual([]);
    await other.post('/suppressions', { kind: 'address', value: 'ours@tea.example', reason: 'theirs too' }).expect(201);
  });
});
