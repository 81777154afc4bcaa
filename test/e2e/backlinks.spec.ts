import { expectCatalogued } from '../support/catalogued-events.js';
import { makeBacklink, makeOpportunity, makeProject, makeTargetPage } from '../support/factories.js';
import { article, startFixtureSite, type FixtureSite } from '../support/fixture-site.js';
import { createTestApp, type Caller, type TestApp } from '../support/test-app.js';

const TARGET = 'https://shop.example/guide';
const NOBODY = '01890000-0000-7000-8000-000000000000';
const LATER = '2026-11-20T00:00:00Z';

describe('/backlinks', () => {
  let test: TestApp;
  let site: FixtureSite;
  let api: Caller;
  let projectId: string;
  let pages = 0;

  beforeAll(async () => {
    [test, site] = await Promise.all([createTestApp(), startFixtureSite()]);
    api = test.as(test.owner.key);
    projectId = (await makeProject(test.db, test.owner.workspaceId, { url: 'https://shop.example/', domain: 'shop.example' })).id;
  });

  afterAll(async () => {
    await expectCatalogued(test.db);
    await test.close();
    await site.close();
  });

  const fresh = (): string => `${site.origin}/page-${(pages += 1)}`;

  it('goes from a report to live with one event', async () => {
    const sourceUrl = `${site.origin}/live`;
    site.write('/live', article(`<a href="${TARGET}">the guide</a>`));

    const reported = await api
      .post('/backlinks', { sourceUrl, targetUrl: TARGET, expectedAnchor: 'the guide', expectedRel: ['follow', 'nofollow'], externalRef: 'crm-7' })
      .expect(202);
    await test.run('check');
    const live = await api.get(`/backlinks/${reported.body.id}`).expect(200);

    expect(reported.body).toMatchObject({ state: 'reported', lastCheck: null, projectId, externalRef: 'crm-7', nextStates: [] });
    expect(live.body).toMatchObject({
      state: 'live',
      compliance: { status: 'ok', codes: [] },
      lastCheck: { verdict: 'live', anchorText: 'the guide' },
    });
    const events = await test.db.query(`SELECT id FROM events WHERE workspace_id = $1 AND type = 'backlink.live'`, [test.owner.workspaceId]);
    expect(events).toHaveLength(1);
  });

  it('answers a page that is known with 200 and the same link, nothing overwritten', async () => {
    const sourceUrl = fresh();
    const first = await api.post('/backlinks', { sourceUrl, targetUrl: TARGET, expectedAnchor: 'one' }).expect(202);

    const second = await api.post('/backlinks', { sourceUrl: `${sourceUrl}#part`, targetUrl: TARGET, expectedAnchor: 'two' }).expect(200);

    expect(second.body).toMatchObject({ id: first.body.id, expectedAnchor: 'one', sourceUrl });
  });

  it.each([
    ['an address of another kind', { sourceUrl: 'ftp://blog.example/a' }, 422, 'target_not_public', '/sourceUrl'],
    ['a user name in the address', { sourceUrl: 'https://me:secret@blog.example/a' }, 422, 'target_not_public', '/sourceUrl'],
    ['no address at all', { sourceUrl: 'our blog' }, 422, 'target_not_public', '/sourceUrl'],
    ['an inner address', { sourceUrl: 'http://10.0.0.1/a' }, 422, 'target_not_public', '/sourceUrl'],
    ['an address of the metadata service', { sourceUrl: 'http://169.254.169.254/latest' }, 422, 'target_not_public', '/sourceUrl'],
    ['an address that becomes too long', { sourceUrl: `https://blog.example/${'ü'.repeat(1500)}` }, 422, 'target_not_public', '/sourceUrl'],
    ['a target of nobody', { targetUrl: 'https://else.example/' }, 422, 'unknown_target', '/targetUrl'],
    ['a target that is no address', { targetUrl: 'guide' }, 422, 'unknown_target', '/targetUrl'],
    ['an unknown opportunity', { opportunityId: NOBODY }, 404, 'not_found', '/opportunityId'],
    ['an unknown project', { projectId: NOBODY }, 404, 'not_found', '/projectId'],
    ['no source', { sourceUrl: undefined }, 400, 'invalid_request', '/sourceUrl'],
    ['a source too long', { sourceUrl: `https://blog.example/${'a'.repeat(2048)}` }, 400, 'invalid_request', '/sourceUrl'],
    ['an unknown rel', { expectedRel: ['dofollow'] }, 400, 'invalid_request', '/expectedRel'],
    ['no rel at all', { expectedRel: [] }, 400, 'invalid_request', '/expectedRel'],
    ['anchors too long', { expectedAnchor: 'a'.repeat(301) }, 400, 'invalid_request', '/expectedAnchor'],
    ['an unknown field', { anchor: 'x' }, 400, 'invalid_request', '/anchor'],
  ])('refuses %s and stores nothing', async (_, over, status, code, pointer) => {
    const before = await test.db.query('SELECT count(*) FROM backlinks WHERE workspace_id = $1', [test.owner.workspaceId]);

    const response = await api.post('/backlinks', { sourceUrl: fresh(), targetUrl: TARGET, ...over }).expect(status);

    expect(response.body).toMatchObject({ code, errors: [{ pointer }] });
    expect(await test.db.query('SELECT count(*) FROM backlinks WHERE workspace_id = $1', [test.owner.workspaceId])).toEqual(before);
  });

  it('takes a page whose name does not resolve yet', async () => {
    await api.post('/backlinks', { sourceUrl: 'https://not-there-yet.invalid/post', targetUrl: TARGET }).expect(202);
  });

  it('takes a target page outside of the project’s domain', async () => {
    const page = await makeTargetPage(test.db, test.owner.workspaceId, { projectId, url: 'https://video.example/watch?v=1' });

    const response = await api.post('/backlinks', { sourceUrl: fresh(), targetUrl: 'https://video.example/watch?v=1' }).expect(202);

    expect(response.body).toMatchObject({ projectId, targetPageId: page.id });
  });

  it('refuses an externalRef that another link has', async () => {
    await api.post('/backlinks', { sourceUrl: fresh(), targetUrl: TARGET, externalRef: 'taken' }).expect(202);

    const response = await api.post('/backlinks', { sourceUrl: fresh(), targetUrl: TARGET, externalRef: 'taken' }).expect(409);

    expect(response.body.code).toBe('external_ref_taken');
  });

  it('lists by state, opportunity and externalRef, page by page', async () => {
    const card = await makeOpportunity(test.db, test.owner.workspaceId);
    const made = [];
    for (const state of ['live', 'lost', 'live'] as const)
      made.push(await makeBacklink(test.db, test.owner.workspaceId, { opportunityId: card.id, state, nextAt: null }));

    const first = await api.get(`/backlinks?filter[opportunityId]=${card.id}&filter[state]=live&limit=1`).expect(200);
    const second = await api.get(`/backlinks?filter[opportunityId]=${card.id}&filter[state]=live&limit=1&after=${first.body.nextCursor}`).expect(200);

    expect([...first.body.data, ...second.body.data].map(({ id }) => id)).toEqual([made[2]?.id, made[0]?.id]);
    expect([first.body.hasMore, second.body.hasMore]).toEqual([true, false]);
    expect((await api.get('/backlinks?filter[externalRef]=crm-7').expect(200)).body.data).toHaveLength(1);
    await api.get('/backlinks?filter[colour]=green').expect(400);
    await api.get('/backlinks?sort=price').expect(400);
  });

  it('checks again when asked, and lists the checks', async () => {
    const sourceUrl = fresh();
    const { body } = await api.post('/backlinks', { sourceUrl, targetUrl: TARGET }).expect(202);
    await test.run('check');

    await api.post(`/backlinks/${body.id}/checks`).expect(202);
    await test.run('check');
    const first = await api.get(`/backlinks/${body.id}/checks?limit=1`).expect(200);
    const second = await api.get(`/backlinks/${body.id}/checks?limit=1&after=${first.body.nextCursor}`).expect(200);

    expect(first.body.data).toMatchObject([{ verdict: 'not_live', reasonCodes: ['HTTP_404', 'LINK_NOT_FOUND'], httpStatus: 404, askedBy: 'person' }]);
    expect(second.body).toMatchObject({ data: [{ verdict: 'not_live' }], hasMore: false });
  });

  it('has nothing to check before a page is reported', async () => {
    const card = await makeOpportunity(test.db, test.owner.workspaceId);
    const link = await makeBacklink(test.db, test.owner.workspaceId, {
      ...{ opportunityId: card.id, state: 'expected', nextAt: null, sourceKey: null },
      sourceUrl: null as unknown as string,
    });

    expect((await api.post(`/backlinks/${link.id}/checks`).expect(409)).body.code).toBe('nothing_to_check');
    const moved = await api.post(`/backlinks/${link.id}/moves`, { to: 'reported', sourceUrl: fresh() }).set('if-match', '"1"').expect(200);
    expect(moved.body).toMatchObject({ state: 'reported', sourceUrl: expect.stringContaining(site.origin) });
  });

  it('can be closed by hand, and moved nowhere else without evidence', async () => {
    const { workspaceId } = test.owner;
    const lost = await makeBacklink(test.db, workspaceId, { state: 'lost', nextAt: null });
    const review = await makeBacklink(test.db, workspaceId, { state: 'needs_review', nextAt: null });
    const move = (id: string, to: string) => api.post(`/backlinks/${id}/moves`, { to });

    expect((await api.get(`/backlinks/${lost.id}`)).body).toMatchObject({ nextStates: ['closed'], moves: [{ to: 'closed', requires: [] }] });
    await move(lost.id, 'closed').expect(428);
    await move(lost.id, 'closed').set('if-match', '"9"').expect(412);
    expect((await move(lost.id, 'live').set('if-match', '*').expect(409)).body).toMatchObject({
      code: 'illegal_transition',
      from: 'lost',
      allowed: ['closed'],
    });
    expect((await move(review.id, 'live').set('if-match', '*').expect(422)).body).toMatchObject({
      code: 'fact_required',
      errors: [{ pointer: '/attestation' }],
    });
    await move(lost.id, 'gone').set('if-match', '*').expect(400);
    const closed = await move(lost.id, 'closed').set('if-match', '"1"').expect(200);
    expect(closed.body).toMatchObject({ state: 'closed', version: 2, nextCheckAt: null });
    expect((await api.post(`/backlinks/${lost.id}/checks`).expect(409)).body.code).toBe('nothing_to_check');
  });

  it('takes a person’s word for a while, and only where checks cannot see', async () => {
    const { workspaceId } = test.owner;
    const review = await makeBacklink(test.db, workspaceId, { state: 'needs_review', nextAt: null });
    const live = await makeBacklink(test.db, workspaceId, { state: 'live', nextAt: null });
    const word = { outcome: 'live', note: 'Seen in a browser.', expiresAt: LATER };
    const attest = (id: string, body: object) => api.post(`/backlinks/${id}/attestations`, body);

    expect((await attest(review.id, { ...word, expiresAt: '2027-11-20T00:00:00Z' }).expect(422)).body.code).toBe('attestation_expiry');
    await attest(review.id, { ...word, expiresAt: '2026-10-20T00:00:00Z' }).expect(422);
    await attest(review.id, { ...word, outcome: 'fine' }).expect(400);
    await attest(review.id, { ...word, expiresAt: 'soon' }).expect(400);
    expect((await attest(live.id, word).expect(409)).body.code).toBe('illegal_transition');
    expect((await attest(review.id, word).expect(201)).body).toMatchObject({ state: 'live', reviewDueAt: '2026-11-20T00:00:00.000Z' });
  });

  it('shows a viewer everything and lets them change nothing', async () => {
    const viewer = test.as(await test.makeKey('viewer'));
    const link = await makeBacklink(test.db, test.owner.workspaceId, { nextAt: null });

    await viewer.get(`/backlinks/${link.id}`).expect(200);
    await viewer.post('/backlinks', { sourceUrl: fresh(), targetUrl: TARGET }).expect(403);
    await viewer.post(`/backlinks/${link.id}/checks`).expect(403);
    await test.request().get(`/api/v1/backlinks/${link.id}`).expect(401);
  });

  it('answers 404 for everything of another workspace', async () => {
    const other = test.as((await test.makeWorkspace()).key);
    const link = await makeBacklink(test.db, test.owner.workspaceId, { state: 'needs_review', nextAt: null });
    const card = await makeOpportunity(test.db, test.owner.workspaceId);

    await other.get(`/backlinks/${link.id}`).expect(404);
    await other.get(`/backlinks/${link.id}/checks`).expect(404);
    await other.post(`/backlinks/${link.id}/checks`).expect(404);
    await other.post(`/backlinks/${link.id}/moves`, { to: 'closed' }).set('if-match', '*').expect(404);
    await other.post(`/backlinks/${link.id}/attestations`, { outcome: 'live', note: 'x', expiresAt: LATER }).expect(404);
    await other.post('/backlinks', { sourceUrl: fresh(), targetUrl: TARGET, opportunityId: card.id }).expect(404);
    expect((await other.get('/backlinks').expect(200)).body.data).toEqual([]);
  });
});
