import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { article, type SiteAnswer } from '../support/fixture-site.js';
import { LINK, linkWatch, TARGET } from '../support/link-watch.js';

/** Where what is asked for, what is kept, and what is judged meet. */
describe('a look at a page', () => {
  const watch = linkWatch();
  const { reported, look, read } = watch;
  let statuses: number[] = [];

  /** A page that knows its version, and so is sent once. */
  const versioned = (html: string): SiteAnswer => {
    return (request, response) => {
      const status = request.headers['if-none-match'] === '"one"' ? 304 : 200;
      statuses.push(status);
      response.writeHead(status, { 'content-type': 'text/html', etag: '"one"' }).end(status === 200 ? html : undefined);
    };
  };
  const robots = async (text: string): Promise<void> => {
    watch.site.write('/robots.txt', (_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(text));
    await watch.test.db.query('DELETE FROM robots_files');
  };
  const refreshTo = (url: string): string => `<meta http-equiv="refresh" content="0; url=${url}">${article('Moved.')}`;
  const redirectTo =
    (to: string): SiteAnswer =>
    (_request, response) =>
      response.writeHead(301, { location: to }).end();

  beforeEach(async () => {
    statuses = [];
    await robots('');
  });

  it('reads the page again when the workspace says anew how addresses are compared', async () => {
    const { id } = await reported(versioned(article(LINK)));
    await look();
    await watch.test.as(watch.test.owner.key).patch('/workspace', { linkIgnoreSlash: true }, '*').expect(200);

    await look(2 * HOUR_MS);
    await watch.test.as(watch.test.owner.key).patch('/workspace', { linkIgnoreSlash: false }, '*').expect(200);

    expect(statuses).toEqual([200, 200]);
    expect(await read(id)).toMatchObject({ state: 'live', lastVerdict: 'live' });
  });

  it('asks robots.txt before it follows a page that leads on by itself', async () => {
    watch.site.write('/kept-out/end', article(LINK));
    const { id } = await reported(refreshTo('/kept-out/end'));
    await look();
    expect(await read(id)).toMatchObject({ state: 'live', lastCheck: { chain: [{ refresh: true }, { status: 200 }] } });
    await robots('User-agent: *\nDisallow: /kept-out/');

    await look(2 * HOUR_MS);

    expect(watch.site.requests('/kept-out/end')).toBe(1);
    expect(await read(id)).toMatchObject({
      state: 'live',
      lastCheck: { verdict: 'unknown', reasonCodes: ['ROBOTS_DISALLOW'], chain: [{ refresh: true }] },
    });
  });

  it('is spared a page that another led to by itself, as long as that one leads there', async () => {
    watch.site.write('/refreshed', versioned(article(LINK)));
    const { id, path } = await reported(refreshTo('/refreshed'));
    await look();
    await look(2 * HOUR_MS);
    expect(statuses).toEqual([200, 304]);
    expect(await read(id)).toMatchObject({ lastCheck: { verdict: 'live', chain: [{ status: 200, refresh: true }, { status: 304 }] } });
    watch.site.write(path, article('No more.'));

    await look(DAY_MS);

    expect(await read(id)).toMatchObject({ state: 'suspect', lastCheck: { verdict: 'not_live', reasonCodes: ['LINK_NOT_FOUND'] } });
  });

  it('believes a redirect of a link while the page is unchanged, and reads it whole when the redirect is gone', async () => {
    watch.site.write('/go/guide', redirectTo(TARGET));
    watch.site.write('/elsewhere', article(''));
    const { id } = await reported(versioned(article('<a href="/go/guide">the guide</a>')));
    const target = `${watch.site.origin}/target`;
    watch.site.write('/target', article('The guide.'));
    watch.site.write('/go/guide', redirectTo(target));
    await watch.test.db.query('UPDATE backlinks SET target_url = $3, target_key = $3 WHERE workspace_id = $1 AND id = $2', [
      ...[watch.test.owner.workspaceId, id, target],
    ]);
    await look();
    await look(2 * HOUR_MS);
    expect(statuses).toEqual([200, 304]);
    expect(await read(id)).toMatchObject({ state: 'live', lastCheck: { verdict: 'live', reasonCodes: ['TARGET_REDIRECTS'] } });
    watch.site.write('/go/guide', redirectTo('/elsewhere'));

    await look(2 * DAY_MS);

    expect(statuses).toEqual([200, 304, 304, 200]);
    expect(await read(id)).toMatchObject({ state: 'suspect', lastCheck: { verdict: 'not_live' } });
  });

  it('keeps what a person saw of a redirect that robots.txt keeps the watch from', async () => {
    const target = `${watch.site.origin}/target`;
    watch.site.write('/target', article('The guide.'));
    watch.site.write('/go/kept', redirectTo(target));
    await robots('User-agent: *\nDisallow: /go/');
    const { id } = await reported(article('<a href="/go/kept">the guide</a>'));
    await watch.test.db.query('UPDATE backlinks SET target_url = $3, target_key = $3 WHERE workspace_id = $1 AND id = $2', [
      ...[watch.test.owner.workspaceId, id, target],
    ]);
    await look();
    const asked = watch.site.requests('/go/kept');

    await look(2 * DAY_MS);

    expect(asked).toBe(1);
    expect(watch.site.requests('/go/kept')).toBe(1);
    expect(await read(id)).toMatchObject({ state: 'live', lastCheck: { askedBy: 'schedule', verdict: 'live', reasonCodes: ['TARGET_REDIRECTS'] } });
  });
});
