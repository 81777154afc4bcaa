import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { makeCampaign } from '../support/factories.js';
import { settled } from '../support/settled.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const SOMEWHERE = 'http://127.0.0.1:9/hook';

describe('webhooks behind the border of projects', () => {
  let test: TestApp;
  let mine: { id: string; projectId: string };
  let theirs: { id: string; projectId: string };
  /** Of a manager who sees one project. */
  let scoped: string;

  beforeAll(async () => {
    test = await createTestApp();
    const { workspaceId } = test.owner;
    mine = await makeCampaign(test.db, workspaceId);
    theirs = await makeCampaign(test.db, workspaceId);
    scoped = await test.makeKey('manager');
    await test.db.query(`UPDATE members SET project_ids = $2 WHERE workspace_id = $1 AND role = 'manager'`, [workspaceId, [mine.projectId]]);
  });

  afterAll(() => test.close());

  const create = (key: string, more: object) => test.as(key).post('/webhook-endpoints', { url: SOMEWHERE, eventTypes: ['*'], ...more });
  const made = async (more: object): Promise<string> => ((await create(test.owner.key, more).expect(201)).body as { id: string }).id;

  it.each([
    ['a project that is not there', () => ({ projectIds: [newId()] }), '/projectIds/0'],
    ['a campaign that is not there', () => ({ campaignIds: [newId()] }), '/campaignIds/0'],
    ['a second project that is not there', () => ({ projectIds: [mine.projectId, newId()] }), '/projectIds/1'],
  ])('answers 404 for %s, and says which', async (_, body, pointer) => {
    expect((await create(test.owner.key, body()).expect(404)).body).toMatchObject({ code: 'not_found', errors: [{ pointer }] });
    const id = await made({});
    const changed = await test.as(test.owner.key).patch(`/webhook-endpoints/${id}`, body(), '*').expect(404);
    expect(changed.body).toMatchObject({ errors: [{ pointer }] });
  });

  it('answers 404 for a project and a campaign of another workspace', async () => {
    const stranger = await test.makeWorkspace();

    await create(stranger.key, { projectIds: [mine.projectId] }).expect(404);
    await create(stranger.key, { campaignIds: [mine.id] }).expect(404);
  });

  it.each([
    ['no list', { projectIds: 'all' }],
    ['an empty list', { projectIds: [] }],
    ['what is no id', { campaignIds: ['seven'] }],
    ['an id twice', { projectIds: ['01890000-0000-7000-8000-000000000001', '01890000-0000-7000-8000-000000000001'] }],
  ])('answers 400 for %s', async (_, body) => {
    await create(test.owner.key, body).expect(400);
  });

  it('lets someone who sees one project ask for its events only', async () => {
    expect((await create(scoped, {}).expect(422)).body).toMatchObject({ code: 'project_filter_required', errors: [{ pointer: '/projectIds' }] });
    await create(scoped, { projectIds: [theirs.projectId] }).expect(404);
    await create(scoped, { projectIds: [mine.projectId, theirs.projectId] }).expect(404);
    await create(scoped, { projectIds: [mine.projectId], campaignIds: [theirs.id] }).expect(404);
    const { body } = await create(scoped, { projectIds: [mine.projectId], campaignIds: [mine.id] }).expect(201);

    const path = `/webhook-endpoints/${(body as { id: string }).id}`;
    await test.as(scoped).patch(path, { projectIds: null }, '*').expect(422);
    await test
      .as(scoped)
      .patch(path, { projectIds: [theirs.projectId] }, '*')
      .expect(404);
    await test.as(scoped).patch(path, { campaignIds: null }, '*').expect(200);
  });

  it('hides from them every endpoint that may be sent more', async () => {
    const [all, both, other, own] = [
      await made({}),
      await made({ projectIds: [mine.projectId, theirs.projectId] }),
      await made({ projectIds: [theirs.projectId] }),
      await made({ projectIds: [mine.projectId] }),
    ];
    const { body: delivery } = await test.as(test.owner.key).post(`/webhook-endpoints/${all}/test`, {}).expect(202);
    const as = test.as(scoped);

    for (const id of [all, both, other]) {
      const path = `/webhook-endpoints/${id}`;
      await as.get(path).expect(404);
      await as.get(`${path}/deliveries`).expect(404);
      await as.patch(path, { description: 'mine' }, '*').expect(404);
      await as.patch(path, { url: 'https://10.0.0.1/' }, '*').expect(404);
      await as.delete(path, '*').expect(404);
      await as.post(`${path}/test`, {}).expect(404);
      await as.post(`${path}/rotate-secret`, {}).expect(404);
      await as.post(`${path}/replay`, { since: '2026-11-01T00:00:00Z' }).expect(404);
    }
    await as.get(`/webhook-deliveries/${(delivery as { id: string }).id}`).expect(404);
    await as.post(`/webhook-deliveries/${(delivery as { id: string }).id}/replay`).expect(404);
    await as.get(`/webhook-endpoints/${own}`).expect(200);
    const list = (await as.get('/webhook-endpoints').expect(200)).body as { data: { id: string }[] };
    expect(list.data.map(({ id }) => id)).toContain(own);
    expect(list.data.map(({ id }) => id)).toEqual(expect.not.arrayContaining([all, both, other]));
  });

  it('shows them in /events what belongs to their project, and nothing that belongs to none', async () => {
    const { workspaceId } = test.owner;
    const event = (projectId: string | null) => ({
      ...{ id: newId(), workspaceId, type: 'message.sent', at: test.clock.now(), projectId, campaignId: null, opportunityId: null },
      data: { object: { type: 'message', id: newId() } },
    });
    const events = [event(mine.projectId), event(theirs.projectId), event(null)];
    await test.db.transaction((tx) => appendEvents(tx, events));
    await settled(test.db);
    const read = async (key: string, query = '') =>
      ((await test.as(key).get(`/events${query}`).expect(200)).body as { data: { id: string }[] }).data.map(({ id }) => id);

    expect(await read(scoped)).toEqual([`evt_${events[0]?.id}`]);
    expect(await read(test.owner.key, '?filter[type]=message.sent')).toEqual(events.map(({ id }) => `evt_${id}`));
    expect(await read(test.owner.key, '?filter[type]=message.failed')).toEqual([]);
  });
});
