import { Secret, TOTP } from 'otpauth';
import { SECOND_MS } from '../../src/platform/clock.js';
import { newId } from '../../src/platform/ids.js';
import { createMailingApp, type MailingApp } from '../support/system-mails.js';
import { TEST_PASSWORD, type TestOwner } from '../support/test-app.js';

const PASSWORD = 'a password of her own';

describe('whoever accepts an invitation', () => {
  let t: MailingApp;
  let team: TestOwner;
  let email: string;

  beforeAll(async () => {
    t = await createMailingApp();
  });

  beforeEach(async () => {
    team = await t.makeWorkspace();
    email = `ann-${newId()}@tea.example`;
  });

  afterAll(() => t.close());

  const invite = () => t.as(team.key).post('/invitations', { email, role: 'member' });
  const open = (token: string) => t.request().post('/api/v1/auth/invitations/open').send({ token });
  const accept = (token: string, body: object = { name: 'Ann', password: PASSWORD }, cookie = '') =>
    t
      .request()
      .post('/api/v1/auth/invitations/accept')
      .set('cookie', cookie)
      .send({ token, ...body });
  const logIn = (body: object) => t.request().post('/api/v1/auth/login').send(body);
  const cookieOf = (response: { headers: Record<string, unknown> }): string =>
    String((response.headers['set-cookie'] as string[])[0]).split(';')[0] ?? '';

  it('opens the session of a new account as a login does, and ends the one that the browser had', async () => {
    const before = cookieOf(await logIn({ email: team.email, password: TEST_PASSWORD }).expect(200));
    await invite().expect(201);
    const { token } = await t.nextMail();

    const accepted = await accept(token, undefined, before)
      .set('user-agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0')
      .set('x-request-id', 'accepting-1')
      .expect(201);

    expect(accepted.headers['cache-control']).toBe('no-store');
    await t.request().get('/api/v1/auth/me').set('cookie', before).expect(401);
    const { body } = await t.request().get('/api/v1/auth/sessions').set('cookie', cookieOf(accepted)).expect(200);
    expect(body.data).toEqual([expect.objectContaining({ userAgent: 'Firefox on Linux' })]);
    const opened = await t.db.query('SELECT request_id AS "requestId" FROM audit_log WHERE workspace_id = $1 AND action = $2 AND actor_id = $3', [
      team.workspaceId,
      'session.opened',
      accepted.body.memberId,
    ]);
    expect(opened).toEqual([{ requestId: 'accepting-1' }]);
  });

  it.each([
    ['is revoked', (id: string) => t.as(team.key).delete(`/api-keys/${id}`, '*').expect(204)],
    [
      'has expired',
      (id: string) => t.db.query('UPDATE api_keys SET expires_at = $3 WHERE workspace_id = $1 AND id = $2', [team.workspaceId, id, t.clock.now()]),
    ],
  ])('is good no longer than the key that made it: one that %s', async (_, end) => {
    const key = await t.makeKey(['*'], { of: team });
    const [row] = await t.db.query<{ id: string }[]>('SELECT id FROM api_keys WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1', [
      team.workspaceId,
    ]);
    await t.as(key).post('/invitations', { email, role: 'owner' }).expect(201);
    const { token } = await t.nextMail();
    await open(token).expect(200);

    await end(row?.id ?? '');

    await open(token).expect(404);
    await accept(token).expect(404);
    await invite().expect(200);
    await open((await t.nextMail()).token).expect(200);
  });

  it('takes its token in no address', async () => {
    await invite().expect(201);
    const { token } = await t.nextMail();

    await t.request().get(`/api/v1/auth/invitations/${token}`).expect(404);
    await t.request().post(`/api/v1/auth/invitations/${token}`).send({ name: 'Ann', password: PASSWORD }).expect(404);
    await t.request().post('/api/v1/auth/invitations/open').send({ token: '' }).expect(400);
    await open('x'.repeat(43)).expect(404);
  });

  describe('for somebody with an account', () => {
    let theirs: TestOwner;
    let token: string;

    beforeEach(async () => {
      theirs = await t.makeWorkspace();
      email = theirs.email;
      await invite().expect(201);
      ({ token } = await t.nextMail());
    });

    it('says so, and lets them in with their session, in both workspaces from then on', async () => {
      expect((await open(token).expect(200)).body.accountExists).toBe(true);
      const cookie = cookieOf(await logIn({ email, password: TEST_PASSWORD }).expect(200));

      const accepted = await accept(token, {}, cookie).expect(201);

      expect(accepted.body).toMatchObject({ workspaceId: team.workspaceId, userId: theirs.userId, loggedIn: false });
      expect(accepted.headers['set-cookie']).toBeUndefined();
      const there = await logIn({ email, password: TEST_PASSWORD, workspaceId: team.workspaceId }).expect(200);
      expect(there.body).toMatchObject({ role: 'member', workspace: { id: team.workspaceId } });
    });

    it('lets them in with their password, but opens no session: that takes a login with all that it asks for', async () => {
      const accepted = await accept(token, { password: TEST_PASSWORD }).expect(201);

      expect(accepted.body).toMatchObject({ userId: theirs.userId, loggedIn: false });
      expect(accepted.headers['set-cookie']).toBeUndefined();
    });

    it('asks them to log in when they have a second factor: their password alone is not enough', async () => {
      const cookie = cookieOf(await logIn({ email, password: TEST_PASSWORD }).expect(200));
      const post = (path: string, body: object = {}) =>
        t.request().post(`/api/v1/auth/totp${path}`).set('cookie', cookie).set('origin', t.url).send(body);
      const { secret } = (await post('').expect(201)).body as { secret: string };
      await post('/confirm', { code: new TOTP({ secret: Secret.fromBase32(secret) }).generate() }).expect(200);

      expect((await accept(token, { password: TEST_PASSWORD }).expect(401)).body.code).toBe('login_required');
      await accept(token, {}, cookie).expect(201);
    });

    it('never takes the account over', async () => {
      const stranger = cookieOf(await logIn({ email: team.email, password: TEST_PASSWORD }).expect(200));

      expect((await accept(token, { name: 'Eve' }).expect(401)).body.code).toBe('login_required');
      expect((await accept(token, {}, stranger).expect(401)).body.code).toBe('login_required');
      expect((await accept(token, { name: 'Eve', password: 'a guess of the password' }).expect(401)).body.code).toBe('invalid_credentials');
      await logIn({ email, password: TEST_PASSWORD }).expect(200);
      expect(await t.db.query('SELECT FROM members WHERE workspace_id = $1 AND user_id = $2', [team.workspaceId, theirs.userId])).toEqual([]);
    });

    it('does not let passwords be tried, by one link or by many', async () => {
      const other = await t.makeWorkspace();
      await t.as(other.key).post('/invitations', { email, role: 'viewer' }).expect(201);
      const second = (await t.nextMail()).token;
      const guess = { password: 'a guess of the password' };
      for (const link of [token, second, token, second]) await accept(link, guess).expect(401);
      expect((await logIn({ email, ...guess }).expect(401)).body.code).toBe('invalid_credentials'); // counts with them

      const response = await accept(second, { password: TEST_PASSWORD }).expect(429);
      expect(response.body.code).toBe('too_many_attempts');
      expect(response.headers['retry-after']).toBe('5');
      await logIn({ email, password: TEST_PASSWORD }).expect(429);

      t.clock.advance(5 * SECOND_MS);
      await accept(second, { password: TEST_PASSWORD }).expect(201);
    });

    it('counts no password that was right', async () => {
      const right = { password: TEST_PASSWORD };
      await accept(token, right).expect(201);
      for (let times = 0; times < 6; times += 1) {
        const other = await t.makeWorkspace();
        await t.as(other.key).post('/invitations', { email, role: 'viewer' }).expect(201);
        await accept((await t.nextMail()).token, right).expect(201);
      }
    });
  });
});
