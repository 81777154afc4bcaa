import { HOUR_MS } from '../../src/platform/clock.js';
import { answerStatus, article, type SiteAnswer } from '../support/fixture-site.js';
import { LINK, linkWatch, TARGET } from '../support/link-watch.js';

describe('changes of a watched link', () => {
  const watch = linkWatch();
  const { reported, look, read } = watch;
  const changesOf = async (id: string): Promise<unknown[]> => {
    const found: { data: { object: { state: string }; changes?: unknown[] } }[] = await watch.test.db.query(
      `SELECT data FROM events WHERE workspace_id = $1 AND data->'object'->>'id' = $2 AND type = 'backlink.changed' ORDER BY tx, id`,
      [watch.test.owner.workspaceId, id],
    );
    return found.map(({ data }) => ({ state: data.object.state, changes: data.changes }));
  };
  const one = (field: string, before: string | null, after: string | null): object => ({ field, before, after });

  it.each<[string, string, object]>([
    ['rel', article(LINK.replace('<a', '<a rel="ugc"')), one('rel', '', 'ugc')],
    ['anchor', article(LINK.replace('the guide', 'this page')), one('anchorText', 'the guide', 'this page')],
    ['target', article(LINK.replace(TARGET, `${TARGET}?utm_source=blog`)), one('linkUrl', TARGET, `${TARGET}?utm_source=blog`)],
    ['canonical', `<link rel=canonical href="https://other.example/">${article(LINK)}`, one('canonical', null, 'https://other.example/')],
    ['index', `<meta name=robots content=noindex>${article(LINK)}`, one('noindex', 'false', 'true')],
    [
      'paragraph',
      `<p>Our partners: ${'cheap flights and hotels, '.repeat(12)}${LINK}${', loans without papers'.repeat(12)}</p>`,
      one('paragraph', null, null),
    ],
  ])('tells once, with before and after, of another %s', async (_, body, change) => {
    const { id, path } = await reported(article(LINK));
    await look();
    watch.site.write(path, body);

    await look(2 * HOUR_MS);
    expect(await changesOf(id)).toEqual([]);
    for (const wait of [2 * HOUR_MS, 48 * HOUR_MS]) await look(wait);

    const { state } = await read(id);
    expect(await changesOf(id)).toEqual([{ state, changes: [change] }]);
  });

  it('tells of a change against the agreement, and of the way back, in one event each', async () => {
    const { id, path } = await reported(article(LINK), { expectedRel: ['follow'] });
    await look();
    for (const body of [article(LINK.replace('<a', '<a rel="nofollow"')), article(LINK)]) {
      watch.site.write(path, body);
      for (const wait of [7 * HOUR_MS, 2 * HOUR_MS]) await look(wait);
    }

    expect(await changesOf(id)).toEqual([
      { state: 'degraded', changes: [one('rel', '', 'nofollow')] },
      { state: 'live', changes: [one('rel', 'nofollow', '')] },
    ]);
  });

  it('tells nothing of a page that cannot be seen', async () => {
    const { id, path } = await reported(article(LINK));
    await look();
    const answers: SiteAnswer[] = [answerStatus(503), answerStatus(403)];
    for (const answer of answers) {
      watch.site.write(path, answer);
      await look(3 * HOUR_MS);
    }
    watch.site.write(path, article(LINK));
    await look(7 * HOUR_MS);

    expect(await changesOf(id)).toEqual([]);
    expect(await read(id)).toMatchObject({ state: 'live' });
  });
});
