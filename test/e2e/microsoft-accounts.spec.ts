import { HOUR_MS } from '../../src/platform/clock.js';
import { Browser } from '../support/browser.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { mailNow, makePlannedMail, type PlannedMail } from '../support/sending-world.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const PUBLIC_URL = 'http://links.tea.example';
const CLIENT = {
  ...{ client_id: 'links', client_secret: 'the secret of the client', token_endpoint_auth_method: 'client_secret_post' as const },
  ...{ redirect_uris: [`${PUBLIC_URL}/api/v1/mailboxes/oauth/callback`], grant_types: ['authorization_code', 'refresh_token'] },
};

describe('a mailbox by an account at Microsoft', () => {
  let provider: IdentityProvider;
  let test: TestApp;
  let browser: Browser;
  let smtp: MisbehavingSmtp;
  let mailboxId: string;
  let authorize: URL;

  beforeAll(async () => {
    provider = await IdentityProvider.start([CLIENT]);
    Object.assign(provider, { account: 'subject-1', email: 'ann@tea.example', namesUser: true });
    const env = {
      ...{ PUBLIC_URL, MAIL_MICROSOFT_ISSUER: provider.issuer },
      ...{ MAIL_MICROSOFT_CLIENT_ID: CLIENT.client_id, MAIL_MICROSOFT_CLIENT_SECRET: CLIENT.client_secret },
    };
    test = await createTestApp({ env });
  });
  beforeEach(async () => {
    browser = new Browser(test.url);
    await browser.logIn(test.owner.email).expect(200);
    smtp = await MisbehavingSmtp.start({ takesToken: (user, token) => user === provider.email && provider.knowsToken(token) });
    const begun = await browser.post('/mailboxes/oauth', { provider: 'microsoft' }).expect(200);
    authorize = new URL(begun.body.authorizeUrl as string);
    const from = await provider.visit(authorize.href);
    const back = await browser.get(`/mailboxes/oauth/callback${from.search}`).expect(302);
    mailboxId = (back.headers['location'] as string).split('/').at(-1) ?? '';
  });
  afterEach(() => smtp.stop());
  afterAll(async () => {
    await provider.stop();
    await test.close();
  });

  const read = async () => (await test.as(test.owner.key).get(`/mailboxes/${mailboxId}`).expect(200)).body;
  /** Its server is on loopback from then on. */
  const planned = async (): Promise<PlannedMail> => {
    const { workspaceId } = test.owner;
    await test.db.query(`UPDATE mailboxes SET smtp_host = '127.0.0.1', smtp_port = $3, smtp_security = 'none' WHERE workspace_id = $1 AND id = $2`, [
      ...[workspaceId, mailboxId, smtp.port],
    ]);
    return makePlannedMail(test.db, workspaceId, { port: 0, mailboxId, message: { nextAt: test.clock.now() } });
  };
  const now = ({ messageId }: PlannedMail) => mailNow(test.db, test.owner.workspaceId, messageId);

  it('is asked for with lasting access to SMTP and IMAP, and known by the name that the account logs in with', async () => {
    expect(authorize.searchParams.get('scope')).toBe(
      'openid email profile offline_access https://outlook.office.com/SMTP.Send https://outlook.office.com/IMAP.AccessAsUser.All',
    );
    expect(authorize.searchParams.get('prompt')).toBe('select_account');
    expect(await read()).toMatchObject({
      ...{ fromAddress: 'ann@tea.example', state: 'connected' },
      smtp: { host: 'smtp.office365.com', port: 587, security: 'starttls', auth: 'oauth', user: 'ann@tea.example', hasPassword: false },
      imap: { host: 'outlook.office365.com', port: 993, security: 'tls', user: 'ann@tea.example' },
    });
  });

  it('sends by XOAUTH2, also when its token has been renewed', async () => {
    const first = await planned();
    await test.run('send');
    test.clock.advance(HOUR_MS);
    const second = await planned();
    await test.run('send');

    expect([(await now(first)).state, (await now(second)).state]).toEqual(['sent', 'sent']);
    expect(provider.grants.at(-1)).toBe('refresh_token');
  });

  it('needs its person when the provider lets nobody in any more (invalid_grant)', async () => {
    const mail = await planned();
    provider.takeBack();
    test.clock.advance(HOUR_MS);

    await test.run('send');

    expect(await read()).toMatchObject({ state: 'needs_reconnect', stateReason: expect.stringContaining('connect it again') });
    expect(await now(mail)).toMatchObject({ state: 'scheduled', attempts: 0 });
    expect(smtp.commands).toEqual([]);
  });

  it('needs its person when the server refuses the token, and the provider gives no other', async () => {
    const mail = await planned();
    Object.assign(smtp.options, { takesToken: () => false });
    provider.takeBack();

    await test.run('send');

    expect(await read()).toMatchObject({ state: 'needs_reconnect', stateReason: expect.stringContaining('connect it again') });
    expect((await now(mail)).state).toBe('scheduled');
    expect(smtp.commands.filter((line) => line.startsWith('AUTH XOAUTH2'))).toHaveLength(1);
  });
});
