import { encodeCursor } from '../../src/platform/http/lists/paging.js';
import { newId } from '../../src/platform/ids.js';
import { makeProspect } from '../support/factories.js';
import { createTestApp, type TestApp, TEST_START } from '../support/test-app.js';

interface Answer {
  readonly data: readonly { readonly id: string }[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

describe('cursors', () => {
  let t: TestApp;
  let cursor: string;

  beforeAll(async () => {
    t = await createTestApp();
    for (let site = 0; site < 5; site += 1) await makeProspect(t.db, t.owner.workspaceId);
    cursor = (await list('?limit=2')).nextCursor ?? '';
  });

  afterAll(() => t.close());

  const list = async (query: string): Promise<Answer> => (await t.as(t.owner.key).get(`/prospects${query}`).expect(200)).body as Answer;
  const refused = async (path: string, as = t.owner.key): Promise<unknown[]> => {
    const { status, body } = await t.as(as).get(path);
    return [status, body.code, body.errors?.[0].pointer];
  };
  const INVALID = [400, 'invalid_cursor', '?after'];

  it('go on where the page before ended, with a page of another size too', async () => {
    const first = await list('?limit=2');
    const rest = await list(`?limit=100&after=${cursor}`);

    expect(rest.data).toHaveLength(3);
    expect(new Set([...first.data, ...rest.data].map(({ id }) => id)).size).toBe(5);
  });

  it('do not care in which order the parameters stand', async () => {
    const { nextCursor } = await list('?limit=1&sort=createdAt&q=tea-blog');

    expect((await list(`?q=tea-blog&after=${nextCursor ?? ''}&limit=2&sort=createdAt`)).data).toHaveLength(2);
  });

  it.each<[what: string, forged: () => string]>([
    ['a place that nobody was given', () => encodeCursor([TEST_START.toISOString(), newId()], '-createdAt')],
    ['one with a made-up signature', () => `${encodeCursor([TEST_START.toISOString(), newId()], '-createdAt')}.${'A'.repeat(16)}`],
    ['one whose place was altered', () => `${encodeCursor(['2026-01-01T00:00:00Z', newId()], '-createdAt')}.${cursor.split('.')[1] ?? ''}`],
    ['one with something behind it', () => `${cursor}.x`],
    ['a shortened one', () => cursor.slice(0, -1)],
    ['no cursor at all', () => 'x'],
  ])('are refused when forged: %s', async (_, forged) => {
    expect(await refused(`/prospects?after=${forged()}`)).toEqual(INVALID);
  });

  it.each([
    ['another list', () => `/contacts?after=${cursor}`],
    ['another sort', () => `/prospects?sort=createdAt&after=${cursor}`],
    ['another filter', () => `/prospects?filter[tag]=tea&after=${cursor}`],
    ['another search', () => `/prospects?q=tea&after=${cursor}`],
  ])('are refused at %s', async (_, path) => {
    expect(await refused(path())).toEqual(INVALID);
  });

  it('are refused in another workspace, and taken from a colleague', async () => {
    const stranger = await t.makeWorkspace();

    expect(await refused(`/prospects?after=${cursor}`, stranger.key)).toEqual(INVALID);
    await t
      .as(await t.makeKey('viewer'))
      .get(`/prospects?after=${cursor}`)
      .expect(200);
  });

  it.each(['-createdAt', 'createdAt'])('miss nothing and show nothing twice while others add rows, sorted by %s', async (sort) => {
    const before = new Set((await list('?limit=100')).data.map(({ id }) => id));
    const seen: string[] = [];
    let after = '';
    let pages = 0;

    do {
      const page = await list(`?limit=2&sort=${sort}${after && `&after=${after}`}`);
      seen.push(...page.data.map(({ id }) => id));
      pages += 1;
      // two at the very instant of all others, one later; at last nothing is added, or nobody would ever reach the end
      for (const seconds of pages <= 3 ? [0, 0, 1] : []) {
        const site = await makeProspect(t.db, t.owner.workspaceId);
        await t.db.query('UPDATE prospects SET created_at = created_at + make_interval(secs => $3) WHERE workspace_id = $1 AND id = $2', [
          ...[t.owner.workspaceId, site.id, seconds],
        ]);
      }
      after = page.nextCursor ?? '';
    } while (after !== '');

    expect(new Set(seen).size).toBe(seen.length);
    expect([...before].filter((id) => !seen.includes(id))).toEqual([]);
  });
});
