import { claimDue, gatherDue } from '../../src/modules/backlinks/checks/link-claims.queries.js';
import { HOUR_MS } from '../../src/platform/clock.js';
import { newId } from '../../src/platform/ids.js';
import { SharedHostTurns } from '../../src/platform/web-fetch/manners/shared-host-turns.service.js';
import { HostAtRest } from '../../src/platform/web-fetch/net/fetch-refusal.js';
import { PageFetcher } from '../../src/platform/web-fetch/net/page-fetcher.js';
import { BuiltWorker } from '../support/built-worker.js';
import { makeBacklink, makeProject } from '../support/factories.js';
import { article, type FixtureSite, startFixtureSite } from '../support/fixture-site.js';
import { LINK, TARGET } from '../support/link-watch.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const GAP_MS = 40;

describe('the turns of hosts', () => {
  let test: TestApp;
  let site: FixtureSite;
  /** When each request began and ended. */
  let visits: { from: number; to: number }[] = [];

  const watched = (path: string, over: { nextAt?: Date; state?: 'live' | 'reported' } = {}) =>
    makeBacklink(test.db, test.owner.workspaceId, {
      sourceUrl: site.origin + path,
      targetUrl: TARGET,
      state: 'live',
      nextAt: test.clock.now(),
      ...over,
    });
  const closest = (): number => {
    const inOrder = [...visits].sort((a, b) => a.from - b.from);
    return Math.min(...inOrder.slice(1).map(({ from }, at) => from - (inOrder[at]?.to ?? 0)));
  };

  beforeAll(async () => {
    [test, site] = await Promise.all([createTestApp({ env: { FETCH_HOST_GAP_MS: String(GAP_MS) } }), startFixtureSite()]);
    await makeProject(test.db, test.owner.workspaceId, { url: 'https://shop.example/', domain: 'shop.example' });
  });

  beforeEach(async () => {
    visits = [];
    await test.db.query('DELETE FROM robots_files');
    await test.db.query('/* all-workspaces: test */ UPDATE backlinks SET next_at = NULL');
    await test.db.query('DELETE FROM fetch_hosts');
    site.always((_request, response) => {
      const visit = { from: performance.now(), to: Infinity };
      visits.push(visit);
      setTimeout(() => {
        visit.to = performance.now();
        response.writeHead(200, { 'content-type': 'text/html' }).end(article(LINK));
      }, 5);
    });
  });

  afterAll(async () => {
    await test.close();
    await site.close();
  });

  it('lets a claim that holds the host pass by who waits for the host in the same process', async () => {
    const turns = test.app.get(SharedHostTurns);
    const held = { token: newId() };
    await (await turns.take('tea.example', held)).end();
    await test.db.query(`UPDATE fetch_hosts SET lease_token = $1, turn_at = clock_timestamp() + interval '1 hour' WHERE host = 'tea.example'`, [
      held.token,
    ]);
    const waiting = turns.take('tea.example', {});

    await (await turns.take('tea.example', held)).end();
    await (await waiting).end();
  });

  it('come one at a time and apart, though the clock of the product stands still', async () => {
    for (let page = 0; page < 8; page += 1) await watched(`/page-${page}`);

    await test.run('check');

    expect(visits).toHaveLength(9); // and robots.txt
    expect(closest()).toBeGreaterThanOrEqual(GAP_MS - 1); // timers of Node are that exact
  });

  it('hold across processes', async () => {
    const env = {
      DATABASE_URL: test.config.DATABASE_URL ?? '',
      SECRET_KEY: test.config.SECRET_KEY ?? '',
      FETCH_ALLOW_CIDRS: '127.0.0.0/8',
      FETCH_HOST_GAP_MS: String(GAP_MS),
    };
    const links = 40;
    for (let page = 0; page < links; page += 1) await watched(`/shared-${page}`);
    const workers = [new BuiltWorker(env), new BuiltWorker(env)];

    try {
      for (const worker of workers) await worker.until('all pages were seen', () => visits.length >= links + 1);
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }

    expect(site.mostAtOnce()).toBe(1);
    expect(closest()).toBeGreaterThanOrEqual(GAP_MS - 1);
  });

  it('are asked for at each hop of a redirect', async () => {
    const other = await startFixtureSite();
    other.always((_request, response) => response.writeHead(302, { location: `${site.origin}/end` }).end());
    const turns = test.app.get(SharedHostTurns, { strict: false });
    const held = await turns.take(new URL(site.origin).host, {});
    const fetched = test.app.get(PageFetcher).fetchPage(`${other.origin}/start`);
    while (other.requests() === 0) await new Promise((resolve) => setImmediate(resolve));

    expect(visits).toHaveLength(0);
    await held.end();

    expect(await fetched).toMatchObject({ kind: 'page', finalUrl: `${site.origin}/end` });
    await other.close();
  });

  it('end when a host asks for rest, for all of its pages, until that time', async () => {
    await watched('/limited');
    await watched('/other', { nextAt: new Date(test.clock.now().getTime() + 1) });
    site.always((request, response) => {
      visits.push({ from: 0, to: 0 });
      if (request.url === '/robots.txt') response.writeHead(404).end();
      else response.writeHead(429, { 'retry-after': '3600' }).end();
    });
    await test.run('check');
    expect(visits).toHaveLength(2);
    test.clock.advance(HOUR_MS / 2);

    await test.run('check');
    expect(visits).toHaveLength(2);
    await expect(test.app.get(SharedHostTurns, { strict: false }).take(new URL(site.origin).host, {})).rejects.toThrow(HostAtRest);
    test.clock.advance(HOUR_MS);
    await test.run('check');

    expect(visits.length).toBeGreaterThan(2);
  });

  it('tell who waits at once that the host wants to be left alone', async () => {
    await test.db.query(`INSERT INTO fetch_hosts (host, turn_at, rest_until) VALUES ($1, now(), $2)`, [
      new URL(site.origin).host,
      new Date(test.clock.now().getTime() + HOUR_MS),
    ]);
    const { id } = await watched('/asked', { state: 'reported' });
    await test.db.query(`UPDATE backlinks SET asked_by = 'prospect' WHERE workspace_id = $1 AND id = $2`, [test.owner.workspaceId, id]);

    await test.run('check');

    expect(visits).toHaveLength(0);
    const { body } = await test.as(test.owner.key).get(`/backlinks/${id}`).expect(200);
    expect(body).toMatchObject({ state: 'reported', lastCheck: { verdict: 'unknown', reasonCodes: ['HTTP_429'] } });
  });
});

describe('the order of due links', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await createTestApp({ env: { FETCH_HOST_GAP_MS: '60000' } });
    await makeProject(test.db, test.owner.workspaceId, { url: 'https://shop.example/', domain: 'shop.example' });
  });

  afterAll(() => test.close());

  /** Many links at once: the page of each is `origin` and its number. */
  const backlog = async (origin: string, count: number, overdueMs: number): Promise<void> => {
    const { id } = await makeBacklink(test.db, test.owner.workspaceId, { sourceUrl: `${origin}/0`, targetUrl: TARGET, state: 'live' });
    await test.db.query(
      `INSERT INTO backlinks (workspace_id, id, project_id, origin, source_url, source_key, target_url, target_key, state, state_changed_at, next_at, created_at)
       SELECT workspace_id, gen_random_uuid(), project_id, origin, $3 || n, $3 || n, target_url, target_key, state, state_changed_at,
              $4::timestamptz + n * interval '1 millisecond', created_at
         FROM backlinks, generate_series(1, $5::int) AS n WHERE workspace_id = $1 AND id = $2`,
      [test.owner.workspaceId, id, `${origin}/`, new Date(test.clock.now().getTime() - overdueMs), count],
    );
  };
  const claim = async (limit = 20) => {
    const at = test.clock.now();
    while (await gatherDue(test.db, at));
    return claimDue(test.db, { at, token: newId(), limit, planned: limit });
  };

  it('puts a fresh report before any backlog, and lets no site with many links starve another', async () => {
    await backlog('https://huge.example', 3000, 10 * HOUR_MS);
    await backlog('https://small.example', 1, HOUR_MS);
    const { id } = await makeBacklink(test.db, test.owner.workspaceId, { sourceUrl: 'https://huge.example/fresh', state: 'reported' });
    await test.db.query(`UPDATE backlinks SET asked_by = 'prospect', next_at = $3 WHERE workspace_id = $1 AND id = $2`, [
      ...[test.owner.workspaceId, id],
      test.clock.now(),
    ]);

    const claimed = await claim();

    expect(claimed.map(({ sourceUrl }) => sourceUrl)).toEqual(expect.arrayContaining(['https://huge.example/fresh', 'https://small.example/1']));
    expect(claimed).toHaveLength(2); // one of a host
    expect(claimed.map((link) => link.id)).toContain(id);
    expect(await claim()).toEqual([]); // both hosts are held
  });

  it('serves the sites in turn', async () => {
    await test.db.query('/* all-workspaces: test */ UPDATE backlinks SET next_at = NULL');
    await test.db.query('DELETE FROM fetch_hosts');
    await backlog('https://first.example', 5, 5 * HOUR_MS);
    await backlog('https://second.example', 2, HOUR_MS);
    const seen: string[] = [];

    for (let round = 0; round < 4; round += 1) {
      seen.push(...(await claim(1)).map(({ sourceUrl }) => new URL(sourceUrl).host));
      await test.db.query(`UPDATE fetch_hosts SET turn_at = clock_timestamp(), lease_token = NULL WHERE lease_token IS NOT NULL`);
    }

    expect([...seen].sort()).toEqual(['first.example', 'first.example', 'second.example', 'second.example']);
    expect(new Set(seen.slice(0, 2)).size).toBe(2);
  });

  it('gives a link to one of many who claim at once', async () => {
    await test.db.query('/* all-workspaces: test */ UPDATE backlinks SET next_at = NULL');
    await test.db.query('DELETE FROM fetch_hosts');
    for (let host = 0; host < 30; host += 1) await backlog(`https://host-${host}.example`, 3, HOUR_MS);

    const claimed = (await Promise.all(Array.from({ length: 6 }, () => claim(10)))).flat();

    expect(claimed).toHaveLength(30);
    expect(new Set(claimed.map(({ sourceUrl }) => new URL(sourceUrl).host)).size).toBe(30);
  });
});
