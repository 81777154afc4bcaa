import { createHash } from 'node:crypto';
import { makeOpportunity } from '../support/factories.js';
import { headerOf, MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { makePlannedMail } from '../support/sending-world.js';
import { createTestApp, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

const TOKEN = 'a-token-for-scrapers';
const DATA = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

describe('an installation behind TLS', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp({ env: { PUBLIC_URL: 'https://links.example', METRICS_TOKEN: TOKEN } });
  });

  afterAll(() => t.close());

  it.each([
    ['the API', '/api/v1/prospects', 401],
    ['an address of the API that is not there', '/api/v1/nothing', 404],
    ['a path that cannot be read', '/api/v1/%zz', 400],
    ['a public page', '/u/nothing', 404],
    ['another public page', '/r/nothing', 404],
    ['what a probe asks', '/healthz', 200],
    ['the contract', '/openapi.json', 200],
    ['the pages about it', '/docs', 200],
    ['what a kind of problem is', '/problems/not_found', 200],
    ['a problem', '/problems/no_such_problem', 404],
    ['the web UI', '/', 404],
  ])('lets nothing run that is not its own, and no site frame it: %s', async (_, path, status) => {
    const { headers } = await t.request().get(path).expect(status);

    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toMatch(/^default-src 'none'/);
    for (const part of ["frame-ancestors 'none'", "base-uri 'none'"]) expect(policy).toContain(part);
    expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:|\*/);
    expect(policy.includes("'unsafe-inline'")).toBe(path === '/docs');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('shows data as data, and pages with what they need', async () => {
    const policyOf = async (path: string) => (await t.request().get(path)).headers['content-security-policy'];

    expect(await policyOf('/api/v1/prospects')).toBe(DATA);
    expect(await policyOf('/healthz')).toBe(DATA);
    expect(await policyOf('/anywhere')).toMatch(/script-src 'self'; style-src 'self'; .*connect-src 'self'.*object-src 'none'.*form-action 'self'/);
    expect(await policyOf('/docsy')).not.toContain('unsafe');
    expect(await policyOf('/u/nothing')).toMatch(/style-src 'sha256-/);
  });

  it('lets a page behind a link in a mail have its one style and post to itself, and nothing more', async () => {
    const card = await makeOpportunity(t.db, t.owner.workspaceId);
    const { body } = await t.as(t.owner.key).post(`/opportunities/${card.id}/report-links`, {}).expect(201);

    const { text, headers } = await t.request().get(new URL(body.url).pathname).expect(200);

    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(text) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(text).not.toMatch(/<script|\s(?:style|on\w+)=/i);
  });

  it('tells browsers to stay with https, to send no address to other sites, and to keep their devices', async () => {
    const { headers } = await t.request().get('/api/v1/prospects');

    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
    });
  });

  it.each([
    ['/api/v1/workspace', true],
    ['/api/v1/nothing', true],
    ['/r/nothing', true],
    ['/u/nothing', true],
    ['/healthz', true],
    ['/docs/swagger-ui.css', false],
    ['/openapi.json', false],
  ])('keeps what is private out of every cache: %s %s', async (path, hidden) => {
    const { headers } = await t.request().get(path).set('authorization', `Bearer ${t.owner.key}`);

    expect(headers['cache-control'] === 'no-store').toBe(hidden);
  });

  it('binds the session to this host, to TLS and to its own pages', async () => {
    const login = await t.request().post('/api/v1/auth/login').send({ email: t.owner.email, password: TEST_PASSWORD }).expect(200);

    const [cookie] = login.headers['set-cookie'] as unknown as string[];
    expect(cookie).toMatch(/^__Host-lw_session=/);
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(attribute);
    expect(cookie).not.toContain('Domain');
  });

  it('shows its numbers to who has the token', async () => {
    const numbers = (authorization: string) => t.request().get('/metrics').set('authorization', authorization);

    expect((await numbers(`Bearer ${TOKEN}`).expect(200)).text).toContain('http_request_duration_seconds');
    expect((await numbers('Bearer another').expect(401)).headers['www-authenticate']).toBe('Bearer');
    await numbers(`Bearer ${t.owner.key}`).expect(401);
    await t.request().get('/metrics').expect(401);
    await t.request().get('/metrics/').set('authorization', 'Bearer another').expect(404);
    await t.request().head('/metrics').expect(401);
  });

  it('writes links with its own address, whatever host a caller names', async () => {
    const hostile = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' };
    const card = await makeOpportunity(t.db, t.owner.workspaceId);
    const made = await t.as(t.owner.key).post(`/opportunities/${card.id}/report-links`, {}).set(hostile).expect(201);
    const sink = await MisbehavingSmtp.start();
    await makePlannedMail(t.db, t.owner.workspaceId, { port: sink.port });
    await t.request().get('/healthz').set(hostile).expect(200);
    await t.run('send');
    await sink.stop();

    expect(made.body.url).toMatch(/^https:\/\/links\.example\/r\//);
    expect(headerOf(sink.stored[0]?.raw ?? '')).toContain('<https://links.example/u/');
    expect(JSON.stringify([made.body, made.headers, sink.stored])).not.toContain('evil.example');
  });
});

describe('an installation without TLS and without a token', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  it('does not lock browsers out with HSTS', async () => {
    expect((await t.request().get('/healthz')).headers['strict-transport-security']).toBeUndefined();
  });

  it('has no /metrics on the port that everyone reaches', async () => {
    await t.request().get('/metrics').expect(404);
    await t.request().get('/metrics').set('authorization', 'Bearer undefined').expect(404);
  });
});
