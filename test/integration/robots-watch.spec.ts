import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { article, startFixtureSite, type SiteAnswer } from '../support/fixture-site.js';
import { LINK, linkWatch } from '../support/link-watch.js';

const NO_ENTRY = 'User-agent: *\nDisallow: /post-';

describe('robots.txt and the watch', () => {
  const watch = linkWatch();
  const { reported, look, read } = watch;
  let asked: string[] = [];

  /** Keeps count of what is asked for. */
  const listening = (body: string, status = 200): SiteAnswer => {
    return (request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
    };
  };
  const pageOf = (): SiteAnswer => (request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-type': 'text/html' }).end(article(LINK));
  };
  const robots = (body: string, status = 200): void => {
    watch.site.write('/robots.txt', listening(body, status));
  };
  const tasks = async (id: string): Promise<{ due_at: Date }[]> =>
    watch.test.db.query(`SELECT due_at FROM tasks WHERE workspace_id = $1 AND kind = 'look_by_hand' AND subject_id = $2`, [
      watch.test.owner.workspaceId,
      id,
    ]);
  const evidence = async (id: string): Promise<{ robots: string }[]> => {
    const found: { evidence: { robots: string } }[] = await watch.test.db.query(
      'SELECT evidence FROM backlink_checks WHERE workspace_id = $1 AND backlink_id = $2 ORDER BY checked_at, id',
      [watch.test.owner.workspaceId, id],
    );
    return found.map((row) => row.evidence);
  };

  beforeEach(async () => {
    await watch.test.db.query('DELETE FROM robots_files');
    asked = [];
  });

  it('is not asked when a person wants to see their page, is obeyed by the watch, and leaves a task once a month', async () => {
    robots(NO_ENTRY);
    const { id, path } = await reported(pageOf());

    await look();
    expect(await read(id)).toMatchObject({ state: 'live', lastCheck: { askedBy: 'person' } });
    expect(asked).toEqual([path]);
    await look(2 * HOUR_MS);

    expect(asked).toEqual([path, '/robots.txt']);
    expect(await read(id)).toMatchObject({ state: 'live', lastCheck: { verdict: 'unknown', reasonCodes: ['ROBOTS_DISALLOW'], askedBy: 'schedule' } });
    expect((await evidence(id)).map((check) => check.robots)).toEqual(['not_asked', 'disallowed']);
    expect(await tasks(id)).toHaveLength(1);
    await watch.test.db.query(`UPDATE tasks SET done_at = created_at WHERE workspace_id = $1`, [watch.test.owner.workspaceId]);
    await look(8 * DAY_MS);
    expect(await tasks(id)).toHaveLength(1);
    await look(23 * DAY_MS);
    expect(await tasks(id)).toHaveLength(2);
    expect(asked.filter((url) => url === path)).toHaveLength(1);
  });

  it('is overruled once a day where there is an agreement, and the check says so', async () => {
    robots(NO_ENTRY);
    const { id, path } = await reported(pageOf());
    await watch.test.db.query('UPDATE backlinks SET paid = true WHERE workspace_id = $1 AND id = $2', [watch.test.owner.workspaceId, id]);
    await look();

    await look(2 * HOUR_MS);
    expect(await read(id)).toMatchObject({
      lastVerdict: 'unknown',
      nextCheckAt: new Date(watch.test.clock.now().getTime() + 22 * HOUR_MS).toISOString(),
    });
    await look(22 * HOUR_MS);

    expect(await read(id)).toMatchObject({ state: 'live', lastVerdict: 'live' });
    expect((await read(id)).lastCheck.reasonCodes).toContain('ROBOTS_DISALLOW');
    expect(asked.filter((url) => url === path)).toHaveLength(2);
    expect(await tasks(id)).toEqual([]);
  });

  it('is asked for once a day at most, whatever the number of pages', async () => {
    robots('User-agent: *\nDisallow: /private');
    await reported(pageOf());
    await look();
    for (const wait of [2 * HOUR_MS, 6 * HOUR_MS, DAY_MS / 2]) await look(wait);
    expect(asked.filter((url) => url === '/robots.txt')).toHaveLength(1);

    await look(2 * DAY_MS);

    expect(asked.filter((url) => url === '/robots.txt')).toHaveLength(2);
  });

  it('that cannot be read closes the site, without a loss', async () => {
    robots('', 503);
    const { id, path } = await reported(pageOf());
    await look();

    await look(2 * HOUR_MS);

    expect(await read(id)).toMatchObject({ state: 'live', lastCheck: { verdict: 'unknown', reasonCodes: ['ROBOTS_UNREACHABLE'] } });
    expect(asked.filter((url) => url === path)).toHaveLength(1);
    await look(31 * DAY_MS);
    expect(await read(id)).toMatchObject({ lastVerdict: 'live' });
  });

  it('that cannot be read any more is gone by as it was', async () => {
    robots('\uFEFFUser-agent: Linkwright\nAllow: /');
    const { id } = await reported(pageOf());
    await look();
    await look(2 * HOUR_MS);
    robots('', 500);

    await look(2 * DAY_MS);

    expect(await read(id)).toMatchObject({ lastVerdict: 'live' });
  });

  it.each([
    ['401', 401, true],
    ['404', 404, true],
    ['410', 410, true],
    ['500', 500, false],
  ])('answers %s', async (_, status, seen) => {
    robots(NO_ENTRY, status);
    const { id } = await reported(pageOf());
    await look();

    await look(2 * HOUR_MS);

    expect(await read(id)).toMatchObject({ lastVerdict: seen ? 'live' : 'unknown' });
  });

  it('is followed over redirects, and read when its type is wrong', async () => {
    watch.site.write('/robots.txt', (_request, response) => response.writeHead(301, { location: '/rules' }).end());
    watch.site.write('/rules', (_request, response) => response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(NO_ENTRY));
    const { id } = await reported(pageOf());
    await look();

    await look(2 * HOUR_MS);

    expect(await read(id)).toMatchObject({ lastCheck: { reasonCodes: ['ROBOTS_DISALLOW'] } });
  });

  it('of a site that a page leads to is asked, too', async () => {
    const other = await startFixtureSite();
    other.write('/robots.txt', (_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('User-agent: *\nDisallow: /'));
    robots('', 404);
    const { id } = await reported((_request, response) => response.writeHead(302, { location: `${other.origin}/moved` }).end());
    await watch.test.db.query(`UPDATE backlinks SET asked_by = 'schedule' WHERE workspace_id = $1 AND id = $2`, [watch.test.owner.workspaceId, id]);

    await look();
    const requests = other.requests();
    await other.close();

    expect(await read(id)).toMatchObject({ lastCheck: { verdict: 'unknown', reasonCodes: ['ROBOTS_DISALLOW'], chain: [{ status: 302 }] } });
    expect(requests).toBe(1);
  });
});
