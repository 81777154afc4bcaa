import type { Response } from 'supertest';
import { HOUR_MS, MINUTE_MS } from '../../src/platform/clock.js';
import { MailLogins } from '../../src/modules/mailboxes/logins/mail-logins.service.js';
import { Mailbox } from '../../src/modules/mailboxes/mailbox.entity.js';
import { Browser } from '../support/browser.js';
import { makeMailbox } from '../support/factories.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { ImapServer } from '../support/imap-server.js';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { mailNow, makePlannedMail } from '../support/sending-world.js';
import { createTestApp, makeMember, type TestApp } from '../support/test-app.js';

const PUBLIC_URL = 'http://links.tea.example';
const CLIENT = {
  ...{ client_id: 'links', client_secret: 'the secret of the client', token_endpoint_auth_method: 'client_secret_post' as const },
  ...{ redirect_uris: [`${PUBLIC_URL}/api/v1/mailboxes/oauth/callback`], grant_types: ['authorization_code', 'refresh_token'] },
};

describe('a mailbox by an account at its provider', () => {
  let provider: IdentityProvider;
  let test: TestApp;
  let browser: Browser;
  let count = 0;

  beforeAll(async () => {
    provider = await IdentityProvider.start([CLIENT]);
    const env = {
      ...{ PUBLIC_URL, MAIL_GOOGLE_ISSUER: provider.issuer },
      ...{ MAIL_GOOGLE_CLIENT_ID: CLIENT.client_id, MAIL_GOOGLE_CLIENT_SECRET: CLIENT.client_secret },
    };
    test = await createTestApp({ env });
  });
  beforeEach(async () => {
    browser = new Browser(test.url);
    await browser.logIn(test.owner.email).expect(200);
    count += 1;
    Object.assign(provider, { account: `subject-${count}`, email: `ann${count}@tea.example` });
  });
  afterAll(async () => {
    await provider.stop();
    await test.close();
  });

  const begin = async (body: object = {}): Promise<string> => {
    const { authorizeUrl } = (await browser.post('/mailboxes/oauth', { provider: 'google', ...body }).expect(200)).body as { authorizeUrl: string };
    return authorizeUrl;
  };
  const back = (from: URL, by: Browser = browser): Promise<Response> =>
    by.get(`/mailboxes/oauth/callback${from.search}`).then((response) => response);
  const connected = async (body: object = {}): Promise<string> => {
    const response = await back(await provider.visit(await begin(body)));
    expect(response.status).toBe(302);
    return (response.headers['location'] as string).split('/').at(-1) ?? '';
  };
  const read = async (id: string) => (await test.as(test.owner.key).get(`/mailboxes/${id}`).expect(200)).body;
  const load = (id: string) => test.db.manager.findOneByOrFail(Mailbox, { workspaceId: test.owner.workspaceId, id });
  /** Its servers are on loopback from now on. */
  const move = (id: string, servers: { smtp: number; imap: number }) =>
    test.db.query(
      `UPDATE mailboxes SET smtp_host = '127.0.0.1', smtp_port = $3, smtp_security = 'none', imap_host = '127.0.0.1', imap_port = $4, imap_security = 'none'
        WHERE workspace_id = $1 AND id = $2`,
      [test.owner.workspaceId, id, servers.smtp, servers.imap],
    );

  it('is begun with PKCE, a state and the rights to send and to read, and made when the browser is back', async () => {
    const url = new URL(await begin());
    const location = (await back(await provider.visit(url.href))).headers['location'] as string;
    const mailbox = await read(location.split('/').at(-1) ?? '');

    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ code_challenge_method: 'S256', code_challenge: expect.any(String), state: expect.any(String), nonce: expect.any(String) },
      ...{ scope: 'openid email https://mail.google.com/', access_type: 'offline', redirect_uri: CLIENT.redirect_uris[0] },
    });
    expect(location).toBe(`${PUBLIC_URL}/mailboxes/${mailbox.id}`);
    const log = await test.as(test.owner.key).get('/audit-log').expect(200);
    expect(log.body.data[0]).toMatchObject({ action: 'mailbox.account_connected', subjectId: mailbox.id, via: 'ui' });
    expect(mailbox).toMatchObject({
      ...{ fromAddress: provider.email, state: 'connected', limits: { perDay: 40, perHour: 8, gapSeconds: 90 } },
      smtp: { host: 'smtp.gmail.com', port: 465, security: 'tls', auth: 'oauth', user: provider.email, hasPassword: false },
      imap: { host: 'imap.gmail.com', port: 993, security: 'tls', user: provider.email, hasPassword: false },
    });
    const [row] = await test.db.query('SELECT to_jsonb(m) AS row FROM mailboxes m WHERE workspace_id = $1 AND id = $2', [
      test.owner.workspaceId,
      mailbox.id,
    ]);
    expect(JSON.stringify(row)).not.toContain(
      await test.app
        .get(MailLogins)
        .smtp(await load(mailbox.id))
        .then(({ accessToken }) => accessToken),
    );
  });

  it('takes each return once', async () => {
    const from = await provider.visit(await begin());

    const answers = await Promise.all([back(from), back(from)]);
    const late = await back(from);

    expect(answers.map(({ status }) => status).sort()).toEqual([302, 409]);
    expect(late.body.code).toBe('oauth_flow_expired');
  });

  it('takes no return of another session, and none after ten minutes', async () => {
    const { email } = await makeMember(test.db, test.owner.workspaceId, 'manager', test.clock.now());
    const stranger = new Browser(test.url);
    await stranger.logIn(email).expect(200);
    const from = await provider.visit(await begin());

    expect((await back(from, stranger)).body.code).toBe('oauth_flow_expired');
    test.clock.advance(10 * MINUTE_MS);
    expect((await back(from)).body.code).toBe('oauth_flow_expired');
    expect((await back(new URL('http://x.example/?state=made-up&code=1'))).status).toBe(409);
  });

  it('is refused for an account with another address than the one that was meant', async () => {
    const { id } = await makeMailbox(test.db, test.owner.workspaceId, { fromAddress: 'bob@tea.example' });

    const named = await back(await provider.visit(await begin({ fromAddress: 'bob@tea.example' })));
    const own = await back(await provider.visit(await begin({ mailboxId: id })));

    expect([named.body.code, own.body.code]).toEqual(['oauth_other_address', 'oauth_other_address']);
    expect((await read(id)).smtp.auth).toBe('password');
  });

  it('is refused when the person says no at the provider', async () => {
    provider.account = null;

    expect((await back(await provider.visit(await begin()))).body.code).toBe('oauth_refused');
  });

  it('brings an own mailbox back that had lost its login', async () => {
    const mailbox = await makeMailbox(test.db, test.owner.workspaceId, { fromAddress: provider.email, ...{ state: 'needs_reconnect' } });

    expect(await connected({ mailboxId: mailbox.id })).toBe(mailbox.id);

    expect(await read(mailbox.id)).toMatchObject({ version: 2, state: 'connected', name: 'Outreach', smtp: { auth: 'oauth' } });
  });

  it('is for a person at the screen, for managers, for mailboxes of their own workspace, and for providers that are set up', async () => {
    const other = await makeMailbox(test.db, (await test.makeWorkspace()).workspaceId);

    await test.as(test.owner.key).post('/mailboxes/oauth', { provider: 'google' }).expect(403);
    await test
      .as(await test.makeKey('member'))
      .post('/mailboxes/oauth', { provider: 'google' })
      .expect(403);
    await browser.post('/mailboxes/oauth', { provider: 'google', mailboxId: other.id }).expect(404);
    await browser.post('/mailboxes/oauth', { provider: 'yahoo' }).expect(400);
    const { body } = await browser.post('/mailboxes/oauth', { provider: 'microsoft' }).expect(422);

    expect(body).toMatchObject({ code: 'oauth_not_available', detail: expect.stringContaining('MAIL_MICROSOFT_CLIENT_ID') });
  });

  it('sends and reads with its token, also when the provider has renewed it', async () => {
    const takesToken = (user: string, token: string): boolean => user === provider.email && provider.knowsToken(token);
    const [smtp, imap] = [await MisbehavingSmtp.start({ takesToken }), await ImapServer.start({ takesToken })];
    const mailboxId = await connected();
    await move(mailboxId, { smtp: smtp.port, imap: imap.port });
    const plan = { port: 0, mailboxId, message: { nextAt: test.clock.now() } };
    await makePlannedMail(test.db, test.owner.workspaceId, plan);
    await test.run('send');
    const check = await test.as(test.owner.key).post(`/mailboxes/${mailboxId}/test`).expect(200);
    test.clock.advance(HOUR_MS);
    await makePlannedMail(test.db, test.owner.workspaceId, { ...plan, message: { nextAt: test.clock.now() } });
    await test.run('send');

    const logins = smtp.commands.filter((line) => line.startsWith('AUTH XOAUTH2'));
    await Promise.all([smtp.stop(), imap.stop()]);
    expect(check.body).toMatchObject({ ok: true, imap: { ok: true } });
    expect(smtp.stored).toHaveLength(2);
    expect(new Set(logins).size).toBe(2);
  });

  it('is renewed once, however many ask at the same time', async () => {
    const mailbox = await load(await connected());
    const before = provider.grants.length;
    test.clock.advance(HOUR_MS);

    const accounts = await Promise.all(Array.from({ length: 8 }, () => test.app.get(MailLogins).smtp(mailbox)));

    expect(provider.grants.slice(before)).toEqual(['refresh_token']);
    expect(new Set(accounts.map(({ accessToken }) => accessToken)).size).toBe(1);
  });

  it('asks for a person when the account was taken back: its mail waits, as good as before', async () => {
    const mailboxId = await connected();
    const mail = await makePlannedMail(test.db, test.owner.workspaceId, { port: 0, mailboxId, message: { nextAt: test.clock.now() } });
    provider.takeBack();
    test.clock.advance(HOUR_MS);

    await test.run('send');
    await test.run('send');

    const { state, stateReason } = await read(mailboxId);
    const told = await test.db.query(`SELECT FROM events WHERE workspace_id = $1 AND type = 'mailbox.disconnected' AND data->'object'->>'id' = $2`, [
      test.owner.workspaceId,
      mailboxId,
    ]);
    expect([state, stateReason]).toEqual(['needs_reconnect', expect.stringContaining('connect it again')]);
    expect(told).toHaveLength(1);
    expect(await mailNow(test.db, test.owner.workspaceId, mail.messageId)).toMatchObject({
      state: 'scheduled',
      attempts: 0,
      enrollmentState: 'active',
    });
  });

  it('asks for a person when the server refuses a new token too', async () => {
    const smtp = await MisbehavingSmtp.start({ takesToken: () => false });
    const mailboxId = await connected();
    await move(mailboxId, { smtp: smtp.port, imap: 9 });
    const mail = await makePlannedMail(test.db, test.owner.workspaceId, { port: 0, mailboxId, message: { nextAt: test.clock.now() } });

    await test.run('send');
    await smtp.stop();

    expect(await read(mailboxId)).toMatchObject({ state: 'needs_reconnect', stateReason: expect.stringContaining('535') });
    expect(smtp.commands.filter((line) => line.startsWith('AUTH XOAUTH2'))).toHaveLength(2);
    expect(await mailNow(test.db, test.owner.workspaceId, mail.messageId)).toMatchObject({ state: 'scheduled', attempts: 0 });
  });

  it('takes a new token when the server refuses the one that seemed good, and sends', async () => {
    const refused = new Set<string>();
    const takesToken = (_: string, token: string): boolean => refused.size > 0 && !refused.has(token) && provider.knowsToken(token);
    const smtp = await MisbehavingSmtp.start({ takesToken: (user, token) => takesToken(user, token) || !refused.add(token) });
    const mailboxId = await connected();
    await move(mailboxId, { smtp: smtp.port, imap: 9 });
    const before = provider.grants.length;
    const mail = await makePlannedMail(test.db, test.owner.workspaceId, { port: 0, mailboxId, message: { nextAt: test.clock.now() } });

    await test.run('send');
    await smtp.stop();

    expect(provider.grants.slice(before)).toEqual(['refresh_token']);
    expect(smtp.stored).toHaveLength(1);
    expect(await mailNow(test.db, test.owner.workspaceId, mail.messageId)).toMatchObject({ state: 'sent', attempts: 1 });
    expect((await read(mailboxId)).state).toBe('connected');
  });

  it('gives its token to no server of somebody’s own, and sends as itself only', async () => {
    const api = test.as(test.owner.key);
    const mailboxId = await connected();

    const elsewhere = await api.patch(`/mailboxes/${mailboxId}`, { smtp: { host: '127.0.0.1', port: 25, security: 'none' } }, '*').expect(422);
    const renamed = await api.patch(`/mailboxes/${mailboxId}`, { fromAddress: 'boss@tea.example' }, '*').expect(422);
    const own = { host: '127.0.0.1', port: 25, security: 'none', user: 'ann', password: 'a password' };
    const back = await api.patch(`/mailboxes/${mailboxId}`, { smtp: own }, '*').expect(200);

    expect([elsewhere.body.code, renamed.body.code]).toEqual(['password_required', 'oauth_other_address']);
    expect(back.body.smtp).toMatchObject({ auth: 'password', hasPassword: true });
    expect((await load(mailboxId)).oauthTokensSealed).toBeNull();
  });
});
