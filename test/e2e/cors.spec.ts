import { createTestApp, type TestApp } from '../support/test-app.js';

const APP = 'https://app.example';

describe('pages of other origins', () => {
  let t: TestApp;
  let closed: TestApp;

  beforeAll(async () => {
    t = await createTestApp({ env: { CORS_ORIGINS: `${APP}, http://localhost:5173` } });
    closed = await createTestApp();
  });

  afterAll(async () => {
    await t.close();
    await closed.close();
  });

  const preflight = (from: string, at = t) =>
    at
      .request()
      .options('/api/v1/projects')
      .set({ origin: from, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,idempotency-key' });
  const allowed = (headers: object): string[] => Object.keys(headers).filter((name) => name.startsWith('access-control-'));

  it('get no permission unless the settings name them', async () => {
    const asked = await preflight(APP, closed);
    const read = await closed.as(closed.owner.key).get('/projects').set('origin', APP).expect(200);
    const other = await preflight('https://evil.example');

    expect([...allowed(asked.headers), ...allowed(read.headers)]).toEqual([]);
    expect(asked.status).toBe(405);
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('may call with a key when they are named, and read what the answers say', async () => {
    const asked = await preflight(APP).expect(204);
    const read = await t.as(t.owner.key).get('/projects').set('origin', APP).expect(200);

    expect(asked.headers).toMatchObject({ 'access-control-allow-origin': APP, vary: expect.stringContaining('Origin') });
    expect(asked.headers['access-control-allow-headers']).toContain('Idempotency-Key');
    expect(read.headers['access-control-allow-origin']).toBe(APP);
    for (const name of ['ETag', 'Location', 'RateLimit', 'X-Request-Id', 'Retry-After', 'Idempotency-Replayed'])
      expect(read.headers['access-control-expose-headers']).toContain(name);
  });

  it('may read refusals too', async () => {
    const { headers } = await t.as('lw_nobody').get('/projects').set('origin', APP).expect(401);

    expect(headers['access-control-allow-origin']).toBe(APP);
  });

  it('never bring our cookie along', async () => {
    const asked = await preflight(APP).expect(204);

    expect(asked.headers['access-control-allow-credentials']).toBeUndefined();
  });
});
