import { createHash } from 'node:crypto';
import { makeCampaign, makeContact, makeOpportunity, makeProspect } from '../support/factories.js';
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

  it('lists what was given out without its tokens, and takes one back for good', async () => {
    const card = await makeOpportunity(test.db, ws());
    const other = await makeOpportunity(test.db, ws());
    const path = `/opportunities/${card.id}/report-links`;
    const [kept, taken] = [(await as.post(path, {}).expect(201)).body, (await as.post(path, {}).expect(201)).body];
    const page = (url: string) => test.request().get(new URL(url).pathname);
    await page(taken.url).expect(200);

    await as.delete(`/opportunities/${other.id}/report-links/${taken.id}`, '*').expect(404);
    await test
      .as(await test.makeKey('viewer'))
      .delete(`${path}/${taken.id}`, '*')
      .expect(403);
    await as.delete(`${path}/${taken.id}`, '*').expect(204);
    await as.delete(`${path}/${taken.id}`, '*').expect(204);

    await page(taken.url).expect(404);
    await page(kept.url).expect(200);
    const { body, text } = await as.get(path).expect(200);
    expect(body.data).toEqual([
      expect.objectContaining({ id: taken.id, revokedAt: '2026-11-02T10:00:00.000Z' }),
      expect.objectContaining({ id: kept.id, contactId: null, revokedAt: null, expiresAt: kept.expiresAt }),
    ]);
    for (const { url } of [kept, taken]) expect(text).not.toContain(String(url).split('/').at(-1));
    await as.get(`/opportunities/${NOWHERE}/report-links`).expect(404);
    const entries = await test.db.query(
      `SELECT action FROM audit_log WHERE workspace_id = $1 AND subject_id = $2 AND action = 'report_link.revoked'`,
      [ws(), card.id],
    );
    expect(entries).toHaveLength(1);
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
