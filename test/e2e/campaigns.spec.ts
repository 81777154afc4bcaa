import { newId } from '../../src/platform/ids.js';
import { makeCampaign, makeMailbox, makeOpportunity, makeProject, makeSequence, makeTargetPage } from '../support/factories.js';
import { type Caller, createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';

const OFFICE_HOURS = { days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' };

const idsOf = (list: { readonly body: { readonly data: readonly { readonly id: string }[] } }) => list.body.data.map((row) => row.id);

describe('campaigns', () => {
  let test: TestApp;
  let api: Caller;
  let stranger: TestOwner;
  let other: Caller;
  let mine: Awaited<ReturnType<typeof partsOf>>;
  let theirs: Awaited<ReturnType<typeof partsOf>>;

  const partsOf = async (workspaceId: string) => {
    const projectId = (await makeProject(test.db, workspaceId)).id;
    const targetPageId = (await makeTargetPage(test.db, workspaceId, { projectId })).id;
    const sequenceId = (await makeSequence(test.db, workspaceId)).id;
    const mailboxIds = [(await makeMailbox(test.db, workspaceId)).id, (await makeMailbox(test.db, workspaceId)).id];
    return { projectId, targetPageId, sequenceId, mailboxIds };
  };

  beforeAll(async () => {
    test = await createTestApp();
    api = test.as(test.owner.key);
    stranger = await test.makeWorkspace();
    other = test.as(stranger.key);
    mine = await partsOf(test.owner.workspaceId);
    theirs = await partsOf(stranger.workspaceId);
  });

  afterAll(() => test.close());

  const request = (over: object = {}) => ({ name: 'Guides', tactic: 'guest_post', ...mine, ...over });
  const campaign = async (over: object = {}) => (await api.post('/campaigns', request(over)).expect(201)).body;

  it('are drafts in office hours of the recipient, unless said otherwise', async () => {
    const made = await campaign({ externalRef: 'crm-1' });

    expect(made).toEqual({
      ...{ id: expect.any(String), version: 1, name: 'Guides', tactic: 'guest_post', ...mine },
      ...{ window: OFFICE_HOURS, limits: { perDay: null }, weight: 1, state: 'draft', externalRef: 'crm-1', startedAt: null },
      ...{ pauseCode: null, pauseReason: null },
      createdAt: test.clock.now().toISOString(),
    });
    const read = await api.get(`/campaigns/${made.id}`).expect(200);
    expect(read.body).toEqual(made);
    expect(read.headers['etag']).toBe('"1"');
  });

  it.each([
    ['any time', null, null],
    [
      'a window in a zone',
      { timeZone: 'Europe/Lisbon', days: [6, 1], from: '00:00', to: '24:00' },
      { timeZone: 'Europe/Lisbon', days: [1, 6], from: '00:00', to: '24:00' },
    ],
    ['a window where the recipient is', { ...OFFICE_HOURS, timeZone: null }, OFFICE_HOURS],
  ])('keep %s', async (_, window, kept) => {
    const { id } = await campaign({ window });

    expect((await api.get(`/campaigns/${id}`)).body.window).toEqual(kept);
  });

  it('keep the order of their mailboxes', async () => {
    const mailboxIds = [...mine.mailboxIds].reverse();

    const made = await campaign({ mailboxIds });
    const changed = await api.patch(`/campaigns/${made.id}`, { mailboxIds: mine.mailboxIds.slice(0, 1) }, '"1"').expect(200);

    expect(made.mailboxIds).toEqual(mailboxIds);
    expect(changed.body.mailboxIds).toEqual(mine.mailboxIds.slice(0, 1));
  });

  it.each([
    ['an unknown tactic', { tactic: 'spam' }, '/tactic'],
    ['no mailbox', { mailboxIds: [] }, '/mailboxIds'],
    ['51 mailboxes', { mailboxIds: Array.from({ length: 51 }, () => newId()) }, '/mailboxIds'],
    ['a mailbox twice', { mailboxIds: ['019d0000-0000-7000-8000-00000000000a', '019D0000-0000-7000-8000-00000000000A'] }, '/mailboxIds'],
    ['an eighth day', { window: { ...OFFICE_HOURS, days: [8] } }, '/window/days'],
    ['a window without days', { window: { ...OFFICE_HOURS, days: [] } }, '/window/days'],
    ['a time that is none', { window: { ...OFFICE_HOURS, from: '9:00' } }, '/window/from'],
    ['an unknown time zone', { window: { ...OFFICE_HOURS, timeZone: 'Europe/Atlantis' } }, '/window/timeZone'],
    ['a project that is no id', { projectId: 'mine' }, '/projectId'],
  ])('refuse %s with 400', async (_, part, pointer) => {
    const { body } = await api.post('/campaigns', request(part)).expect(400);

    expect(body.errors[0].pointer).toBe(pointer);
  });

  it('refuse a window that never opens with 422', async () => {
    const { body } = await api.post('/campaigns', request({ window: { ...OFFICE_HOURS, to: '09:00' } })).expect(422);

    expect(body).toMatchObject({ code: 'empty_window', errors: [{ pointer: '/window/to' }] });
  });

  it('answer 404 for parts of nobody and of other workspaces', async () => {
    const { id } = await campaign();
    const otherPage = (await makeTargetPage(test.db, test.owner.workspaceId)).id;
    const wrong = [
      [{ projectId: theirs.projectId }, '/projectId'],
      [{ targetPageId: theirs.targetPageId }, '/targetPageId'],
      [{ targetPageId: otherPage }, '/targetPageId'],
      [{ sequenceId: theirs.sequenceId }, '/sequenceId'],
      [{ mailboxIds: [mine.mailboxIds[0], theirs.mailboxIds[0]] }, '/mailboxIds/1'],
      [{ mailboxIds: [newId()] }, '/mailboxIds/0'],
    ] as const;

    for (const [part, pointer] of wrong) {
      const made = await api.post('/campaigns', request(part)).expect(404);
      const changed = await api.patch(`/campaigns/${id}`, part, '*').expect(404);
      expect([made.body.errors[0].pointer, changed.body.errors[0].pointer]).toEqual([pointer, pointer]);
    }
    expect((await api.get(`/campaigns/${id}`)).body.version).toBe(1);
  });

  it('change wholly while they are drafts', async () => {
    const { id } = await campaign();
    const parts = await partsOf(test.owner.workspaceId);

    const { body } = await api.patch(`/campaigns/${id}`, { name: 'New', tactic: 'broken_link', window: null, ...parts }, '"1"').expect(200);

    expect(body).toMatchObject({ version: 2, name: 'New', tactic: 'broken_link', window: null, ...parts });
    await api.patch(`/campaigns/${id}`, { name: 'Late' }, '"1"').expect(412);
    await api.patch(`/campaigns/${id}`, { name: 'Blind' }).expect(428);
    await api.patch(`/campaigns/${id}`, { mailboxIds: null }, '*').expect(400);
  });

  it('keep what they are about once they run', async () => {
    const { id } = await makeCampaign(test.db, test.owner.workspaceId, { ...mine, state: 'running' });
    const parts = await partsOf(test.owner.workspaceId);

    const free = await api
      .patch(`/campaigns/${id}`, { name: 'New', window: OFFICE_HOURS, mailboxIds: parts.mailboxIds, projectId: mine.projectId }, '*')
      .expect(200);
    const fixed = await api
      .patch(`/campaigns/${id}`, { name: 'Newer', targetPageId: parts.targetPageId, sequenceId: parts.sequenceId }, '*')
      .expect(409);

    expect(free.body).toMatchObject({ name: 'New', window: OFFICE_HOURS, mailboxIds: parts.mailboxIds, state: 'running' });
    expect(fixed.body).toMatchObject({ code: 'campaign_started', fields: ['targetPageId', 'sequenceId'] });
    expect((await api.get(`/campaigns/${id}`)).body.name).toBe('New');
  });

  it('keep project and sequence once there are opportunities', async () => {
    const { id, projectId } = await campaign();
    await makeOpportunity(test.db, test.owner.workspaceId, { campaignId: id, projectId });
    const { sequenceId } = await partsOf(test.owner.workspaceId);

    const { body } = await api.patch(`/campaigns/${id}`, { sequenceId }, '*').expect(409);
    await api.patch(`/campaigns/${id}`, { tactic: 'reclamation' }, '*').expect(200);

    expect(body).toMatchObject({ code: 'campaign_in_use', fields: ['sequenceId'] });
  });

  it('let one of two changes at once win', async () => {
    const { id } = await campaign();

    const answers = await Promise.all(mine.mailboxIds.map((mailboxId) => api.patch(`/campaigns/${id}`, { mailboxIds: [mailboxId] }, '"1"')));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect((await api.get(`/campaigns/${id}`)).body.mailboxIds).toHaveLength(1);
  });

  it('are found by project, state and externalRef', async () => {
    const parts = await partsOf(test.owner.workspaceId);
    const draft = await campaign({ ...parts, externalRef: 'find-me' });
    const running = await makeCampaign(test.db, test.owner.workspaceId, { ...parts, state: 'running' });
    const found = async (query: string) => idsOf(await api.get(`/campaigns?${query}`).expect(200));

    expect(await found(`filter[projectId]=${parts.projectId}&sort=createdAt`)).toEqual([running.id, draft.id].sort());
    expect(await found(`filter[projectId]=${parts.projectId}&filter[state]=running`)).toEqual([running.id]);
    expect(await found('filter[externalRef]=find-me')).toEqual([draft.id]);
    await api.get(`/campaigns?filter[projectId]=${theirs.projectId}`).expect(404);
    await api.get('/campaigns?filter[projectId]=mine').expect(400);
  });

  it('have an externalRef of their own', async () => {
    await campaign({ externalRef: 'taken' });

    expect((await api.post('/campaigns', request({ externalRef: 'taken' })).expect(409)).body.code).toBe('external_ref_taken');
  });

  it('are invisible to other workspaces', async () => {
    const { id } = await campaign();

    await other.get(`/campaigns/${id}`).expect(404);
    await other.patch(`/campaigns/${id}`, { name: 'Stolen' }, '*').expect(404);
    expect((await other.get('/campaigns').expect(200)).body.data).toEqual([]);
  });

  it('are read by viewers and written by members', async () => {
    const viewer = test.as(await test.makeKey('viewer'));

    await viewer.get('/campaigns?limit=1').expect(200);
    await viewer.post('/campaigns', request()).expect(403);
    await test
      .as(await test.makeKey('member'))
      .post('/campaigns', request())
      .expect(201);
  });
});
