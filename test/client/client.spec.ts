import { ApiProblem, createLinkwrightClient, ifMatch, type LinkwrightClient } from '../../client/src/index.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('the client, before the product', () => {
  let t: TestApp;
  let api: LinkwrightClient;

  beforeAll(async () => {
    t = await createTestApp();
    api = createLinkwrightClient({ baseUrl: t.url, apiKey: t.owner.key });
    for (let n = 1; n <= 7; n += 1) await api.POST('/api/v1/prospects', { body: { url: `https://leaf${n}.example/`, tags: n < 3 ? ['tea'] : [] } });
  });

  afterAll(() => t.close());

  it('walks through all pages of a list, each thing once', async () => {
    const domains: string[] = [];

    for await (const prospect of api.pages('/api/v1/prospects', { query: { limit: 3 } })) domains.push(prospect.domain);

    expect(domains).toEqual([7, 6, 5, 4, 3, 2, 1].map((n) => `leaf${n}.example`));
  });

  it('asks for no page that nobody wants', async () => {
    const asked: string[] = [];
    const watched = createLinkwrightClient({
      baseUrl: t.url,
      apiKey: t.owner.key,
      fetch: (request) => {
        asked.push(request.url);
        return fetch(request);
      },
    });

    for await (const prospect of watched.pages('/api/v1/prospects', { query: { limit: 2 } })) if (prospect.domain === 'leaf6.example') break;

    expect(asked).toHaveLength(1);
  });

  it('writes filters as the API reads them', async () => {
    const found: string[] = [];

    for await (const { domain } of api.pages('/api/v1/prospects', { query: { filter: { tag: 'tea', domain: 'leaf1.example' } } })) found.push(domain);

    expect(found).toEqual(['leaf1.example']);
  });

  it('knows the lists of a thing', async () => {
    const { data: project } = await api.POST('/api/v1/projects', { body: { name: 'Tea', url: 'https://tea.example/' } });
    const id = project?.id ?? '';
    await api.POST('/api/v1/projects/{projectId}/target-pages', { params: { path: { projectId: id } }, body: { url: 'https://tea.example/guide' } });

    const urls: string[] = [];
    for await (const page of api.pages('/api/v1/projects/{projectId}/target-pages', { path: { projectId: id } })) urls.push(page.url);

    expect(urls).toEqual(['https://tea.example/guide']);
  });

  it('rejects with the problem: its code, the fields at fault, and the id of the request', async () => {
    const error: unknown = await api.POST('/api/v1/prospects', { body: { url: '' } }).catch((reason: unknown) => reason);

    expect(ApiProblem.is(error, 'invalid_request')).toBe(true);
    expect(ApiProblem.is(error, 'not_found')).toBe(false);
    expect(error).toMatchObject({ status: 400, errors: [{ pointer: '/url' }], requestId: expect.any(String) });
  });

  it('makes one thing of a POST whose answer was lost', async () => {
    let lost = false;
    const unlucky = createLinkwrightClient({
      baseUrl: t.url,
      apiKey: t.owner.key,
      retry: { baseMs: 1 },
      fetch: async (request) => {
        const response = await fetch(request);
        if (lost) return response;
        lost = true;
        throw new TypeError('the answer was lost on its way');
      },
    });

    const { data } = await unlucky.POST('/api/v1/projects', { body: { name: 'Only one', url: 'https://one.example/' } });

    const [row] = await t.db.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM projects WHERE workspace_id = $1 AND name = 'Only one'`, [
      t.owner.workspaceId,
    ]);
    expect({ lost, count: row?.count, id: data?.id }).toEqual({ lost: true, count: 1, id: expect.any(String) });
  });

  it('says which version a change was made for', async () => {
    const { data: prospect } = await api.POST('/api/v1/prospects', { body: { url: 'https://leaf1.example/' } });
    const change = { params: { path: { id: prospect?.id ?? '' }, header: ifMatch(prospect ?? '*') }, body: { name: 'Leaf' } };

    const { data } = await api.PATCH('/api/v1/prospects/{id}', change);

    expect(data).toMatchObject({ name: 'Leaf', version: (prospect?.version ?? 0) + 1 });
    await expect(api.PATCH('/api/v1/prospects/{id}', change)).rejects.toMatchObject({ code: 'version_mismatch' });
  });
});

describe('ifMatch', () => {
  it.each([
    [3, '"3"'],
    [{ version: 7 }, '"7"'],
    ['*' as const, '*'],
  ])('of %j is %s', (version, header) => {
    expect(ifMatch(version)).toEqual({ 'If-Match': header });
  });
});
