import { createHash } from 'node:crypto';
import { makeBacklink, makeCampaign, makeContact, makeOpportunity, makePitch, makeProspect } from '../support/factories.js';
import { createTestApp, TEST_START, type Caller, type TestApp } from '../support/test-app.js';

let test: TestApp;
let as: Caller;

beforeAll(async () => {
  test = await createTestApp();
  as = test.as(test.owner.key);
});

afterAll(() => test.close());

const ws = (): string => test.owner.workspaceId;
const NOWHERE = '01890000-0000-7000-8000-000000000000';

describe('POST /opportunities', () => {
  it('makes a card, and answers 200 with the same one the second time', async () => {
    const campaign = await makeCampaign(test.db, ws());
    const prospect = await makeProspect(test.db, ws());
    const body = { campaignId: campaign.id, prospectId: prospect.id, pageUrl: 'https://tea-blog.example/links' };

    const made = await as.post('/opportunities', body).expect(201);
    const again = await as.post('/opportunities', { ...body, pageUrl: 'https://tea-blog.example/other' }).expect(200);

    expect(made.body).toMatchObject({
      version: 1,
      stage: 'new',
      projectId: campaign.projectId,
      domain: prospect.domain,
      ownerId: test.owner.memberId,
      pageUrl: body.pageUrl,
      links: { required: 0, live: 0, lost: 0 },
      contactBlocked: false,
      agreement: null,
    });
    expect(made.body.nextStates).toEqual(['qualified', 'disqualified', 'do_not_contact', 'engaged']);
    expect(made.body.moves).toContainEqual({ to: 'disqualified', requires: ['reason'] });
    expect(made.headers['etag']).toBe('"1"');
    expect(again.body).toEqual(made.body);
  });

  it('answers 409 with who is in contact, and lets a manager override', async () => {
    const prospect = await makeProspect(test.db, ws(), { lastContactedAt: TEST_START });
    const existing = await makeOpportunity(test.db, ws(), { prospectId: prospect.id, stage: 'engaged', ownerId: test.owner.memberId });
    const campaign = await makeCampaign(test.db, ws());
    const body = { campaignId: campaign.id, prospectId: prospect.id };
    const member = test.as(await test.makeKey('member'));
    const manager = test.as(await test.makeKey('manager'));

    const refused = await member.post('/opportunities', body).expect(409);
    expect(refused.type).toBe('application/problem+json');
    expect(refused.body).toMatchObject({
      code: 'site_already_in_contact',
      existing: { opportunityId: existing.id, stage: 'engaged', ownerId: test.owner.memberId, lastContactedAt: TEST_START.toISOString() },
      actions: ['handover', 'join', 'override'],
    });
    await member.post('/opportunities', { ...body, overrideReason: 'Agreed with Ann.' }).expect(403);
    const made = await manager.post('/opportunities', { ...body, overrideReason: 'Agreed with Ann.' }).expect(201);

    expect(made.body.guardOverride).toBe('send');
    const log = await test.db.query('SELECT action FROM audit_log WHERE workspace_id = $1 AND subject_id = $2', [ws(), made.body.id]);
    expect(log).toEqual([{ action: 'opportunity.guard_overridden' }]);
  });

  it.each([
    ['no campaign', { prospectId: NOWHERE }, 400, '/campaignId'],
    ['an id that is none', { campaignId: 'x', prospectId: NOWHERE }, 400, '/campaignId'],
    ['an unknown field', { campaignId: NOWHERE, prospectId: NOWHERE, stage: 'live' }, 400, '/stage'],
    ['a page that is no address', { campaignId: NOWHERE, prospectId: NOWHERE, pageUrl: 'javascript:alert(1)' }, 400, '/pageUrl'],
    ['no reason behind an override', { campaignId: NOWHERE, prospectId: NOWHERE, overrideReason: null }, 400, '/overrideReason'],
    ['a campaign that is not there', { campaignId: NOWHERE, prospectId: NOWHERE }, 404, '/campaignId'],
  ])('refuses %s', async (_, body, status, pointer) => {
    const response = await as.post('/opportunities', body).expect(status);

    expect(response.body.errors).toContainEqual(expect.objectContaining({ pointer }));
  });

  it('answers 404 for what belongs to another workspace', async () => {
    const other = await test.makeWorkspace();
    const theirs = { campaign: await makeCampaign(test.db, other.workspaceId), prospect: await makeProspect(test.db, other.workspaceId) };
    const ours = { campaign: await makeCampaign(test.db, ws()), prospect: await makeProspect(test.db, ws()) };

    await as.post('/opportunities', { campaignId: theirs.campaign.id, prospectId: ours.prospect.id }).expect(404);
    await as.post('/opportunities', { campaignId: ours.campaign.id, prospectId: theirs.prospect.id }).expect(404);
    await as.post('/opportunities', { campaignId: ours.campaign.id, prospectId: ours.prospect.id, ownerId: other.memberId }).expect(404);
  });

  it('keeps an externalRef for one card', async () => {
    const campaign = await makeCampaign(test.db, ws());
    const create = async () =>
      as.post('/opportunities', { campaignId: campaign.id, prospectId: (await makeProspect(test.db, ws())).id, externalRef: 'crm-1' });

    expect((await create()).status).toBe(201);
    expect((await create()).body).toMatchObject({ status: 409, code: 'external_ref_taken' });
    expect((await as.get('/opportunities?filter[externalRef]=crm-1').expect(200)).body.data).toHaveLength(1);
  });
});

describe('an opportunity', () => {
  it('is read, changed and moved only in its own workspace', async () => {
    const theirs = await makeOpportunity(test.db, (await test.makeWorkspace()).workspaceId);

    await as.get(`/opportunities/${theirs.id}`).expect(404);
    await as.patch(`/opportunities/${theirs.id}`, { pageUrl: null }, '*').expect(404);
    await as.post(`/opportunities/${theirs.id}/moves`, { to: 'disqualified', reason: 'x' }).set('if-match', '*').expect(404);
    await as.get(`/opportunities/${theirs.id}/agreements`).expect(404);
    await as.post(`/opportunities/${theirs.id}/report-links`, {}).expect(404);
  });

  it('changes its page and its owner, for the version that was read', async () => {
    const { id } = await makeOpportunity(test.db, ws(), { ownerId: test.owner.memberId });

    await as.patch(`/opportunities/${id}`, { ownerId: null }).expect(428);
    const changed = await as.patch(`/opportunities/${id}`, { ownerId: null, pageUrl: 'https://tea-blog.example/a' }, '"1"').expect(200);
    await as.patch(`/opportunities/${id}`, { ownerId: null }, '"1"').expect(412);

    expect(changed.body).toMatchObject({ version: 2, ownerId: null, pageUrl: 'https://tea-blog.example/a' });
  });

  it('moves by hand along its edges only', async () => {
    const { id } = await makeOpportunity(test.db, ws(), { stage: 'new' });
    const move = (body: object, ifMatch = '*') => as.post(`/opportunities/${id}/moves`, body).set('if-match', ifMatch);

    const illegal = await move({ to: 'live' }).expect(409);
    expect(illegal.body).toMatchObject({ code: 'illegal_transition', from: 'new', to: 'live' });
    expect(illegal.body.allowed).toEqual(['qualified', 'disqualified', 'do_not_contact', 'engaged']);
    await move({ to: 'paradise' }).expect(400);
    await move({ to: 'disqualified' }).expect(422);
    await as.post(`/opportunities/${id}/moves`, { to: 'qualified' }).expect(428);
    const moved = await move({ to: 'qualified' }, '"1"').expect(200);
    await move({ to: 'ready' }, '"1"').expect(412);

    expect(moved.body).toMatchObject({ stage: 'qualified', version: 2 });
  });

  it('stands on the board with the count of its stage', async () => {
    const campaign = await makeCampaign(test.db, ws());
    for (let at = 0; at < 22; at += 1) await makeOpportunity(test.db, ws(), { campaignId: campaign.id, stage: 'ready' });
    await makeOpportunity(test.db, ws(), { campaignId: campaign.id, stage: 'live' });

    const { body } = await as.get(`/board?campaignId=${campaign.id}`).expect(200);

    const stages = Object.fromEntries(
      (body.stages as { stage: string; count: number; cards: unknown[] }[]).map((one) => [one.stage, [one.count, one.cards.length]]),
    );
    expect(stages).toMatchObject({ new: [0, 0], ready: [22, 20], live: [1, 1] });
    expect((await as.get(`/board?projectId=${campaign.projectId}`).expect(200)).body).toEqual(body);
    await as.get('/board').expect(400);
  });

  it('is shown to a viewer, who may change nothing', async () => {
    const { id } = await makeOpportunity(test.db, ws());
    const viewer = test.as(await test.makeKey('viewer'));

    await viewer.get(`/opportunities/${id}`).expect(200);
    await viewer.patch(`/opportunities/${id}`, { ownerId: null }, '*').expect(403);
    await viewer.post(`/opportunities/${id}/moves`, { to: 'agreed' }).set('if-match', '*').expect(403);
  });

  it('is listed by filter, page after page', async () => {
    const campaign = await makeCampaign(test.db, ws());
    const ids: string[] = [];
    for (let at = 0; at < 3; at += 1) ids.push((await makeOpportunity(test.db, ws(), { campaignId: campaign.id })).id);
    await makeOpportunity(test.db, ws(), { campaignId: campaign.id, stage: 'live' });
    const path = `/opportunities?limit=2&sort=createdAt&filter[campaignId]=${campaign.id}&filter[stage]=ready`;

    const first = await as.get(path).expect(200);
    const second = await as.get(`${path}&after=${String(first.body.nextCursor)}`).expect(200);

    expect([...first.body.data, ...second.body.data].map(({ id }) => id)).toEqual(ids);
    expect(second.body).toMatchObject({ hasMore: false, nextCursor: null });
    await as.get('/opportunities?filter[colour]=red').expect(400);
  });
});

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

describe('POST /opportunities/{id}/report-links', () => {
  it('makes an address whose token only its owner knows', async () => {
    const card = await makeOpportunity(test.db, ws());
    const contact = await makeContact(test.db, ws(), { prospectId: card.prospectId });

    const { body } = await as.post(`/opportunities/${card.id}/report-links`, { contactId: contact.id }).expect(201);

    const token = /^http:\/\/localhost:3000\/r\/([\w-]{43})$/.exec(body.url as string)?.[1] ?? '';
    expect(body.expiresAt).toBe('2027-05-01T10:00:00.000Z');
    const [row] = await test.db.query('SELECT token_hash, contact_id FROM report_links WHERE workspace_id = $1 AND opportunity_id = $2', [
      ws(),
      card.id,
    ]);
    expect(row).toEqual({ token_hash: createHash('sha256').update(token).digest('hex'), contact_id: contact.id });
    await as.post(`/opportunities/${card.id}/report-links`, { contactId: (await makeContact(test.db, ws())).id }).expect(404);
  });
});

describe('tasks', () => {
  it('are listed while they are open, and marked as done', async () => {
    const id = '01890000-0000-7000-8000-0000000000aa';
    await test.db.query(
      `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, due_at, created_at) VALUES ($1, $2, 'answer_reply', 'message', $3, $4, $4)`,
      [ws(), id, NOWHERE, TEST_START],
    );
    const open = async (): Promise<unknown[]> => (await as.get('/tasks?filter[state]=open&filter[kind]=answer_reply').expect(200)).body.data;
    expect(await open()).toEqual([expect.objectContaining({ id, doneAt: null })]);

    await as.patch(`/tasks/${id}`, { done: true }).expect(428);
    const done = await as.patch(`/tasks/${id}`, { done: true }, '"1"').expect(200);

    expect(done.body).toMatchObject({ version: 2, doneAt: TEST_START.toISOString() });
    expect(await open()).toEqual([]);
    await as.patch(`/tasks/${id}`, { done: null }, '*').expect(400);
    await as.patch(`/tasks/${NOWHERE}`, { done: true }, '*').expect(404);
    await test
      .as((await test.makeWorkspace()).key)
      .patch(`/tasks/${id}`, { done: false }, '*')
      .expect(404);
  });
});
