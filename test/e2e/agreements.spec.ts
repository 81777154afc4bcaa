import { expectCatalogued } from '../support/catalogued-events.js';
import { makeBacklink, makeOpportunity, makePitch } from '../support/factories.js';
import { createTestApp, type Caller, type TestApp } from '../support/test-app.js';

let test: TestApp;
let as: Caller;

beforeAll(async () => {
  test = await createTestApp();
  as = test.as(test.owner.key);
});

afterAll(async () => {
  await expectCatalogued(test.db);
  await test.close();
});

const ws = (): string => test.owner.workspaceId;
const NOWHERE = '01890000-0000-7000-8000-000000000000';

describe('agreements', () => {
  const terms = { via: 'direct', compensation: 'none', items: [{ targetUrl: 'https://shop.example/guide', anchor: 'tea guide', rel: ['follow'] }] };

  it('make the deal, and a link to watch for each item', async () => {
    const { id } = await makeOpportunity(test.db, ws(), { stage: 'negotiating' });
    const pitch = await makePitch(test.db, ws(), { opportunityId: id, state: 'pitched' });
    const body = {
      ...{ ...terms, compensation: 'money', fee: { amount: 12_500, currency: 'EUR' }, linkUntil: '2027-11-30', pitchId: pitch.id },
      items: [
        { targetUrl: 'https://Shop.example/guide#top', rel: ['sponsored'] },
        { targetUrl: 'https://shop.example/other', rel: ['nofollow'], required: false },
      ],
    };

    const made = await as.post(`/opportunities/${id}/agreements`, body).expect(201);

    expect(made.body).toMatchObject({ version: 1, via: 'direct', fee: { amount: 12_500, currency: 'EUR' }, linkUntil: '2027-11-30' });
    const card = await as.get(`/opportunities/${id}`).expect(200);
    expect(card.body).toMatchObject({
      stage: 'agreed',
      links: { required: 1, live: 0, lost: 0 },
      agreement: { id: made.body.id, number: 1, compensation: 'money' },
    });
    const links = await test.db.query(
      'SELECT id, state, target_key, paid, required, expires_at, expected_rel FROM backlinks WHERE workspace_id = $1 AND opportunity_id = $2 ORDER BY id',
      [ws(), id],
    );
    expect(links).toEqual([
      {
        ...{ id: made.body.items[0].backlinkId, state: 'expected', target_key: 'https://shop.example/guide', paid: true, required: true },
        ...{ expires_at: new Date('2027-12-01T00:00:00Z'), expected_rel: ['sponsored'] },
      },
      expect.objectContaining({ id: made.body.items[1].backlinkId, required: false }),
    ]);
    const [accepted] = await test.db.query('SELECT state, agreement_id FROM pitches WHERE workspace_id = $1 AND id = $2', [ws(), pitch.id]);
    expect(accepted).toEqual({ state: 'accepted', agreement_id: made.body.id });
  });

  it('take over the links of the terms before, and ask no longer for the others', async () => {
    const { id } = await makeOpportunity(test.db, ws(), { stage: 'engaged' });
    const reported = await makeBacklink(test.db, ws(), { opportunityId: id, targetUrl: 'https://shop.example/guide', state: 'reported' });
    const target = (name: string): object => ({ targetUrl: `https://shop.example/${name}` });
    const first = await as.post(`/opportunities/${id}/agreements`, { ...terms, items: [target('guide'), target('old')] }).expect(201);
    expect(first.body.items[0].backlinkId).toBe(reported.id);

    const second = await as.post(`/opportunities/${id}/agreements`, { ...terms, items: [target('guide'), target('new')] }).expect(201);

    expect(second.body.version).toBe(2);
    const links = await test.db.query('SELECT target_url, state FROM backlinks WHERE workspace_id = $1 AND opportunity_id = $2 ORDER BY target_url', [
      ws(),
      id,
    ]);
    expect(links).toEqual([
      { target_url: 'https://shop.example/guide', state: 'reported' },
      { target_url: 'https://shop.example/new', state: 'expected' },
      { target_url: 'https://shop.example/old', state: 'closed' },
    ]);
    const list = await as.get(`/opportunities/${id}/agreements?limit=1`).expect(200);
    expect(list.body).toMatchObject({ hasMore: true, data: [{ version: 2 }] });
    const rest = await as.get(`/opportunities/${id}/agreements?limit=1&after=${String(list.body.nextCursor)}`).expect(200);
    expect(rest.body.data).toEqual([expect.objectContaining({ version: 1 })]);
  });

  it('before any mail are a deal by phone', async () => {
    const { id } = await makeOpportunity(test.db, ws(), { stage: 'ready' });

    await as.post(`/opportunities/${id}/agreements`, { ...terms, via: 'vendor' }).expect(201);

    expect((await as.get(`/opportunities/${id}`)).body.stage).toBe('agreed');
  });

  it('of two at once get numbers of their own', async () => {
    const { id } = await makeOpportunity(test.db, ws(), { stage: 'engaged' });

    const made = await Promise.all([1, 2, 3, 4].map(() => as.post(`/opportunities/${id}/agreements`, terms)));

    expect(made.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4]);
    const links = await test.db.query('SELECT FROM backlinks WHERE workspace_id = $1 AND opportunity_id = $2', [ws(), id]);
    expect(links).toHaveLength(1);
  });

  it.each([
    ['a paid link that follows', { compensation: 'money' }, 422, '/items/0/rel'],
    ['an exchange of links that follow', { compensation: 'exchange' }, 422, '/items/0/rel'],
    ['a fee under another name', { fee: { amount: 1, currency: 'EUR' } }, 422, '/items/0/rel'],
    ['a target that is no web page', { items: [{ targetUrl: 'ftp://shop.example/' }] }, 400, '/items/0/targetUrl'],
    ['no item', { items: [] }, 400, '/items'],
    ['a day that does not exist', { linkUntil: '2027-02-30' }, 400, '/linkUntil'],
    ['money in fractions', { fee: { amount: 1.5, currency: 'EUR' } }, 400, '/fee/amount'],
    ['another way of paying', { compensation: 'favour' }, 400, '/compensation'],
    ['a pitch of another card', { pitchId: NOWHERE }, 404, '/pitchId'],
    ['a proof that is not there', { proofMessageId: NOWHERE }, 404, '/proofMessageId'],
  ])('refuse %s', async (_, over, status, pointer) => {
    const { id } = await makeOpportunity(test.db, ws(), { stage: 'engaged' });

    const { body } = await as.post(`/opportunities/${id}/agreements`, { ...terms, ...over }).expect(status);

    expect(body.errors).toContainEqual(expect.objectContaining({ pointer }));
    if (status === 422) expect(body.code).toBe('paid_link_must_be_qualified');
  });
});
