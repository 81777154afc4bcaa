import { createHash, randomBytes } from 'node:crypto';
import type { Response } from 'supertest';
import { newId } from '../../src/platform/ids.js';
import { makeBacklink, makeCampaign, makeOpportunity, makeProject, makeProspect, makeTargetPage } from '../support/factories.js';
import { answerStatus, article, startFixtureSite, type FixtureSite } from '../support/fixture-site.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const TARGET = 'https://shop.example/guide';

describe('/r/{token}', () => {
  let test: TestApp;
  let site: FixtureSite;
  let campaignId: string;
  let prospectId: string;

  beforeAll(async () => {
    [test, site] = await Promise.all([createTestApp(), startFixtureSite()]);
    const { workspaceId } = test.owner;
    const project = await makeProject(test.db, workspaceId, { name: 'Tea & <Leaf>', url: 'https://shop.example/', domain: 'shop.example' });
    const page = await makeTargetPage(test.db, workspaceId, { projectId: project.id, url: TARGET });
    campaignId = (await makeCampaign(test.db, workspaceId, { projectId: project.id, targetPageId: page.id })).id;
    prospectId = (await makeProspect(test.db, workspaceId, { domain: site.domain, url: site.origin })).id;
  });

  afterAll(async () => {
    await test.close();
    await site.close();
  });

  async function ticket(over: { expiresAt?: Date; revokedAt?: Date } = {}): Promise<{ token: string; opportunityId: string }> {
    const { workspaceId } = test.owner;
    await test.db.query('DELETE FROM backlinks WHERE workspace_id = $1', [workspaceId]);
    await test.db.query('DELETE FROM opportunities WHERE workspace_id = $1', [workspaceId]);
    const card = await makeOpportunity(test.db, workspaceId, { campaignId, prospectId, stage: 'awaiting_live' });
    const token = randomBytes(32).toString('base64url');
    await test.db.query(
      `INSERT INTO report_links (workspace_id, id, token_hash, opportunity_id, expires_at, revoked_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        ...[workspaceId, newId(), createHash('sha256').update(token).digest('hex'), card.id],
        ...[over.expiresAt ?? new Date('2027-05-01T00:00:00Z'), over.revokedAt ?? null, test.clock.now()],
      ],
    );
    return { token, opportunityId: card.id };
  }

  const show = (token: string) => test.request().get(`/r/${token}`);
  const post = (token: string, url: string) => test.request().post(`/r/${token}`).type('form').send({ url });
  const linksOf = (opportunityId: string): Promise<{ state: string; source_url: string }[]> =>
    test.db.query('SELECT state, source_url FROM backlinks WHERE workspace_id = $1 AND opportunity_id = $2', [test.owner.workspaceId, opportunityId]);

  /** Posts and lets the worker of another process check meanwhile. */
  async function report(token: string, url: string): Promise<Response> {
    const call = { answered: false };
    const answer = post(token, url).then((response) => {
      call.answered = true;
      return response;
    });
    while (!call.answered) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      await test.run('check');
    }
    return answer;
  }

  it('asks where the link is, changes nothing, and is told to nobody', async () => {
    const { token, opportunityId } = await ticket();

    const response = await show(token).expect(200);

    expect(response.text).toContain('Tea &amp; &lt;Leaf&gt;');
    expect(response.text).toContain(TARGET);
    expect(response.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-/),
    });
    expect(await linksOf(opportunityId)).toEqual([]);
  });

  it('thanks for a link that is there', async () => {
    const { token, opportunityId } = await ticket();
    site.write('/live', article(`<a href="${TARGET}">the guide</a>`));

    const response = await report(token, `${site.origin}/live`);

    expect(response.status).toBe(200);
    expect(response.text).toContain('We have found the link.');
    expect(await linksOf(opportunityId)).toEqual([{ state: 'live', source_url: `${site.origin}/live` }]);
    const [card] = await test.db.query('SELECT stage FROM opportunities WHERE workspace_id = $1 AND id = $2', [
      test.owner.workspaceId,
      opportunityId,
    ]);
    expect(card.stage).toBe('live');
    expect((await post(token, `${site.origin}/live`)).text).toContain('We have found the link.');
  });

  it.each([
    ['nofollow', `<a href="${TARGET}" rel="nofollow">the guide</a>`, 'The link is marked rel=&quot;nofollow&quot;.'],
    ['another page of ours', '<a href="https://shop.example/other">the guide</a>', 'There is a link to our website, but to another page.'],
    ['no link', 'Nothing.', 'There is no link to our page yet.'],
  ])('says what is wrong in plain words: %s', async (name, body, words) => {
    const { token, opportunityId } = await ticket();
    await makeBacklink(test.db, test.owner.workspaceId, {
      ...{ opportunityId, targetUrl: TARGET, targetKey: TARGET, state: 'expected', nextAt: null, expectedRel: ['follow'], sourceKey: null },
      sourceUrl: null as unknown as string,
    });
    const path = `/wrong-${name.replaceAll(' ', '-')}`;
    site.write(path, article(body));

    const response = await report(token, site.origin + path);

    expect(response.text.replaceAll('&#x3D;', '=')).toContain(words);
    expect(response.text).toContain('not there as agreed yet');
  });

  it('looks again when the page is reported again', async () => {
    const { token } = await ticket();
    site.write('/late', article('Nothing yet.'));
    expect((await report(token, `${site.origin}/late`)).text).toContain('There is no link to our page yet.');

    site.write('/late', article(`<a href="${TARGET}">the guide</a>`));

    expect((await report(token, `${site.origin}/late`)).text).toContain('We have found the link.');
  });

  it('does not call a page wrong that it could not see', async () => {
    const { token } = await ticket();
    site.write('/down', answerStatus(503));

    const response = await report(token, `${site.origin}/down`);

    expect(response.text).toContain('We are looking at the page now.');
    expect(response.text).toContain('The website reported an error.');
    expect(response.text).toContain('We look again by ourselves in about');
  });

  it('checks again by a button, and finds what was mended', async () => {
    const { token, opportunityId } = await ticket();
    await makeBacklink(test.db, test.owner.workspaceId, {
      ...{ opportunityId, targetUrl: TARGET, targetKey: TARGET, state: 'expected', nextAt: null, expectedRel: ['follow'], sourceKey: null },
      sourceUrl: null as unknown as string,
    });
    site.write('/mended', article(`<a href="${TARGET}" rel="nofollow">the guide</a>`));
    const first = await report(token, `${site.origin}/mended`);
    expect(first.text).toContain('Check again');
    const [, again = ''] = /<input type="hidden" name="url" value="([^"]+)">/.exec(first.text) ?? [];

    site.write('/mended', article(`<a href="${TARGET}">the guide</a>`));
    const second = await report(token, again);

    expect(second.text).toContain('We have found the link.');
    expect(second.text).not.toContain('Check again');
    expect(await linksOf(opportunityId)).toEqual([{ state: 'live', source_url: `${site.origin}/mended` }]);
  });

  it('leaves a link that was closed to a colleague', async () => {
    const { token, opportunityId } = await ticket();
    site.write('/closed', article(`<a href="${TARGET}">the guide</a>`));
    await report(token, `${site.origin}/closed`);
    await test.db.query(`UPDATE backlinks SET state = 'closed', next_at = NULL WHERE workspace_id = $1 AND opportunity_id = $2`, [
      test.owner.workspaceId,
      opportunityId,
    ]);
    const requests = site.requests();

    const { text } = await post(token, `${site.origin}/closed`).expect(200);

    expect(text).toContain('A colleague will look at it.');
    expect(site.requests()).toBe(requests);
    const tasks = await test.db.query(`SELECT title FROM tasks WHERE workspace_id = $1 AND kind = 'reported_closed' AND opportunity_id = $2`, [
      test.owner.workspaceId,
      opportunityId,
    ]);
    expect(tasks).toEqual([{ title: 'A closed link was reported as live again' }]);
  });

  it('leaves a page on another website to a colleague, unfetched', async () => {
    const { token, opportunityId } = await ticket();
    const requests = site.requests();

    const response = await post(token, 'https://elsewhere.example/post').expect(200);

    expect(response.text).toContain('a colleague will look at it');
    expect(await linksOf(opportunityId)).toEqual([]);
    expect(site.requests()).toBe(requests);
    const tasks = await test.db.query(`SELECT subject_id FROM tasks WHERE workspace_id = $1 AND kind = 'reported_elsewhere'`, [
      test.owner.workspaceId,
    ]);
    expect(tasks).toEqual([{ subject_id: opportunityId }]);
    const notes = await test.db.query('SELECT text FROM notes WHERE workspace_id = $1 AND subject_id = $2', [test.owner.workspaceId, opportunityId]);
    expect(notes).toEqual([{ text: 'Reported as live on another website: https://elsewhere.example/post' }]);
  });

  it.each([
    ['an inner address', 'http://10.0.0.1/admin', 'cannot be opened from the internet'],
    ['nothing', '', 'the whole address'],
    ['no web address', 'ftp://blog.example/a', 'the whole address'],
    ['a user name', 'https://me:secret@blog.example/', 'the whole address'],
  ])('refuses %s and keeps what was typed', async (_, url, words) => {
    const { token, opportunityId } = await ticket();

    const response = await post(token, url).expect(422);

    expect(response.text).toContain(words);
    expect(response.text).toContain('aria-invalid="true"');
    expect(await linksOf(opportunityId)).toEqual([]);
  });

  it('takes ten reports a day', async () => {
    const { token } = await ticket();
    const elsewhere = 'https://elsewhere.example/post';
    for (let count = 0; count < 12; count += 1) await post(token, count % 2 ? 'not an address' : 'http://10.0.0.1/').expect(422);
    for (let count = 0; count < 10; count += 1) await post(token, elsewhere).expect(200);

    const refused = await post(token, elsewhere).expect(429);
    expect(refused.text).toContain('try again tomorrow');
    expect(refused.headers['retry-after']).toBe('50400'); // at ten in the morning
    test.clock.advance(24 * 3_600_000);
    await post(token, elsewhere).expect(200);
  });

  it.each([
    ['an unknown one', async () => 'x'.repeat(43)],
    ['one too old', async () => (await ticket({ expiresAt: new Date('2026-11-01T00:00:00Z') })).token],
    ['a revoked one', async () => (await ticket({ revokedAt: new Date('2026-11-01T00:00:00Z') })).token],
  ])('does not open for a token: %s', async (_, make) => {
    const token = await make();

    expect((await show(token).expect(404)).text).toContain('This link does not work');
    expect((await post(token, `${site.origin}/live`).expect(404)).text).toContain('This link does not work');
  });

  it('takes forms alone', async () => {
    const { token } = await ticket();

    await test.request().post(`/r/${token}`).send({ url: 'https://blog.example/' }).expect(415);
    await test.request().put(`/r/${token}`).expect(405);
  });
});
