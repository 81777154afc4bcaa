import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { Browser } from '../support/browser.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ROOT = join(import.meta.dirname, '../..');
const PERSON = { email: 'ann@tea.example', password: 'correct horse battery' };
const SETUP = { setupToken: randomBytes(24).toString('hex'), workspaceName: 'Tea links', name: 'Ann', ...PERSON };

describe('the log of everything that can be logged', () => {
  let database: TestDatabase;
  let provider: IdentityProvider;
  let server: ChildProcess;
  let url: string;
  let output = '';
  /** By name, so that a failure can say what leaked without leaking it again. */
  const secrets = new Map<string, string>();
  const clientSecret = randomBytes(24).toString('hex');

  beforeAll(async () => {
    database = await createTestDatabase();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    provider = await IdentityProvider.start([
      { client_id: 'links', client_secret: clientSecret, redirect_uris: [`${url}/api/v1/auth/oidc/callback`] },
    ]);
    const env = {
      ...{
        PATH: process.env['PATH'],
        RESTORE_GUARD_DIR: tmpdir(),
        DATABASE_URL: database.url,
        SECRET_KEY: randomBytes(32).toString('base64'),
        LOG_LEVEL: 'trace',
      },
      ...{ PORT: String(port), HOST: '127.0.0.1', PUBLIC_URL: url, SETUP_TOKEN: SETUP.setupToken },
      ...{ OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: 'links', OIDC_CLIENT_SECRET: clientSecret, ROLES: 'api' },
    };
    server = spawn(process.execPath, ['dist/server/main.js'], { cwd: ROOT, env });
    await new Promise<void>((resolve, reject) => {
      const keep = (chunk: Buffer): void => {
        output += chunk.toString();
        if (output.includes('Linkwright is ready')) resolve();
      };
      server.stdout?.on('data', keep);
      server.stderr?.on('data', keep);
      server.once('exit', () => {
        reject(new Error(`The server ended:\n${output}`));
      });
    });
  });

  afterAll(async () => {
    server.kill('SIGKILL');
    await provider.stop();
    await database.drop();
  });

  it('holds no password, no code, no key, no cookie and no address, whatever people do to log in', async () => {
    for (const [name, value] of Object.entries(SETUP)) if (!['name', 'workspaceName'].includes(name)) secrets.set(name, value);
    secrets.set('client secret', clientSecret);
    const browser = new Browser(url);

    await play(browser);

    server.kill('SIGTERM');
    await once(server, 'exit');
    const leaked = [...secrets].filter(([, value]) => output.includes(value) || output.includes(encodeURIComponent(value))).map(([name]) => name);
    expect(leaked).toEqual([]);
    expect([...secrets.values()].every((value) => value.length >= 6)).toBe(true);
    expect(output).toContain('"route":"/api/v1/auth/oidc/callback"');
    expect(output).toContain('single sign-on failed');
    expect(output).toContain('"level":20'); // debug at least was on
  });

  /** Everything that this file is about, right and wrong. */
  async function play(browser: Browser): Promise<void> {
    await browser.post('/auth/setup', { ...SETUP, setupToken: wrong('wrong setup token') }).expect(401);
    await browser.post('/auth/setup', SETUP).expect(201);
    await browser.post('/auth/login', { email: PERSON.email, password: wrong('wrong password') }).expect(401);
    await browser.post('/auth/login', PERSON).expect(200);
    keepCookies('after the login', browser);
    const recoveryCode = await secondFactor(browser);
    await browser.post('/auth/confirm', { password: wrong('wrong confirmation') }).expect(401);
    await browser.post('/auth/confirm', { password: PERSON.password, totp: recoveryCode }).expect(204);
    await keys(browser);
    await singleSignOn(browser);
    await browser.get('/auth/sessions').expect(200);
    await browser.get(`/auth/me?access_token=${wrong('token in the address')}`);
    await browser.post('/auth/logout').expect(204);
  }

  async function secondFactor(browser: Browser): Promise<string> {
    const { secret } = (await browser.post('/auth/totp').expect(201)).body as { secret: string };
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const { recoveryCodes } = (await browser.post('/auth/totp/confirm', { code }).expect(200)).body as { recoveryCodes: string[] };
    secrets.set('secret of the app', secret);
    recoveryCodes.forEach((one, at) => secrets.set(`recovery code ${at}`, one));
    await browser.post('/auth/login', { ...PERSON, totp: wrong('wrong recovery code').slice(0, 19) }).expect(401);
    return recoveryCodes[0] ?? '';
  }

  async function keys(browser: Browser): Promise<void> {
    const made = (await browser.post('/api-keys', { name: 'k', scopes: ['*'] }).expect(201)).body as { id: string; key: string };
    const next = (await browser.post(`/api-keys/${made.id}/rotate`, { overlapSeconds: 60 }).expect(200)).body as { key: string };
    secrets.set('key', made.key).set('rotated key', next.key);
    for (const key of [made.key, next.key, wrong('wrong key')])
      await fetch(`${url}/api/v1/workspace`, { headers: { authorization: `Bearer ${key}` } });
  }

  async function singleSignOn(browser: Browser): Promise<void> {
    const { authorizeUrl } = (await browser.post('/auth/oidc/link').expect(200)).body as { authorizeUrl: string };
    keepCookies('on the way to the provider', browser);
    const back = await provider.visit(authorizeUrl);
    for (const name of ['code', 'state']) secrets.set(`${name} of the provider`, back.searchParams.get(name) ?? '');
    await browser.get(`/auth/oidc/callback${back.search}`).expect(302);
    await browser.post('/auth/oidc/link').expect(200);
    await browser.get(`/auth/oidc/callback${back.search}`).expect(401);
  }

  function keepCookies(when: string, browser: Browser): void {
    for (const [name, value] of browser.cookies) secrets.set(`${name} ${when}`, value);
  }

  function wrong(name: string): string {
    const value = randomBytes(24).toString('hex');
    secrets.set(name, value.slice(0, 19));
    return value;
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
