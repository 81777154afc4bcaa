import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/platform/clock.js';
import { makeBacklink, makeProspect } from '../support/factories.js';
import { answerStatus, article, type SiteAnswer, startFixtureSite } from '../support/fixture-site.js';
import { LINK, linkWatch, TARGET } from '../support/link-watch.js';

describe('checks of backlinks', () => {
  const watch = linkWatch();
  const { reported, look, read } = watch;
  const eventsOf = async (id: string): Promise<string[]> => {
    const found: { type: string }[] = await watch.test.db.query(
      `SELECT type FROM events WHERE workspace_id = $1 AND data->'object'->>'id' = $2 ORDER BY tx, id`,
      [watch.test.owner.workspaceId, id],
    );
    return found.map(({ type }) => type);
  };

  it('finds a link live and keeps the evidence', async () => {
    const { id, path } = await reported(article(LINK));

    await look();

    expect(await read(id)).toMatchObject({
      state: 'live',
      compliance: { status: 'ok', codes: [] },
      lastVerdict: 'live',
      firstLiveAt: watch.test.clock.now().toISOString(),
      lastLiveAt: watch.test.clock.now().toISOString(),
      lastCheck: {
        verdict: 'live',
        reasonCodes: [],
        httpStatus: 200,
        finalUrl: watch.site.origin + path,
        chain: [{ url: watch.site.origin + path, status: 200 }],
        anchorText: 'the guide',
        rel: [],
        indexable: true,
        candidates: [{ href: TARGET, level: 'exact', place: 'anchor', context: expect.stringContaining('the guide') }],
        askedBy: 'person',
      },
    });
    expect(await eventsOf(id)).toEqual(['backlink.reported', 'backlink.live']);
    const [{ evidence }] = await watch.test.db.query('SELECT evidence FROM backlink_checks WHERE workspace_id = $1 AND backlink_id = $2', [
      watch.test.owner.workspaceId,
      id,
    ]);
    expect(evidence).toMatchObject({
      bodyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      agent: expect.stringContaining('Linkwright'),
      ip: '127.0.0.1',
    });
  });

  it('says what is against the terms', async () => {
    const { id } = await reported(article(LINK.replace('<a', '<a rel="nofollow"')), { expectedRel: ['follow'] });

    await look();

    expect(await read(id)).toMatchObject({ state: 'degraded', compliance: { status: 'violated', codes: ['REL_NOFOLLOW'] } });
    expect(await eventsOf(id)).toEqual(['backlink.reported', 'backlink.degraded']);
  });

  it('leaves a page without the link reported, with the reason, and rejects it after three misses in a day', async () => {
    const { id } = await reported(article('No link.'));

    await look();
    expect(await read(id)).toMatchObject({ state: 'reported', lastCheck: { verdict: 'not_live', reasonCodes: ['LINK_NOT_FOUND'] } });
    for (const wait of [10 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 8 * HOUR_MS]) await look(wait);
    expect(await read(id)).toMatchObject({ state: 'reported' });
    await look(DAY_MS);

    expect(await read(id)).toMatchObject({ state: 'rejected' });
  });

  it('has bad days without a single loss', async () => {
    const { id } = await reported(article(LINK));
    await look();
    const before = await read(id);
    const troubles: SiteAnswer[] = [
      answerStatus(503),
      answerStatus(429, { 'retry-after': '3600' }),
      answerStatus(403, { 'cf-mitigated': 'challenge' }),
      (request) => request.socket.destroy(),
      (_request, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<script src=/app.js></script><div id=app></div>'),
    ];

    for (const trouble of [...troubles, ...troubles]) {
      watch.site.always(trouble);
      await look(2 * DAY_MS);
      expect(await read(id)).toMatchObject({ state: 'live', lastVerdict: 'unknown' });
    }

    expect(await read(id)).toMatchObject({ lastLiveAt: before.lastLiveAt, compliance: before.compliance, reviewDueAt: expect.any(String) });
    watch.site.always();
    await look(2 * DAY_MS);
    expect(await read(id)).toMatchObject({ state: 'live', lastVerdict: 'live', reviewDueAt: null });
    expect(await eventsOf(id)).toEqual(['backlink.reported', 'backlink.live']);
  });

  it('suspects, loses once, and finds again', async () => {
    const { id, path } = await reported(article(LINK));
    await look();
    watch.site.write(path, article('Gone.'));

    await look(2 * HOUR_MS);
    expect(await read(id)).toMatchObject({ state: 'suspect' });
    for (const wait of [2 * HOUR_MS, 6 * HOUR_MS]) await look(wait);
    expect(await read(id)).toMatchObject({ state: 'suspect' });
    await look(DAY_MS);
    expect(await read(id)).toMatchObject({ state: 'lost' });
    await look(2 * DAY_MS);
    watch.site.write(path, article(LINK));
    await look(5 * DAY_MS);

    expect(await read(id)).toMatchObject({ state: 'live' });
    expect(await eventsOf(id)).toEqual(['backlink.reported', 'backlink.live', 'backlink.suspect', 'backlink.lost', 'backlink.recovered']);
  });

  it('tells a change only when it was seen twice', async () => {
    const { id, path } = await reported(article(LINK), { expectedRel: ['follow'] });
    await look();
    watch.site.write(path, article(LINK.replace('<a', '<a rel="nofollow"')));

    await look(2 * HOUR_MS);
    expect(await read(id)).toMatchObject({ state: 'live', compliance: { codes: ['REL_NOFOLLOW'] } });
    await look(2 * HOUR_MS);

    expect(await read(id)).toMatchObject({ state: 'degraded' });
    expect(await eventsOf(id)).toEqual(['backlink.reported', 'backlink.live', 'backlink.changed', 'backlink.degraded']);
  });

  it('asks for a person when a page is built by scripts, and takes their word', async () => {
    const { id } = await reported('<script src=/app.js></script><div id=app></div>');
    await look();
    await look(10 * MINUTE_MS);
    expect(await read(id)).toMatchObject({ state: 'needs_review', lastCheck: { reasonCodes: expect.arrayContaining(['JS_SUSPECTED']) } });

    const expiresAt = new Date(watch.test.clock.now().getTime() + 30 * DAY_MS).toISOString();
    await watch.test
      .as(watch.test.owner.key)
      .post(`/backlinks/${id}/attestations`, { outcome: 'live', note: 'Seen in a browser.', expiresAt })
      .expect(201);

    expect(await read(id)).toMatchObject({ state: 'live', reviewDueAt: expiresAt });
    expect(await eventsOf(id)).toEqual(['backlink.reported', 'backlink.needs_review', 'backlink.live']);
  });

  it('marks a parked site once, whatever links it bears', async () => {
    const { workspaceId } = watch.test.owner;
    await watch.test.db.query('/* all-workspaces: test */ UPDATE backlinks SET next_at = NULL');
    const prospect = await makeProspect(watch.test.db, workspaceId);
    const parked = '<title>For sale</title><p>This domain is for sale. Buy this domain.';
    for (const path of ['/parked-1', '/parked-2']) {
      watch.site.write(path, parked);
      await makeBacklink(watch.test.db, workspaceId, {
        sourceUrl: watch.site.origin + path,
        state: 'live',
        prospectId: prospect.id,
        nextAt: watch.test.clock.now(),
      });
    }

    await look();
    await look(2 * DAY_MS);

    const [{ condition }] = await watch.test.db.query('SELECT condition FROM prospects WHERE workspace_id = $1 AND id = $2', [
      workspaceId,
      prospect.id,
    ]);
    const tasks = await watch.test.db.query(`SELECT id FROM tasks WHERE workspace_id = $1 AND kind = 'site_parked'`, [workspaceId]);
    expect({ condition, tasks: tasks.length }).toEqual({ condition: 'parked', tasks: 1 });
  });

  it('ends the watch when the term ends', async () => {
    const { id } = await reported(article(LINK));
    await look();
    const expiresAt = new Date(watch.test.clock.now().getTime() + HOUR_MS / 4);
    await watch.test.db.query('UPDATE backlinks SET expires_at = $3, next_at = $3 WHERE workspace_id = $1 AND id = $2', [
      watch.test.owner.workspaceId,
      id,
      expiresAt,
    ]);

    await look(HOUR_MS);

    expect(await read(id)).toMatchObject({ state: 'closed', nextCheckAt: null });
    expect((await eventsOf(id)).at(-1)).toBe('backlink.expired');
  });

  it('takes pages that no database would', async () => {
    // cut to the 1,000 characters that are kept, these words end in half a character
    const { id } = await reported(article(`\0<a href="${TARGET}">\0${'x'.repeat(999)}😀</a>`));
    const words = `${'x'.repeat(999)}😀`;
    const { id: other } = await reported(article(`<a href="${TARGET}">${words}</a>`));
    await watch.test.db.query('UPDATE backlinks SET next_at = $3 WHERE workspace_id = $1 AND id = $2', [
      watch.test.owner.workspaceId,
      id,
      watch.test.clock.now(),
    ]);

    await look();

    expect(await read(id)).toMatchObject({ state: 'live' });
    expect(await read(other)).toMatchObject({ state: 'live', lastCheck: { anchorText: `${'x'.repeat(999)}\uFFFD` } });
  });

  describe('many at once', () => {
    it('never fetches two pages of a host side by side, and none twice', async () => {
      await watch.test.db.query('/* all-workspaces: test */ UPDATE backlinks SET next_at = NULL');
      for (let at = 0; at < 12; at += 1) {
        watch.site.write(`/many-${at}`, (_request, response) =>
          setTimeout(() => response.writeHead(200, { 'content-type': 'text/html' }).end(article(LINK)), 5),
        );
        await makeBacklink(watch.test.db, watch.test.owner.workspaceId, {
          sourceUrl: `${watch.site.origin}/many-${at}`,
          targetUrl: TARGET,
          nextAt: watch.test.clock.now(),
        });
      }
      const requests = watch.site.requests();

      await look();

      expect(watch.site.requests() - requests).toBe(12);
      expect(watch.site.mostAtOnce()).toBe(1);
    });

    it('does not let a page that hangs hold up the check of another site', async () => {
      const [arrived, released] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const hanging = await reported((_request, response) => {
        arrived.resolve(undefined);
        void released.promise.then(() => response.writeHead(200, { 'content-type': 'text/html' }).end(article(LINK)));
      });
      const first = look();
      await arrived.promise;
      const quick = await startFixtureSite();
      quick.write('/quick', article(LINK));
      const { id } = await watch.reports.report(watch.test.owner.actor, { sourceUrl: `${quick.origin}/quick`, targetUrl: TARGET });

      const second = look();
      for (let tries = 0; tries < 500 && (await read(id)).state !== 'live'; tries += 1);
      const [seen, waiting] = [await read(id), await read(hanging.id)];
      released.resolve(undefined);
      await Promise.all([first, second, quick.close()]);

      expect([seen.state, waiting.state]).toEqual(['live', 'verifying']);
      expect(await read(hanging.id)).toMatchObject({ state: 'live' });
    });

    it('checks a link again when its worker died', async () => {
      const { id } = await reported(article(LINK));
      await watch.test.db.query(
        `UPDATE backlinks SET state = 'verifying', claim_token = $3, claimed_until = $4 WHERE workspace_id = $1 AND id = $2`,
        [...[watch.test.owner.workspaceId, id, '0190aaaa-0000-7000-8000-000000000001'], new Date(watch.test.clock.now().getTime() + 2 * MINUTE_MS)],
      );

      await look(MINUTE_MS);
      expect(await read(id)).toMatchObject({ state: 'verifying' });
      await look(2 * MINUTE_MS);

      expect(await read(id)).toMatchObject({ state: 'live' });
    });

    it('drops what it saw when the claim was lost meanwhile', async () => {
      const { id, path } = await reported(article(LINK));
      watch.site.write(path, (_request, response) => {
        void watch.test.db
          .query('UPDATE backlinks SET claim_token = $3 WHERE workspace_id = $1 AND id = $2', [
            ...[watch.test.owner.workspaceId, id, '0190aaaa-0000-7000-8000-000000000002'],
          ])
          .then(() => response.writeHead(200, { 'content-type': 'text/html' }).end(article(LINK)));
      });

      await look();

      expect(await read(id)).toMatchObject({ state: 'verifying', lastCheck: null });
    });
  });
});
