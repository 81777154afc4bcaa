import { article, startFixtureSite, type FixtureSite } from '../support/fixture-site.js';
import { makeProject } from '../support/factories.js';
import { describeRendering, RENDER_TOKEN, RenderProcess } from '../support/render-process.js';
import { TARGET } from '../support/link-watch.js';
import { LinkReports } from '../../src/modules/backlinks/reports/link-reports.service.js';
import { DAY_MS } from '../../src/platform/clock.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const shell = (script: string): string => `<!doctype html><title>Tea</title><div id=root></div><script>${script}</script>`;
const filled = (body: string): string => shell(`document.getElementById('root').innerHTML = ${JSON.stringify(article(body))}`);

describeRendering('checks of pages that scripts make', () => {
  let renderer: RenderProcess;
  let test: TestApp;
  let site: FixtureSite;
  let pages = 0;

  const reported = async (page: string): Promise<string> => {
    await test.db.query('/* all-workspaces: test */ UPDATE backlinks SET next_at = NULL');
    const path = `/app-${(pages += 1)}`;
    site.write(path, page);
    const { id } = await test.app.get(LinkReports).report(test.owner.actor, { sourceUrl: site.origin + path, targetUrl: TARGET });
    return id;
  };
  const read = async (id: string) => (await test.as(test.owner.key).get(`/backlinks/${id}`).expect(200)).body;
  const evidenceOf = async (id: string) => {
    const rows = await test.db.query('SELECT evidence FROM backlink_checks WHERE workspace_id = $1 AND backlink_id = $2 ORDER BY id DESC', [
      test.owner.workspaceId,
      id,
    ]);
    return rows[0].evidence;
  };

  beforeAll(async () => {
    [renderer, site] = await Promise.all([RenderProcess.start({ FETCH_ALLOW_CIDRS: '127.0.0.1/32' }), startFixtureSite()]);
    test = await createTestApp({ env: { RENDER_URL: renderer.url, RENDER_TOKEN } });
    await makeProject(test.db, test.owner.workspaceId, { url: 'https://shop.example/', domain: 'shop.example' });
  });

  afterAll(async () => {
    await test.close();
    await site.close();
    await renderer.stop();
  });

  it('finds a link live that only scripts make, and says so in the evidence', async () => {
    const id = await reported(filled(`<a href="${TARGET}" rel="nofollow">the guide</a>`));

    await test.run('check');

    expect(await read(id)).toMatchObject({ state: 'live', lastCheck: { verdict: 'live', rel: ['nofollow'] } });
    expect(await evidenceOf(id)).toMatchObject({ rendered: true });
  });

  it('tells of a link that a whole rendered page does not bear', async () => {
    const id = await reported(filled('No link.'));

    await test.run('check');

    expect((await read(id)).lastCheck).toMatchObject({ verdict: 'not_live' });
    expect(await evidenceOf(id)).toMatchObject({ rendered: true });
  });

  it('misses nothing on a page whose data did not come', async () => {
    const id = await reported(shell(`fetch('/gone').then(() => { document.getElementById('root').innerHTML = ${JSON.stringify(article(''))} })`));

    await test.run('check');

    expect((await read(id)).lastCheck).toMatchObject({ verdict: 'unknown', reasonCodes: expect.arrayContaining(['JS_SUSPECTED']) });
    expect(await evidenceOf(id)).not.toHaveProperty('rendered');
  });

  it('does not show a browser what stands in the HTML', async () => {
    const id = await reported(`${article(`<a href="${TARGET}">the guide</a>`)}<script>document.body.innerHTML = ''</script>`);

    await test.run('check');

    expect(await read(id)).toMatchObject({ state: 'live' });
    expect(await evidenceOf(id)).not.toHaveProperty('rendered');
  });

  it('never loses a link when nothing renders any more', async () => {
    const id = await reported(filled(`<a href="${TARGET}">the guide</a>`));
    await test.run('check');
    expect(await read(id)).toMatchObject({ state: 'live' });

    await renderer.stop();
    for (let day = 0; day < 8; day += 1) {
      test.clock.advance(DAY_MS);
      await test.run('check');
    }

    expect(await read(id)).toMatchObject({ state: 'live', lastVerdict: 'unknown' });
  });
});
