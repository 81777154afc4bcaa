import { ApiProblem, createLinkwrightClient, type RetryOptions } from '../../client/src/index.js';
import { type Act, type ScriptedServer, startScriptedServer } from '../support/scripted-server.js';

const QUICK: RetryOptions = { baseMs: 1 };
const BUSY: Act = { status: 503, body: { code: 'unavailable', detail: 'Not now.' } };
const LIMITED: Act = { status: 429, headers: { 'retry-after': '0' }, body: { code: 'rate_limited' } };
const MADE: Act = { status: 201, body: { id: 'p1' } };
const READ: Act = { status: 200, body: { data: [], hasMore: false, nextCursor: null } };

describe('a client whose server cannot answer', () => {
  let server: ScriptedServer;

  afterEach(() => server.close());

  async function client(...acts: readonly [Act, ...Act[]]) {
    server = await startScriptedServer(...acts);
    return createLinkwrightClient({ baseUrl: server.url, apiKey: 'lw_x', retry: QUICK, timeoutMs: 2000 });
  }

  const post = (api: Awaited<ReturnType<typeof client>>) => api.POST('/api/v1/prospects', { body: { url: 'https://leaf.example/' } });
  const change = (api: Awaited<ReturnType<typeof client>>) =>
    api.PATCH('/api/v1/prospects/{id}', { params: { path: { id: 'p1' }, header: { 'If-Match': '"1"' } }, body: { name: 'Leaf' } });
  const logIn = (api: Awaited<ReturnType<typeof client>>) => api.POST('/api/v1/auth/login', { body: { email: 'a@tea.example', password: 'x' } });
  const keys = () => server.requests.map(({ headers }) => headers['idempotency-key']);

  it.each<[string, Act]>([
    ['an overload', BUSY],
    ['a limit', LIMITED],
    ['a proxy that finds nobody', { status: 502, body: '<h1>Bad gateway</h1>' }],
    ['a lost connection', 'cut'],
  ])('reads again after %s', async (_, act) => {
    const api = await client(act, act, READ);

    const { data } = await api.GET('/api/v1/prospects');

    expect(data?.hasMore).toBe(false);
    expect(server.requests).toHaveLength(3);
  });

  it('posts again under the one key that it made, with the same body', async () => {
    const api = await client(BUSY, 'cut', MADE);

    const { data } = await post(api);

    expect(data).toEqual({ id: 'p1' });
    expect(new Set(keys())).toEqual(new Set([expect.stringMatching(/^[0-9a-f-]{36}$/)]));
    expect(server.requests.map(({ body }) => body)).toEqual(Array(3).fill('{"url":"https://leaf.example/"}'));
  });

  it('makes another key for another post, and keeps one that is given', async () => {
    const api = await client(MADE);

    await post(api);
    await post(api);
    await api.POST('/api/v1/prospects', { body: { url: 'https://leaf.example/' }, params: { header: { 'Idempotency-Key': 'order-1' } } });

    expect(new Set(keys()).size).toBe(3);
    expect(keys()[2]).toBe('order-1');
  });

  it('waits for a first try that is still at work', async () => {
    const api = await client('cut', { status: 409, headers: { 'retry-after': '0' }, body: { code: 'idempotency_in_progress' } }, MADE);

    expect((await post(api)).data).toEqual({ id: 'p1' });
  });

  it.each<[string, Act]>([
    ['an overload', BUSY],
    ['a lost connection', 'cut'],
  ])('does not repeat a change after %s: it may have been made', async (_, act) => {
    const api = await client(act, READ);

    await expect(change(api)).rejects.toThrow();
    expect(server.requests).toHaveLength(1);
  });

  it('repeats a change that a limit turned away', async () => {
    const api = await client(LIMITED, { status: 200, body: { id: 'p1', version: 2 } });

    expect((await change(api)).data).toMatchObject({ version: 2 });
  });

  it('neither repeats a login nor gives it a key', async () => {
    const api = await client(LIMITED);

    await expect(logIn(api)).rejects.toThrow(ApiProblem);
    expect(keys()).toEqual([undefined]);
  });

  it('gives up after three more tries, with the last answer', async () => {
    const api = await client(BUSY);

    await expect(api.GET('/api/v1/prospects')).rejects.toMatchObject({ status: 503, code: 'unavailable' });
    expect(server.requests).toHaveLength(4);
  });

  it('waits as long as Retry-After asks, in seconds or until an instant', async () => {
    const date = 'Mon, 02 Nov 2026 10:00:00 GMT';
    const api = await client(
      { status: 503, headers: { 'retry-after': '1' } },
      { status: 503, headers: { date, 'retry-after': 'Mon, 02 Nov 2026 10:00:01 GMT' } },
      READ,
    );
    const asked = performance.now();

    await api.GET('/api/v1/prospects');

    expect(performance.now() - asked).toBeGreaterThan(1990);
  });

  it('does not wait longer than it was told to', async () => {
    const api = await client({ status: 429, headers: { 'retry-after': '3600' }, body: { code: 'rate_limited' } });

    await expect(api.GET('/api/v1/prospects')).rejects.toMatchObject({ code: 'rate_limited' });
    expect(server.requests).toHaveLength(1);
  });

  it('takes silence for a lost connection', async () => {
    server = await startScriptedServer('silence', READ);
    const api = createLinkwrightClient({ baseUrl: server.url, apiKey: 'lw_x', retry: QUICK, timeoutMs: 50 });

    await api.GET('/api/v1/prospects');

    expect(server.requests).toHaveLength(2);
  });

  it('ends a wait when the caller does', async () => {
    const api = await client({ status: 503, headers: { 'retry-after': '30' } });
    const stop = new AbortController();

    const asked = api.GET('/api/v1/prospects', { signal: stop.signal });
    while (server.requests.length === 0) await new Promise(setImmediate);
    stop.abort(new Error('enough'));

    await expect(asked).rejects.toThrow('enough');
  });

  it('tells a problem from a page of something in between', async () => {
    const api = await client({ status: 404, body: '<h1>Not here</h1>' });

    await expect(api.GET('/api/v1/prospects')).rejects.toMatchObject({ status: 404, code: 'unknown', problem: {} });
  });
});
