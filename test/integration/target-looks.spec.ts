import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { makeBacklink } from '../support/factories.js';
import { answerStatus, article, type FixtureSite, startFixtureSite } from '../support/fixture-site.js';
import { createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';

describe('looks at targets', () => {
  let t: TestApp;
  let blog: FixtureSite;
  let shop: FixtureSite;
  let pages = 0;

  beforeAll(async () => {
    [t, blog, shop] = await Promise.all([createTestApp(), startFixtureSite(), startFixtureSite()]);
  });

  afterAll(async () => {
    await Promise.all([t.close(), blog.close(), shop.close()]);
  });

  const redirectTo =
    (to: string) =>
    (_request: unknown, response: import('node:http').ServerResponse): unknown =>
      response.writeHead(301, { location: to }).end();

  /** A link on a page of its own to a target of its own. */
  async function watched(markup: (target: string, page: string) => string, owner: TestOwner = t.owner) {
    await t.db.query('/* all-workspaces: test */ UPDATE backlinks SET next_at = NULL');
    const path = `/${(pages += 1)}`;
    const targetUrl = `${shop.origin}/guide${path}`;
    shop.write(`/guide${path}`, article('The guide.'));
    blog.write(path, article(markup(targetUrl, path)));
    const { id } = await makeBacklink(t.db, owner.workspaceId, { sourceUrl: blog.origin + path, targetUrl, nextAt: t.clock.now() });
    const check = async (afterMs = 0) => {
      t.clock.advance(afterMs);
      await t.db.query('/* all-workspaces: test */ UPDATE backlinks SET next_at = NULL');
      await t.db.query('UPDATE backlinks SET next_at = $3 WHERE workspace_id = $1 AND id = $2', [owner.workspaceId, id, t.clock.now()]);
      await t.run('check');
      const link = (await t.as(owner.key).get(`/backlinks/${id}`).expect(200)).body;
      return { ...link.lastCheck, state: link.state, compliance: link.compliance };
    };
    return { id, path, targetUrl, check };
  }

  const linkTo = (url: string): string => `<a href="${url}">the guide</a>`;

  it('finds a target that is gone at the check after, and again when it is back', async () => {
    const { check, path } = await watched(linkTo);
    shop.write(`/guide${path}`, answerStatus(404));

    expect(await check()).toMatchObject({ verdict: 'live', reasonCodes: [] });
    expect(await check(HOUR_MS)).toMatchObject({ verdict: 'live', reasonCodes: ['TARGET_BROKEN'], state: 'live' });
    expect(await check(HOUR_MS)).toMatchObject({ reasonCodes: ['TARGET_BROKEN'], state: 'degraded', compliance: { status: 'violated' } });
    shop.write(`/guide${path}`, article('Back.'));
    await check(HOUR_MS);

    expect(await check(HOUR_MS)).toMatchObject({ verdict: 'live', reasonCodes: [], state: 'live' });
  });

  it.each([403, 429, 503])('does not call a target broken that answers our fetcher %d', async (status) => {
    const { check, path } = await watched(linkTo);
    shop.write(`/guide${path}`, answerStatus(status));
    await check();

    expect(await check(2 * HOUR_MS)).toMatchObject({ verdict: 'live', reasonCodes: [] });
  });

  it('tells when the target has moved, which is no fault of the link', async () => {
    const { check, path } = await watched(linkTo);
    shop.write(`/guide${path}`, redirectTo(`${shop.origin}/new${path}`));
    shop.write(`/new${path}`, article('Here now.'));
    await check();

    expect(await check(HOUR_MS)).toMatchObject({ verdict: 'live', reasonCodes: ['TARGET_REDIRECTS'], compliance: { status: 'ok' } });
  });

  it('takes a link that leads to the target for the link, at the first check', async () => {
    const { check, path } = await watched((_, page) => linkTo(`${shop.origin}/old${page}`));
    shop.write(`/old${path}`, redirectTo(`/guide${path}`));

    expect(await check()).toMatchObject({
      verdict: 'live',
      reasonCodes: ['TARGET_REDIRECTS'],
      candidates: [{ level: 'redirect' }],
      compliance: { status: 'ok', codes: [] },
    });
  });

  it('takes a link of a plug-in that counts clicks for the link', async () => {
    const { check, path, targetUrl } = await watched((_, page) => linkTo(`/go${page}`));
    blog.write(`/go${path}`, redirectTo(targetUrl));

    expect(await check()).toMatchObject({ verdict: 'live', reasonCodes: ['TARGET_REDIRECTS'] });
  });

  it('takes a link to where the target has moved for the link', async () => {
    const { check, path } = await watched((_, page) => linkTo(`${shop.origin}/new${page}`));
    shop.write(`/guide${path}`, redirectTo(`/new${path}`));
    shop.write(`/new${path}`, article('Here now.'));

    expect(await check()).toMatchObject({ verdict: 'live', reasonCodes: ['TARGET_REDIRECTS'] });
  });

  it('believes no redirect that leads elsewhere, and keeps what it saw', async () => {
    const { check, path, id, targetUrl } = await watched((_, page) => linkTo(`${shop.origin}/old${page}`));
    shop.write(`/old${path}`, redirectTo('/'));
    shop.write('/', article('Home.'));

    expect(await check()).toMatchObject({ verdict: 'not_live', reasonCodes: ['WRONG_TARGET_PATH'] });
    const [{ targets }] = await t.db.query(
      `SELECT evidence->'targets' AS targets FROM backlink_checks WHERE workspace_id = $1 AND backlink_id = $2`,
      [t.owner.workspaceId, id],
    );
    expect(targets).toEqual(
      expect.arrayContaining([
        { url: `${shop.origin}/old${path}`, status: 200, endsAt: `${shop.origin}/` },
        { url: targetUrl, status: 200, endsAt: null },
      ]),
    );
  });

  it('never looks at an inner address that a link or a redirect names', async () => {
    const { check, path } = await watched((_, page) => linkTo(`/go${page}`) + linkTo(`/out${page}`));
    blog.write(`/go${path}`, redirectTo('http://10.0.0.1/'));
    blog.write(`/out${path}`, redirectTo('http://169.254.169.254/latest/'));

    expect(await check()).toMatchObject({ verdict: 'not_live', reasonCodes: ['LINK_NOT_FOUND'] });
    const rows: unknown[] = await t.db.query(
      `SELECT status, ends_at_url AS "endsAt" FROM target_looks WHERE workspace_id = $1 AND url_key IN ($2, $3)`,
      [t.owner.workspaceId, `${blog.origin}/go${path}`, `${blog.origin}/out${path}`],
    );
    expect(rows).toEqual([
      { status: null, endsAt: null },
      { status: null, endsAt: null },
    ]);
  });

  it('asks a target once a day, however many links lead to it, and each workspace for itself', async () => {
    const first = await watched(linkTo);
    await first.check();
    const other = await t.makeWorkspace();
    const timesAsked = () => shop.requests(`/guide${first.path}`);
    const asked = timesAsked();
    await first.check(HOUR_MS);
    await first.check(DAY_MS / 2);
    expect(timesAsked() - asked).toBe(0);

    await makeBacklink(t.db, other.workspaceId, { sourceUrl: blog.origin + first.path, targetUrl: first.targetUrl, nextAt: t.clock.now() });
    await t.run('check');
    expect(timesAsked() - asked).toBe(1);
    await first.check(DAY_MS);

    expect(timesAsked() - asked).toBe(2);
  });

  it('looks once when two checks ask at once', async () => {
    const { targetUrl, path } = await watched(linkTo);
    const twin = await startFixtureSite();
    twin.write(path, article(linkTo(targetUrl)));
    await makeBacklink(t.db, t.owner.workspaceId, { sourceUrl: twin.origin + path, targetUrl, nextAt: t.clock.now() });
    const asked = shop.requests(`/guide${path}`);

    await t.run('check');

    expect(shop.requests(`/guide${path}`) - asked).toBe(1);
    await twin.close();
  });

  describe('by the settings of the workspace', () => {
    it('tells one slash more from the target, unless the team says that it is no matter', async () => {
      const { check } = await watched((target) => linkTo(`${target}/`));
      shop.always(answerStatus(503));

      expect(await check()).toMatchObject({ verdict: 'not_live', reasonCodes: ['WRONG_TARGET_PATH'] });
      const { body } = await t.as(t.owner.key).patch('/workspace', { linkIgnoreSlash: true }, '*').expect(200);
      expect(body).toMatchObject({ linkIgnoreSlash: true, linkIgnoreWww: false });
      const after = await check(HOUR_MS);
      await t.as(t.owner.key).patch('/workspace', { linkIgnoreSlash: false }, '*').expect(200);
      shop.always();

      expect(after).toMatchObject({ verdict: 'live', reasonCodes: [] });
    });

    it('tells www. from the bare name, unless the team says that it is no matter', async () => {
      const { id, check } = await watched(() => linkTo('https://www.shop.example/guide'));
      await t.db.query(`UPDATE backlinks SET target_url = $3, target_key = $3 WHERE workspace_id = $1 AND id = $2`, [
        ...[t.owner.workspaceId, id, 'https://shop.example/guide'],
      ]);

      expect(await check()).toMatchObject({ verdict: 'not_live', reasonCodes: ['WRONG_TARGET_PATH'] });
      await t.as(t.owner.key).patch('/workspace', { linkIgnoreWww: true }, '*').expect(200);

      expect(await check(HOUR_MS)).toMatchObject({ verdict: 'live', reasonCodes: [] });
    });
  });
});
