import { article } from '../support/fixture-site.js';
import { makeBacklink } from '../support/factories.js';
import { LINK, linkWatch, TARGET } from '../support/link-watch.js';

const HOUR_MS = 3_600_000;

describe('changing a link', () => {
  const watch = linkWatch();
  const patch = (id: string, body: object) => watch.test.as(watch.test.owner.key).patch(`/backlinks/${id}`).set('If-Match', '*').send(body);
  const live = async (): Promise<string> => {
    const { id } = await watch.reported(article(LINK));
    await watch.look();
    return id;
  };
  const eventsOf = async (id: string): Promise<object[]> =>
    watch.test.db.query(
      `SELECT type, data->'changes' AS changes FROM events WHERE workspace_id = $1 AND data->'object'->>'id' = $2 ORDER BY tx, id`,
      [watch.test.owner.workspaceId, id],
    );

  it('judges it at once by what is agreed now', async () => {
    const id = await live();

    const { body } = await patch(id, {
      expectedRel: ['nofollow'],
      expectedAnchor: 'the guide',
      required: false,
      topValue: true,
      externalRef: 'L1',
    }).expect(200);
    expect(body).toMatchObject({
      expectedRel: ['nofollow'],
      expectedAnchor: 'the guide',
      required: false,
      topValue: true,
      externalRef: 'L1',
      state: 'live',
    });
    for (const wait of [0, 2 * HOUR_MS]) await watch.look(wait);

    expect(await watch.read(id)).toMatchObject({ state: 'degraded', lastCheck: { askedBy: 'schedule' } });
    await patch(id, { expectedRel: 'any', expectedAnchor: null, externalRef: null }).expect(200);
    await watch.look();
    expect(await watch.read(id)).toMatchObject({ state: 'live', expectedRel: null, expectedAnchor: null, externalRef: null });
  });

  it('keeps id and history when the page has moved, tells it once, and looks there', async () => {
    const id = await live();
    const before = (await watch.read(id)).sourceUrl;
    const sourceUrl = `${watch.site.origin}/moved-${id}`;
    watch.site.write(`/moved-${id}`, article(LINK));

    await patch(id, { sourceUrl }).expect(200);
    await watch.look();

    expect(await watch.read(id)).toMatchObject({ sourceUrl, state: 'live', lastCheck: { finalUrl: sourceUrl, askedBy: 'person' } });
    expect(await eventsOf(id)).toEqual([
      { type: 'backlink.reported', changes: null },
      { type: 'backlink.live', changes: null },
      { type: 'backlink.changed', changes: [{ field: 'pageUrl', before, after: sourceUrl }] },
    ]);
  });

  it('takes the first address of an expected link for a report', async () => {
    const { id } = await makeBacklink(watch.test.db, watch.test.owner.workspaceId, { state: 'expected', targetUrl: TARGET });
    await watch.test.db.query('UPDATE backlinks SET source_url = NULL, source_key = NULL WHERE workspace_id = $1 AND id = $2', [
      watch.test.owner.workspaceId,
      id,
    ]);
    watch.site.write(`/first-${id}`, article(LINK));

    await patch(id, { sourceUrl: `${watch.site.origin}/first-${id}` }).expect(200);
    await watch.look();

    expect(await watch.read(id)).toMatchObject({ state: 'live' });
  });

  it('watches a link of top value daily', async () => {
    const id = await live();
    await patch(id, { topValue: true }).expect(200);
    await watch.look(80 * HOUR_MS);

    const { nextCheckAt, lastCheckedAt } = await watch.read(id);
    expect((Date.parse(nextCheckAt) - Date.parse(lastCheckedAt)) / HOUR_MS).toBeLessThanOrEqual(26.4);
  });

  it('does not take the verdict of a check that began before', async () => {
    const { id, path } = await watch.reported(article(LINK));
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      watch.site.write(path, (_request, response) => {
        answer = () => response.writeHead(200, { 'content-type': 'text/html' }).end(article(LINK));
        resolve();
      });
    });
    const looking = watch.look();
    await asked;
    await patch(id, { expectedRel: ['sponsored'] }).expect(200);
    watch.site.write(path, article(LINK));
    answer();
    await looking;
    await watch.look();

    expect(await watch.read(id)).toMatchObject({ state: 'degraded', compliance: { codes: ['REL_MISSING_SPONSORED'] } });
    expect((await eventsOf(id)).map((event) => (event as { type: string }).type)).toEqual(['backlink.reported', 'backlink.degraded']);
  });

  it.each<[string, object, number, string]>([
    ['an inner address', { sourceUrl: 'http://169.254.169.254/latest' }, 422, 'target_not_public'],
    ['no address', { sourceUrl: 'page' }, 422, 'target_not_public'],
    ['a rel that is none', { expectedRel: ['dofollow'] }, 400, 'invalid_request'],
    ['an empty list of rels', { expectedRel: [] }, 400, 'invalid_request'],
    ['null where something must be', { required: null }, 400, 'invalid_request'],
    ['a field that cannot be changed', { state: 'live' }, 400, 'invalid_request'],
  ])('refuses %s and changes nothing', async (_, body, status, code) => {
    const id = await live();
    const before = await watch.read(id);

    const refused = await patch(id, { topValue: true, ...body }).expect(status);

    expect(refused.body.code).toBe(code);
    expect(await watch.read(id)).toEqual(before);
  });

  it('refuses what another link is, and a link that is closed', async () => {
    const [one, other] = [await live(), await live()];
    const { sourceUrl } = await watch.read(other);
    expect((await patch(one, { sourceUrl }).expect(409)).body.code).toBe('already_reported');

    const closed = await makeBacklink(watch.test.db, watch.test.owner.workspaceId, { state: 'closed' });
    expect((await patch(closed.id, { required: false }).expect(409)).body.code).toBe('link_closed');
  });
});
