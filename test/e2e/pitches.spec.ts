import { expectCatalogued } from '../support/catalogued-events.js';
import { makeOpportunity, makePitch } from '../support/factories.js';
import { newId } from '../../src/platform/ids.js';
import { type Caller, createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let t: TestApp;
let owner: Caller;

beforeAll(async () => {
  t = await createTestApp();
  owner = t.as(t.owner.key);
});
afterAll(async () => {
  await expectCatalogued(t.db);
  await t.close();
});

const card = async () => (await makeOpportunity(t.db, t.owner.workspaceId, { stage: 'engaged' })).id;
const move = (id: string, body: object, ifMatch = '*') => owner.post(`/pitches/${id}/moves`, body).set('if-match', ifMatch);

describe('POST /pitches', () => {
  it('drafts a proposal with its topics', async () => {
    const opportunityId = await card();

    const response = await owner.post('/pitches', {
      opportunityId,
      topics: [{ title: ' Green tea ', summary: 'How it is made' }, { title: 'Black tea' }],
    });

    expect(response.status).toBe(201);
    expect(response.body).toMatchObject({
      ...{ opportunityId, state: 'draft', version: 1, liveUrl: null },
      topics: [
        { title: 'Green tea', summary: 'How it is made', chosenAt: null },
        { title: 'Black tea', summary: null },
      ],
      nextStates: ['pending_approval', 'withdrawn'],
      moves: [
        { to: 'pending_approval', requires: [] },
        { to: 'withdrawn', requires: [] },
      ],
    });
    expect((await owner.get(`/pitches/${response.body.id}`)).body).toEqual(response.body);
  });

  it('answers topic_in_use and names the other pitch', async () => {
    const here = await makeOpportunity(t.db, t.owner.workspaceId, { stage: 'engaged' });
    const there = await makeOpportunity(t.db, t.owner.workspaceId, { campaignId: here.campaignId, projectId: here.projectId });
    const first = await owner.post('/pitches', { opportunityId: here.id, topics: [{ title: 'White tea' }] });

    const second = await owner.post('/pitches', { opportunityId: there.id, topics: [{ title: 'white TEA' }] });

    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ code: 'topic_in_use', pitchId: first.body.id, topic: 'White tea' });
  });

  it.each([
    ['no topics', { topics: [] }, '/topics'],
    ['too many topics', { topics: Array.from({ length: 21 }, (_, at) => ({ title: `t${at}` })) }, '/topics'],
    ['a blank topic', { topics: [{ title: '  ' }] }, '/topics/0/title'],
    ['a topic that is too long', { topics: [{ title: 'x'.repeat(301) }] }, '/topics/0/title'],
    ['a summary that is too long', { topics: [{ title: 'x', summary: 'x'.repeat(5001) }] }, '/topics/0/summary'],
    ['a topic of the wrong kind', { topics: ['tea'] }, '/topics/0'],
    ['an unknown field', { topics: [{ title: 'x' }], state: 'accepted' }, '/state'],
    ['no id', { opportunityId: 'x', topics: [{ title: 'x' }] }, '/opportunityId'],
  ])('refuses %s', async (_, body: object, pointer) => {
    const response = await owner.post('/pitches', { opportunityId: await card(), ...body });

    expect(response.status).toBe(400);
    expect(JSON.stringify(response.body.errors)).toContain(`"${pointer}`);
  });

  it('does not know an opportunity of another workspace', async () => {
    const opportunityId = (await makeOpportunity(t.db, (await t.makeWorkspace()).workspaceId)).id;

    const response = await owner.post('/pitches', { opportunityId, topics: [{ title: 'x' }] });

    expect(response.status).toBe(404);
    expect(response.body.errors).toMatchObject([{ pointer: '/opportunityId' }]);
  });
});

describe('GET /pitches', () => {
  it('lists page by page, by opportunity and by state', async () => {
    const opportunityId = await card();
    const made = [];
    for (const state of ['draft', 'pitched', 'accepted'] as const) made.push(await makePitch(t.db, t.owner.workspaceId, { opportunityId, state }));

    const first = await owner.get(`/pitches?filter[opportunityId]=${opportunityId}&limit=2`);
    const second = await owner.get(`/pitches?filter[opportunityId]=${opportunityId}&limit=2&after=${first.body.nextCursor}`);
    const filtered = await owner.get(`/pitches?filter[opportunityId]=${opportunityId}&filter[state]=pitched,accepted&sort=createdAt`);

    expect([...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id)).toEqual(made.map(({ id }) => id).toReversed());
    expect(second.body).toMatchObject({ hasMore: false, nextCursor: null });
    expect(filtered.body.data).toMatchObject([{ state: 'pitched' }, { state: 'accepted' }]);
  });

  it.each(['?filter[title]=x', '?sort=state', '?limit=0', '?after=x'])('refuses %s', async (query) => {
    expect((await owner.get(`/pitches${query}`)).status).toBe(400);
  });
});

interface Edge {
  readonly from: string | null;
  readonly to: string;
  readonly by: string[];
}

describe('POST /pitches/{id}/moves', () => {
  it('allows what the documented table allows to a person, pair by pair, and nothing else', async () => {
    const machines = (await owner.get('/meta/state-machines')).body as { name: string; states: string[]; edges: Edge[] }[];
    const pitch = machines.find(({ name }) => name === 'pitch');
    const states = pitch?.states ?? [];
    const allowed = (from: string) => new Set(pitch?.edges.filter((edge) => edge.from === from && edge.by.includes('person')).map(({ to }) => to));
    const opportunityId = await card();
    await t.db.query(
      `INSERT INTO agreements (workspace_id, id, opportunity_id, number, via, compensation, created_at) VALUES ($1, $2, $3, 1, 'direct', 'none', $4)`,
      [t.owner.workspaceId, newId(), opportunityId, TEST_START],
    );
    const facts = { reason: 'as it is', liveUrl: 'http://127.0.0.1/x', draftDueOn: '2026-12-01', publishOn: '2026-12-24' };
    const seen: [string, string, number, unknown][] = [];
    const wanted: typeof seen = [];
    for (const from of states) {
      const { id } = await makePitch(t.db, t.owner.workspaceId, { opportunityId, state: from as 'draft' });
      for (const to of states) {
        const response = await move(id, { to, ...facts });
        const legal = allowed(from).has(to);
        seen.push([from, to, response.status, legal ? response.body.state : new Set(response.body.allowed)]);
        wanted.push([from, to, legal ? 200 : 409, legal ? to : allowed(from)]);
        if (legal) await t.db.query('UPDATE pitches SET state = $3 WHERE workspace_id = $1 AND id = $2', [t.owner.workspaceId, id, from]);
      }
    }

    expect(states).toHaveLength(16);
    expect(seen).toEqual(wanted);
  });

  it.each([
    ['pitched', 'accepted', 'agreement'],
    ['pitched', 'rejected', 'reason'],
    ['accepted', 'writing', 'draftDueOn'],
    ['draft_approved', 'scheduled', 'publishOn'],
    ['scheduled', 'published_reported', 'liveUrl'],
  ] as const)('from %s to %s asks for %s', async (state, to, fact) => {
    const { id } = await makePitch(t.db, t.owner.workspaceId, { state });

    const response = await move(id, { to });

    expect(response.status).toBe(422);
    expect(response.body).toMatchObject({ code: 'fact_required', errors: [{ pointer: `/${fact}` }] });
  });

  it('keeps the facts that came with it', async () => {
    const { id } = await makePitch(t.db, t.owner.workspaceId, { state: 'accepted' });

    await move(id, { to: 'writing', draftDueOn: '2026-12-01', publishOn: '2026-12-24' }, '"1"');

    expect((await owner.get(`/pitches/${id}`)).body).toMatchObject({
      state: 'writing',
      version: 2,
      draftDueOn: '2026-12-01',
      publishOn: '2026-12-24',
    });
  });

  it.each([
    ['an inner address', 'http://10.0.0.1/post'],
    ['the metadata service', 'http://169.254.169.254/latest'],
    ['credentials', 'http://user:pass@127.0.0.1/post'],
    ['another scheme', 'ftp://127.0.0.1/post'],
    ['no address at all', 'my blog'],
  ])('refuses %s as the address of the article and changes nothing', async (_, liveUrl) => {
    const { id } = await makePitch(t.db, t.owner.workspaceId, { state: 'scheduled' });

    const response = await move(id, { to: 'published_reported', liveUrl });

    expect(response.status).toBe(422);
    expect(response.body).toMatchObject({ code: 'target_not_public', errors: [{ pointer: '/liveUrl' }] });
    expect((await owner.get(`/pitches/${id}`)).body).toMatchObject({ state: 'scheduled', liveUrl: null, version: 1 });
  });

  it.each([
    ['an unknown state', { to: 'lost' }],
    ['a day of no calendar', { to: 'writing', draftDueOn: '2026-02-30' }],
    ['an instant for a day', { to: 'writing', draftDueOn: '2026-02-03T10:00:00Z' }],
    ['a reason that is too long', { to: 'withdrawn', reason: 'x'.repeat(501) }],
    ['an address that is too long', { to: 'published_reported', liveUrl: `http://127.0.0.1/${'x'.repeat(2048)}` }],
  ])('refuses %s', async (_, body) => {
    const { id } = await makePitch(t.db, t.owner.workspaceId, { state: 'accepted' });

    expect((await move(id, body)).status).toBe(400);
  });

  it('needs the version that it was decided on', async () => {
    const { id } = await makePitch(t.db, t.owner.workspaceId);

    expect((await owner.post(`/pitches/${id}/moves`, { to: 'withdrawn' })).status).toBe(428);
    expect((await move(id, { to: 'withdrawn' }, '"7"')).status).toBe(412);
    expect((await move(id, { to: 'withdrawn' }, '"1"')).status).toBe(200);
  });

  it('is closed to another workspace and to those who may only read', async () => {
    const { id } = await makePitch(t.db, t.owner.workspaceId);
    const other = t.as((await t.makeWorkspace()).key);
    const viewer = t.as(await t.makeKey('viewer'));

    expect((await other.get(`/pitches/${id}`)).status).toBe(404);
    expect((await other.post(`/pitches/${id}/moves`, { to: 'withdrawn' }).set('if-match', '*')).status).toBe(404);
    expect((await viewer.get(`/pitches/${id}`)).status).toBe(200);
    expect((await viewer.post(`/pitches/${id}/moves`, { to: 'withdrawn' }).set('if-match', '*')).status).toBe(403);
  });
});

describe('/pitches/{id}/drafts', () => {
  it('counts the versions, also when two are added at once', async () => {
    const { id } = await makePitch(t.db, t.owner.workspaceId, { state: 'writing' });

    const first = await owner.post(`/pitches/${id}/drafts`, { text: 'Tea is good.', remarks: 'First try' });
    await Promise.all(['Tea is better.', 'Tea is best.'].map((text) => owner.post(`/pitches/${id}/drafts`, { text })));
    const list = await owner.get(`/pitches/${id}/drafts`);

    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ pitchId: id, number: 1, text: 'Tea is good.', remarks: 'First try' });
    expect(list.body.data).toMatchObject([{ number: 3 }, { number: 2 }, { number: 1, remarks: 'First try' }]);
    expect((await owner.get(`/pitches/${id}/drafts/${first.body.id}`)).body).toEqual(first.body);
  });

  it('refuses an empty text and the pitch of another workspace', async () => {
    const { id } = await makePitch(t.db, t.owner.workspaceId);
    const other = t.as((await t.makeWorkspace()).key);

    expect((await owner.post(`/pitches/${id}/drafts`, { text: '' })).status).toBe(400);
    expect((await owner.post(`/pitches/${id}/drafts`, { text: 'x'.repeat(500_001) })).status).toBe(400);
    expect((await other.post(`/pitches/${id}/drafts`, { text: 'x' })).status).toBe(404);
    expect((await other.get(`/pitches/${id}/drafts`)).status).toBe(404);
  });
});
