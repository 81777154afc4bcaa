import { newId } from '../../src/platform/ids.js';
import { type LoopbackDns, startLoopbackDns } from '../support/loopback-dns.js';
import { createTestApp, type Caller, type TestApp } from '../support/test-app.js';

const idsOf = (list: { readonly body: { readonly data: readonly { readonly id: string }[] } }) => list.body.data.map((row) => row.id);

describe('projects and target pages', () => {
  let test: TestApp;
  let api: Caller;
  let other: Caller;
  let dns: LoopbackDns;

  beforeAll(async () => {
    const names: Partial<Record<string, string>> = { inside: '127.0.0.1', outside: '10.0.0.9' };
    dns = await startLoopbackDns((name) => [names[name] ?? []].flat());
    test = await createTestApp({ env: { DNS_SERVERS: dns.address } });
    api = test.as(test.owner.key);
    other = test.as((await test.makeWorkspace()).key);
  });

  afterAll(async () => {
    await test.close();
    dns.close();
  });

  const project = async (body: object = {}) =>
    (await api.post('/projects', { name: 'Tea', url: 'https://www.tea.co.uk/', ...body }).expect(201)).body;

  it('keeps a project under the registrable domain of its site', async () => {
    const made = await project({ externalRef: 'crm-1' });

    expect(made).toMatchObject({ version: 1, name: 'Tea', url: 'https://www.tea.co.uk/', domain: 'tea.co.uk', externalRef: 'crm-1' });
    const read = await api.get(`/projects/${made.id}`).expect(200);
    expect(read.body).toEqual(made);
    expect(read.headers['etag']).toBe('"1"');
  });

  it('takes an inner site inside FETCH_ALLOW_CIDRS by host and port', async () => {
    expect((await project({ url: 'http://127.0.0.1:8080/shop' })).domain).toBe('127.0.0.1:8080');
    expect((await project({ url: 'http://localhost/' })).domain).toBe('localhost:80');
    expect((await project({ url: 'https://inside/' })).domain).toBe('inside:443');
  });

  it.each([
    ['http://10.0.0.7/', 'no_registrable_domain'],
    ['http://[::1]/', 'no_registrable_domain'],
    ['http://169.254.169.254/', 'no_registrable_domain'],
    ['https://co.uk/', 'no_registrable_domain'],
    ['http://intranet/', 'no_registrable_domain'],
    ['http://outside/', 'no_registrable_domain'],
    ['ftp://tea.example/', 'url_not_accepted'],
    ['https://me:secret@tea.example/', 'url_not_accepted'],
    ['javascript:alert(1)', 'url_not_accepted'],
    ['tea', 'url_not_accepted'],
  ])('refuses %s with 422 %s', async (url, code) => {
    const { body } = await api.post('/projects', { name: 'Tea', url }).expect(422);

    expect(body).toMatchObject({ code, errors: [{ pointer: '/url' }] });
  });

  it.each([
    [{ url: 'https://tea.example/' }, '/name'],
    [{ name: '', url: 'https://tea.example/' }, '/name'],
    [{ name: 'x'.repeat(201), url: 'https://tea.example/' }, '/name'],
    [{ name: 'Tea', url: `https://tea.example/${'x'.repeat(2048)}` }, '/url'],
    [{ name: 'Tea', url: 7 }, '/url'],
    [{ name: 'Tea', url: 'https://tea.example/', colour: 'green' }, '/colour'],
  ])('refuses the body %j with 400', async (body, pointer) => {
    const response = await api.post('/projects', body).expect(400);

    expect(response.body.errors[0].pointer).toBe(pointer);
  });

  it('gives an externalRef to one project only', async () => {
    const first = await project({ externalRef: 'taken' });
    const second = await project();

    const made = await api.post('/projects', { name: 'Tea', url: 'https://tea.example/', externalRef: 'taken' }).expect(409);
    const changed = await api.patch(`/projects/${second.id}`, { externalRef: 'taken' }, '*').expect(409);

    expect([made.body.code, changed.body.code]).toEqual(['external_ref_taken', 'external_ref_taken']);
    const found = await api.get('/projects?filter[externalRef]=taken').expect(200);
    expect(idsOf(found)).toEqual([first.id]);
  });

  it('changes what is named, for the version that was seen', async () => {
    const { id } = await project({ externalRef: 'change-me' });

    const { body } = await api.patch(`/projects/${id}`, { url: 'https://shop.coffee.example/', externalRef: null }, '"1"').expect(200);

    expect(body).toMatchObject({ version: 2, name: 'Tea', domain: 'coffee.example', externalRef: null });
    await api.patch(`/projects/${id}`, { name: 'Late' }, '"1"').expect(412);
    await api.patch(`/projects/${id}`, { name: 'Blind' }).expect(428);
    await api.patch(`/projects/${id}`, { name: null }, '*').expect(400);
    await api.patch(`/projects/${id}`, { url: 'http://10.1.1.1/' }, '*').expect(422);
  });

  it('pages through all projects without gap or double', async () => {
    for (let at = 0; at < 3; at += 1) await project();
    const all = (await api.get('/projects?limit=100').expect(200)).body.data as { id: string }[];

    const seen: string[] = [];
    let after = '';
    do {
      const answer = await api.get(`/projects?limit=2${after && `&after=${after}`}`).expect(200);
      seen.push(...idsOf(answer));
      after = answer.body.nextCursor;
    } while (after);

    expect(seen).toEqual(all.map((row) => row.id));
    const reversed = (await api.get('/projects?limit=100&sort=createdAt').expect(200)).body.data as { id: string }[];
    expect(reversed.map((row) => row.id).reverse()).toEqual(seen);
  });

  it('knows a target page by its address', async () => {
    const { id } = await project();
    const page = { url: 'https://tea.co.uk/guide', title: 'Guide', anchors: ['how to brew', 'tea guide'] };

    const first = await api.post(`/projects/${id}/target-pages`, page).expect(201);
    const again = await api.post(`/projects/${id}/target-pages`, { ...page, title: 'Other' }).expect(200);

    expect(first.body).toMatchObject({ ...page, projectId: id, version: 1 });
    expect(again.body).toEqual(first.body);
    const list = await api.get(`/projects/${id}/target-pages`).expect(200);
    expect(list.body.data).toEqual([first.body]);
  });

  it('makes one target page of 20 equal requests at once', async () => {
    const { id } = await project();

    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post(`/projects/${id}/target-pages`, { url: 'https://tea.co.uk/race' })));

    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(19).fill(200), 201]);
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
  });

  it('changes a target page under its own project only', async () => {
    const { id } = await project();
    const elsewhere = await project();
    const page = (await api.post(`/projects/${id}/target-pages`, { url: 'https://tea.co.uk/a', title: 'A' }).expect(201)).body;
    await api.post(`/projects/${id}/target-pages`, { url: 'https://tea.co.uk/b' }).expect(201);

    const { body } = await api.patch(`/projects/${id}/target-pages/${page.id}`, { title: null, anchors: ['x'] }, '"1"').expect(200);

    expect(body).toMatchObject({ version: 2, title: null, anchors: ['x'], url: 'https://tea.co.uk/a' });
    await api.patch(`/projects/${id}/target-pages/${page.id}`, { url: 'https://tea.co.uk/b' }, '*').expect(409);
    await api.patch(`/projects/${id}/target-pages/${page.id}`, { url: 'mailto:a@tea.example' }, '*').expect(422);
    await api.patch(`/projects/${id}/target-pages/${page.id}`, { title: 'late' }, '"1"').expect(412);
    await api.get(`/projects/${elsewhere.id}/target-pages/${page.id}`).expect(404);
    await api.patch(`/projects/${elsewhere.id}/target-pages/${page.id}`, { title: 'B' }, '*').expect(404);
    await api.get(`/projects/${id}/target-pages/no-id`).expect(400);
  });

  it('shows nothing to another workspace', async () => {
    const { id } = await project();
    const page = (await api.post(`/projects/${id}/target-pages`, { url: 'https://tea.co.uk/ours' }).expect(201)).body;

    await other.get(`/projects/${id}`).expect(404);
    await other.patch(`/projects/${id}`, { name: 'Mine' }, '*').expect(404);
    await other.get(`/projects/${id}/target-pages`).expect(404);
    await other.post(`/projects/${id}/target-pages`, { url: 'https://tea.co.uk/theirs' }).expect(404);
    await other.get(`/projects/${id}/target-pages/${page.id}`).expect(404);
    await api.get(`/projects/${newId()}`).expect(404);
    expect((await other.get('/projects').expect(200)).body.data).toEqual([]);
  });

  it('asks for the right to write', async () => {
    const viewer = test.as(await test.makeKey('viewer'));

    await viewer.get('/projects').expect(200);
    await viewer.post('/projects', { name: 'Tea', url: 'https://tea.example/' }).expect(403);
    await test.request().get('/api/v1/projects').expect(401);
  });
});
