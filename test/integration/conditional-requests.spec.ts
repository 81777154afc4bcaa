import type { IncomingMessage } from 'node:http';
import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { article, type SiteAnswer } from '../support/fixture-site.js';
import { LINK, linkWatch } from '../support/link-watch.js';

describe('pages that have not changed', () => {
  const watch = linkWatch();
  const { reported, look, read } = watch;
  /** What each request for a page carried, and what it was answered. */
  let asked: { sent: IncomingMessage['headers']; status: number }[] = [];

  /** A server that knows the version of its page. */
  const versioned = (page: () => { html: string; marks: Record<string, string>; more?: Record<string, string> }): SiteAnswer => {
    return (request, response) => {
      const { html, marks, more = {} } = page();
      const same =
        (marks['etag'] !== undefined && request.headers['if-none-match'] === marks['etag']) ||
        (marks['last-modified'] !== undefined && request.headers['if-modified-since'] === marks['last-modified']);
      asked.push({ sent: request.headers, status: same ? 304 : 200 });
      response.writeHead(same ? 304 : 200, { ...(!same && { 'content-type': 'text/html' }), ...marks, ...more }).end(same ? undefined : html);
    };
  };
  const statuses = (): number[] => asked.map(({ status }) => status);
  const lastEvidence = async (id: string) => {
    const [row] = await watch.test.db.query(
      'SELECT evidence FROM backlink_checks WHERE workspace_id = $1 AND backlink_id = $2 ORDER BY checked_at DESC, id DESC LIMIT 1',
      [watch.test.owner.workspaceId, id],
    );
    return row.evidence;
  };

  beforeEach(() => {
    asked = [];
  });

  it.each([
    ['an ETag', { etag: 'W/"one"' }],
    ['a date', { 'last-modified': 'Mon, 02 Nov 2026 09:00:00 GMT' }],
  ])('are not sent again when they bear %s, and the check repeats what stood there', async (_, marks) => {
    const { id } = await reported(versioned(() => ({ html: article(LINK), marks })));
    await look();
    const first = await lastEvidence(id);

    await look(2 * HOUR_MS);

    expect(statuses()).toEqual([200, 304]);
    expect(await read(id)).toMatchObject({
      state: 'live',
      lastVerdict: 'live',
      lastCheck: { verdict: 'live', httpStatus: 304, anchorText: 'the guide' },
    });
    expect(await lastEvidence(id)).toMatchObject({ notModified: true, bodyHash: first.bodyHash, candidates: first.candidates });
  });

  it('are judged anew by the headers of now', async () => {
    let more: Record<string, string> = {};
    const { id } = await reported(versioned(() => ({ html: article(LINK), marks: { etag: '"one"' }, more })));
    await look();
    more = { 'x-robots-tag': 'noindex' };

    await look(2 * HOUR_MS);

    expect(statuses()).toEqual([200, 304]);
    expect(await read(id)).toMatchObject({ lastCheck: { reasonCodes: ['NOINDEX_HEADER'], indexable: false } });
  });

  it('are read again now and then, whatever the server says', async () => {
    const { id } = await reported(versioned(() => ({ html: article(LINK), marks: { etag: '"lies"' } })));
    await look();

    for (let day = 0; day < 8; day += 1) await look(4 * DAY_MS);

    expect(statuses()).toEqual([200, 304, 304, 304, 304, 304, 304, 200, 304]);
    expect(await read(id)).toMatchObject({ state: 'live' });
  });

  it.each<[string, (id: string, path: string) => Promise<unknown>]>([
    ['when a person asks', (id) => change(id, `asked_by = 'person'`)],
    ['when the target is another', (id) => change(id, `target_url = target_url || '?a=b'`)],
    ['when other words are expected', (id) => change(id, `expected_anchor = 'guide'`)],
    ['when another rel is agreed', (id) => change(id, `expected_rel = '{nofollow}'`)],
    ['when it was paid meanwhile', (id) => change(id, 'paid = true')],
  ])('are sent whole %s', async (_, changed) => {
    const { id, path } = await reported(versioned(() => ({ html: article(LINK), marks: { etag: '"one"' } })));
    await look();
    await changed(id, path);

    await look(2 * HOUR_MS);

    expect(statuses()).toEqual([200, 200]);
  });

  const change = (id: string, set: string): Promise<unknown> =>
    watch.test.db.query(`UPDATE backlinks SET ${set} WHERE workspace_id = $1 AND id = $2`, [watch.test.owner.workspaceId, id]);

  it.each<[string, () => { html: string; more?: Record<string, string> }]>([
    ['did not bear the link', () => ({ html: article('Nothing.') })],
    ['will be forgotten at a date', () => ({ html: article(LINK), more: { 'x-robots-tag': 'unavailable_after: 2027-01-01' } })],
  ])('are sent whole where the page %s', async (_, page) => {
    await reported(versioned(() => ({ ...page(), marks: { etag: '"one"' } })));
    await look();

    await look(2 * HOUR_MS);

    expect(statuses()).toEqual([200, 200]);
  });

  it('are sent whole after a look that saw nothing, and where the way to them is another', async () => {
    const end = versioned(() => ({ html: article(LINK), marks: { etag: '"end"' } }));
    let status = 302;
    watch.site.write('/end', end);
    const { path } = await reported((_request, response) => response.writeHead(status, { location: '/end' }).end());
    await look();
    await look(2 * HOUR_MS);
    expect(statuses()).toEqual([200, 304]);
    status = 301;
    await look(6 * HOUR_MS);
    expect(statuses()).toEqual([200, 304, 200]);

    watch.site.write(path, (_request, response) => response.writeHead(503).end());
    await look(DAY_MS);
    watch.site.write(path, (_request, response) => response.writeHead(301, { location: '/end' }).end());
    await look(DAY_MS);

    expect(statuses()).toEqual([200, 304, 200, 200]);
  });

  it('are no page when nobody asked whether they changed', async () => {
    const { id } = await reported((_request, response) => response.writeHead(304).end());

    await look();

    expect(await read(id)).toMatchObject({ state: 'reported', lastVerdict: 'unknown' });
  });
});
