import { MINUTE_MS } from '../../src/platform/clock.js';
import { createTestApp, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

describe('rate limits', () => {
  let t: TestApp;

  beforeEach(async () => {
    t = await createTestApp({
      env: { RATE_LIMIT_PER_MINUTE: '5', RATE_LIMIT_ANONYMOUS_PER_MINUTE: '4', THROTTLE_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.0/8' },
    });
  });

  afterEach(() => t.close());

  const read = (as = t.owner.key) => t.as(as).get('/projects');
  const logIn = (from: string, url = '/api/v1/auth/login') =>
    t.request().post(url).set('x-forwarded-for', from).send({ email: t.owner.email, password: 'wrong wrong wrong' });

  it('tell on every answer how a key stands', async () => {
    const first = await read().expect(200);
    const bad = await t.as(t.owner.key).get('/projects?colour=green').expect(400);
    const missing = await t.as(t.owner.key).get('/projects/01890000-0000-7000-8000-000000000000').expect(404);

    expect(first.headers['ratelimit-policy']).toBe('"burst";q=5;w=60');
    expect([first, bad, missing].map(({ headers }) => headers['ratelimit'] as string)).toEqual([
      expect.stringMatching(/^"burst";r=4;t=(60|59)$/),
      expect.stringMatching(/^"burst";r=3;t=/),
      expect.stringMatching(/^"burst";r=2;t=/),
    ]);
  });

  it('hold for an address that hides a letter in an escape, which keeps its headers too', async () => {
    const plain = await read().expect(200);
    const hidden = await t.request().get('/%61pi/v1/projects').set('authorization', `Bearer ${t.owner.key}`).expect(200);

    expect(hidden.headers['ratelimit']).toMatch(/^"burst";r=3;t=/);
    for (const header of ['cache-control', 'content-security-policy']) expect(hidden.headers[header]).toBe(plain.headers[header]);
  });

  it('refuse a key that called too often, and nobody else', async () => {
    const other = await t.makeKey('viewer');
    for (let call = 0; call < 5; call += 1) await read().expect(200);

    const refused = await read().expect(429);

    expect(refused.type).toBe('application/problem+json');
    expect(refused.body).toMatchObject({ code: 'rate_limited', status: 429, instance: '/api/v1/projects' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
    expect(refused.headers['ratelimit']).toMatch(/^"burst";r=0;t=/);
    await read(other).expect(200);
    await t.request().get('/healthz').expect(200);
  });

  it('refuse an address without valid credentials, but no valid key from there', async () => {
    const stranger = (path = '/api/v1/projects') => t.request().get(path).set('x-forwarded-for', '192.0.2.1');

    const first = await stranger().expect(401);
    await stranger().set('authorization', 'Bearer lw_guess').expect(401);
    await stranger('/api/v1/no-such-thing').expect(404);
    await stranger().set('cookie', 'lw_session=guess').expect(401);
    const guessed = await stranger().set('authorization', 'Bearer lw_guess').expect(429);
    const empty = await stranger().expect(429);

    expect(first.headers).toMatchObject({ 'ratelimit-policy': '"address";q=4;w=60', ratelimit: expect.stringMatching(/^"address";r=3;t=/) });
    expect([guessed.body.code, empty.body.code]).toEqual(['rate_limited', 'rate_limited']);
    await t.request().get('/api/v1/projects').set('x-forwarded-for', '192.0.2.2').expect(401);
    await read().set('x-forwarded-for', '192.0.2.1').expect(200);
  });

  it('count a broken body as any other call', async () => {
    const response = await t.as(t.owner.key).post('/projects').set('content-type', 'application/json').send('{').expect(400);

    expect(response.headers['ratelimit']).toMatch(/^"address";r=3;t=/); // refused before anybody asked whose key it is
  });

  it('hold logins of an address down, in all processes together, until the minute is over', async () => {
    const second = await createTestApp({ env: { DATABASE_URL: t.config.DATABASE_URL ?? '', SECRET_KEY: t.config.SECRET_KEY ?? '', ...TRUSTING } });
    try {
      await logIn('192.0.2.1').expect(401);
      await second
        .request()
        .post('/api/v1/auth/login')
        .set('x-forwarded-for', '192.0.2.1')
        .send({ email: 'a@b.example', password: 'wrong wrong wrong' })
        .expect(401);
      await logIn('192.0.2.1').expect(401);

      const refused = await logIn('192.0.2.1').expect(429);

      expect([refused.body.code, refused.headers['retry-after']]).toEqual(['rate_limited', '60']);
      await second
        .request()
        .post('/api/v1/auth/login')
        .set('x-forwarded-for', '192.0.2.1')
        .send({ email: 'a@b.example', password: 'wrong wrong wrong' })
        .expect(429);
      await logIn('2001:db8::1').expect(401);
      t.clock.advance(MINUTE_MS);
      await t
        .request()
        .post('/api/v1/auth/login')
        .set('x-forwarded-for', '192.0.2.1')
        .send({ email: t.owner.email, password: TEST_PASSWORD })
        .expect(200);
    } finally {
      await second.close();
    }
  });

  it('keep no address in the database', async () => {
    await logIn('192.0.2.77').expect(401);

    const kept = JSON.stringify(await t.db.query('SELECT * FROM throttles'));
    expect(kept).toContain('key_hash');
    expect(kept).not.toContain('192.0.2.77');
  });

  it('never let one opt-out stand in the way of another from the same mail provider', async () => {
    const optOut = (token: string) =>
      t.request().post(`/u/${token}`).set('x-forwarded-for', '192.0.2.1').type('form').send('List-Unsubscribe=One-Click');

    for (let person = 0; person < 20; person += 1) await optOut(`forged-${person}`).expect(404);
    for (let again = 0; again < 3; again += 1) await optOut('one').expect(404);
    await optOut('one').expect(429);
    await optOut('two').expect(404);
  });
});

describe('a rate limit for keys that is switched off', () => {
  it('does not make a key a stranger', async () => {
    const t = await createTestApp({ env: { RATE_LIMIT_PER_MINUTE: '0', RATE_LIMIT_ANONYMOUS_PER_MINUTE: '2' } });
    try {
      for (let call = 0; call < 3; call += 1) expect((await t.as(t.owner.key).get('/projects').expect(200)).headers['ratelimit']).toBeUndefined();
      await t.request().get('/api/v1/projects').expect(401);
    } finally {
      await t.close();
    }
  });
});

const TRUSTING = { THROTTLE_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.0/8' };
