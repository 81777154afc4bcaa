import { MINUTE_MS } from '../../src/platform/clock.js';
import { Browser } from '../support/browser.js';
import { makeMailbox } from '../support/factories.js';
import { createTestApp, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

const SMTP = { host: '127.0.0.1', port: 2525, security: 'none' };
const MAILBOX = { name: 'Ann', fromName: 'Ann', fromAddress: 'ann@tea.example' };

describe('what a stolen session must not do', () => {
  let test: TestApp;
  let browser: Browser;

  beforeAll(async () => {
    test = await createTestApp({ env: { TRUSTED_PROXIES: '127.0.0.0/8' } });
  });

  beforeEach(async () => {
    browser = new Browser(test.url);
    await browser.logIn(test.owner.email).expect(200);
  });

  afterAll(() => test.close());

  const makeKey = () => browser.post('/api-keys', { name: 'k', scopes: ['prospects:read'] });

  it('is free for ten minutes after the login', async () => {
    test.clock.advance(10 * MINUTE_MS - 1);

    await makeKey().expect(201);
  });

  it('then needs the password again, and is free for ten minutes more', async () => {
    test.clock.advance(10 * MINUTE_MS);
    const refused = await makeKey().expect(403);
    expect(refused.body).toMatchObject({ code: 'confirmation_required', detail: expect.stringContaining('POST /api/v1/auth/confirm') });

    await browser.post('/auth/confirm', { password: TEST_PASSWORD }).expect(204);

    await makeKey().expect(201);
    test.clock.advance(10 * MINUTE_MS - 1);
    await makeKey().expect(201);
    test.clock.advance(1);
    await makeKey().expect(403);
  });

  it('is not opened by a wrong password, which is counted like one of a login', async () => {
    test.clock.advance(10 * MINUTE_MS);
    const statuses: number[] = [];
    for (let n = 0; n < 11; n += 1) statuses.push((await browser.post('/auth/confirm', { password: 'not this one' })).status);

    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    await makeKey().expect(403);
    await browser.get('/auth/me').expect(200);
    test.clock.advance(MINUTE_MS);
    await browser.post('/auth/confirm', { password: TEST_PASSWORD }).expect(204);
  });

  it('is asked of each session by itself', async () => {
    test.clock.advance(10 * MINUTE_MS);
    const other = new Browser(test.url);
    await other.logIn(test.owner.email).expect(200);

    await makeKey().expect(403);
  });

  describe('ten minutes after the login', () => {
    let id: string;

    beforeEach(async () => {
      id = (await makeMailbox(test.db, test.owner.workspaceId)).id;
      test.clock.advance(10 * MINUTE_MS);
    });

    it.each<[what: string, call: () => ReturnType<Browser['post']>, status: number]>([
      ['a mailbox with a password', () => browser.post('/mailboxes', { ...MAILBOX, smtp: { ...SMTP, user: 'ann', password: 'p' } }), 403],
      ['a mailbox without one', () => browser.post('/mailboxes', { ...MAILBOX, smtp: SMTP }), 201],
      ['a new SMTP password', () => browser.patch(`/mailboxes/${id}`, { smtp: { ...SMTP, user: 'ann', password: 'p' } }), 403],
      ['a new IMAP password', () => browser.patch(`/mailboxes/${id}`, { imap: { ...SMTP, user: 'ann', password: 'p' } }), 403],
      ['a key to sign with', () => browser.patch(`/mailboxes/${id}`, { dkim: null }), 403],
      ['a password taken away', () => browser.patch(`/mailboxes/${id}`, { smtp: { password: null } }), 403],
      ['a new name of a mailbox', () => browser.patch(`/mailboxes/${id}`, { name: 'Ann again' }), 200],
      ['a body that is no object', () => browser.patch(`/mailboxes/${id}`, []), 400],
      ['a new webhook secret', () => browser.post(`/webhook-endpoints/${id}/rotate-secret`), 403],
      ['a second factor', () => browser.post('/auth/totp'), 403],
      ['its end', () => browser.post('/auth/totp/disable'), 403],
      ['new recovery codes', () => browser.post('/auth/totp/recovery-codes'), 403],
      ['a look at the keys', () => browser.get('/api-keys'), 200],
    ])('%s answers', async (_, call, status) => {
      const response = await call().expect(status);

      expect(response.body.code === 'confirmation_required').toBe(status === 403);
    });
  });

  it('is not asked of keys: their scopes bound them, and no screen is left open', async () => {
    test.clock.advance(60 * MINUTE_MS);

    await test
      .as(test.owner.key)
      .post('/api-keys', { name: 'k', scopes: ['prospects:read'] })
      .expect(201);
  });

  it('tells who has no password how else to show who they are', async () => {
    await test.db.query('UPDATE users SET password_hash = NULL WHERE id = $1', [test.owner.userId]);

    const response = await browser.post('/auth/confirm', { password: TEST_PASSWORD }).expect(409);

    expect(response.body).toMatchObject({ code: 'no_password', detail: expect.stringContaining('/auth/oidc/login') });
    await new Browser(test.url).logIn(test.owner.email).expect(401);
  });
});
