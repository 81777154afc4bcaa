import { Logger } from '@nestjs/common';
import { resetPassword } from '../../src/cli/reset-password.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/platform/clock.js';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import { Housekeeping } from '../../src/platform/jobs/housekeeping.service.js';
import { hashToken } from '../../src/platform/secrets/tokens.js';
import { createMailingApp, type MailingApp, PUBLIC_URL } from '../support/system-mails.js';
import { createTestApp, TEST_PASSWORD, type TestOwner } from '../support/test-app.js';

const NEW_PASSWORD = 'quite another password';

describe('passwords', () => {
  let t: MailingApp;
  let ann: TestOwner;

  beforeAll(async () => {
    t = await createMailingApp();
  });

  beforeEach(async () => {
    ann = await t.makeWorkspace();
  });

  afterAll(() => t.close());

  const ask = (email: string) => t.request().post('/api/v1/auth/password-reset').send({ email });
  const reset = (token: string, password = NEW_PASSWORD) => t.request().post('/api/v1/auth/password-reset/complete').send({ token, password });
  const logIn = (password: string, email = ann.email) => t.request().post('/api/v1/auth/login').send({ email, password });
  const session = async (): Promise<string> =>
    String(((await logIn(TEST_PASSWORD).expect(200)).headers['set-cookie'] as unknown as string[])[0]).split(';')[0] ?? '';
  const me = (cookie: string) => t.request().get('/api/v1/auth/me').set('cookie', cookie);
  const linkSent = async (): Promise<string> => {
    await ask(ann.email).expect(202);
    return (await t.nextMail()).token;
  };

  describe('that were forgotten', () => {
    it('are chosen anew by a link, once; every login ends, and the owner is told', async () => {
      const cookie = await session();
      await me(cookie).expect(200);

      const asked = await ask(ann.email.toUpperCase()).set('host', 'evil.example').expect(202);
      expect(asked.text).toBe('');
      const mail = await t.nextMail();
      expect(mail).toMatchObject({
        to: ann.email,
        subject: 'Choose a new password for Linkwright',
        link: `${PUBLIC_URL}/reset-password#token=${mail.token}`,
      });
      expect(mail.token).toMatch(/^[\w-]{43}$/);

      await reset(mail.token).expect(204);

      await me(cookie).expect(401);
      await logIn(TEST_PASSWORD).expect(401);
      await logIn(NEW_PASSWORD).expect(200);
      await t.as(ann.key).get('/workspace').expect(200); // keys go on
      const told = await t.nextMail();
      expect(told).toMatchObject({ to: ann.email, subject: 'Your Linkwright password was changed', link: `${PUBLIC_URL}/reset-password` });
      expect(told.text).not.toContain(NEW_PASSWORD);
      const again = await reset(mail.token, 'yet another password').expect(404);
      expect(again.body).toMatchObject({ code: 'not_found', detail: expect.stringContaining('ask for a new one') });
      await logIn(NEW_PASSWORD).expect(200);
    });

    it('are chosen by one of two at once', async () => {
      const token = await linkSent();

      const responses = await Promise.all([reset(token), reset(token, 'yet another password')]);

      expect(responses.map(({ status }) => status).sort()).toEqual([204, 404]);
      await t.nextMail();
    });

    it('keep their link for half an hour', async () => {
      const token = await linkSent();

      t.clock.advance(30 * MINUTE_MS);

      await reset(token).expect(404);
      await logIn(TEST_PASSWORD).expect(200);
    });

    it('end the other links too', async () => {
      const [first, second] = [await linkSent(), await linkSent()];

      await reset(second).expect(204);
      await t.nextMail();

      await reset(first, 'yet another password').expect(404);
    });

    it.each([
      ['a short password', 'short', 400],
      ['a link that never was', NEW_PASSWORD, 404],
    ])('stay with %s', async (_, password, status) => {
      await reset('x'.repeat(43), password).expect(status);
    });

    it('answer alike for an address that nobody has, and send it nothing', async () => {
      const before = t.sink.stored.length;
      const known = await ask(ann.email).expect(202);
      const unknown = await ask('nobody@tea.example').expect(202);
      await ask('').expect(400);

      expect([unknown.status, unknown.text]).toEqual([known.status, known.text]);
      await t.nextMail();
      await linkSent(); // comes after whatever nobody would have got
      expect(t.sink.stored.slice(before).map(({ rcpt }) => rcpt[0])).toEqual([ann.email, ann.email]);
    });

    it('bring three mails an hour at most', async () => {
      for (let sent = 0; sent < 3; sent += 1) await linkSent();
      await ask(ann.email).expect(202);
      const other = await t.makeWorkspace();
      await ask(other.email).expect(202);

      expect((await t.nextMail()).to).toBe(other.email); // the fourth was not sent
      t.clock.advance(HOUR_MS);
      await linkSent();
    });

    it('leave no token and no address in tables, jobs and the audit log', async () => {
      const token = await linkSent();
      await reset(token).expect(204);
      await t.nextMail();

      const kept = await t.db.query<object[]>('SELECT token_hash FROM password_resets WHERE user_id = $1', [ann.userId]);
      const jobs = await t.db.query<object[]>('SELECT name, data, output FROM pgboss.job');
      const log = await t.db.query<object[]>('SELECT action, via, actor_id, details FROM audit_log WHERE workspace_id = $1', [ann.workspaceId]);
      expect(kept).toEqual([{ token_hash: hashToken(token) }]);
      for (const secret of [token, ann.email, NEW_PASSWORD]) expect(JSON.stringify([jobs, log])).not.toContain(secret);
      expect(log).toEqual([{ action: 'user.password_reset', via: 'public', actor_id: ann.memberId, details: {} }]);
    });

    it('are forgotten with their links after a day', async () => {
      await linkSent();
      t.clock.advance(2 * DAY_MS);

      await t.app.get(Housekeeping).run();

      expect(await t.db.query('SELECT FROM password_resets')).toEqual([]);
    });
  });

  describe('that are known', () => {
    const change = (cookie: string, body: object = {}) =>
      t
        .request()
        .post('/api/v1/auth/password')
        .set('cookie', cookie)
        .send({ currentPassword: TEST_PASSWORD, newPassword: NEW_PASSWORD, ...body });

    it('are changed by who is logged in; the other logins and links end', async () => {
      const [here, there] = [await session(), await session()];
      const link = await linkSent();
      await me(there).expect(200);

      await change(here).expect(204);

      await me(here).expect(200);
      await me(there).expect(401);
      await logIn(NEW_PASSWORD).expect(200);
      await reset(link).expect(404);
      expect((await t.nextMail()).subject).toBe('Your Linkwright password was changed');
    });

    it.each<[what: string, body: object, status: number, code: string]>([
      ['a wrong password', { currentPassword: 'not this one' }, 422, 'wrong_password'],
      ['a short new one', { newPassword: 'short' }, 400, 'invalid_request'],
    ])('stay for %s', async (_, body, status, code) => {
      const response = await change(await session(), body).expect(status);

      expect(response.body.code).toBe(code);
      await logIn(TEST_PASSWORD).expect(200);
    });

    it('stay when a key asks', async () => {
      await t.as(ann.key).post('/auth/password', { currentPassword: TEST_PASSWORD, newPassword: NEW_PASSWORD }).expect(403);

      await logIn(TEST_PASSWORD).expect(200);
    });
  });

  describe("one's own name", () => {
    const rename = (cookie: string, ifMatch: string, body: object = { name: 'Ann of Tea' }) =>
      t.request().patch('/api/v1/auth/me').set({ cookie, 'if-match': ifMatch }).send(body);

    it('is changed by who is logged in', async () => {
      const cookie = await session();
      const { etag } = (await me(cookie).expect(200)).headers;

      const response = await rename(cookie, String(etag)).expect(200);

      expect(response.body.user).toMatchObject({ id: ann.userId, name: 'Ann of Tea' });
      expect((await me(cookie).expect(200)).body).toEqual(response.body);
      expect((await rename(cookie, String(etag)).expect(412)).body.code).toBe('version_mismatch');
      await rename(cookie, '*', { name: '' }).expect(400);
      await rename(cookie, '*', { email: 'eve@tea.example' }).expect(400);
    });

    it('is not changed by a key', async () => {
      await t.as(ann.key).patch('/auth/me', { name: 'Key' }, '*').expect(403);
    });
  });
});

describe('a reset that is asked for', () => {
  it('is the same work for an address that nobody has: one job, and no look at the accounts', async () => {
    const t = await createTestApp();
    const left = async (): Promise<unknown> =>
      (
        await t.db.query(`SELECT (SELECT count(*)::int FROM pgboss.job WHERE name = 'password_reset_asked') AS jobs,
                                (SELECT count(*)::int FROM password_resets) AS links`)
      )[0];

    for (const [at, email] of [t.owner.email, 'nobody@tea.example'].entries()) {
      await t.request().post('/api/v1/auth/password-reset').send({ email }).expect(202);
      expect(await left()).toEqual({ jobs: at + 1, links: 0 });
    }
    await t.close();
  });
});

describe('an installation without a mail server', () => {
  it('prints a link for the operator to pass on', async () => {
    const t = await createTestApp();

    const said = await resetPassword(t.app, t.owner.email);

    const token = /http:\/\/localhost:3000\/reset-password#token=([\w-]{43})$/.exec(said)?.[1] ?? '';
    await t.request().post('/api/v1/auth/password-reset/complete').send({ token, password: NEW_PASSWORD }).expect(204);
    await t.request().post('/api/v1/auth/login').send({ email: t.owner.email, password: NEW_PASSWORD }).expect(200);
    await expect(resetPassword(t.app, 'nobody@tea.example')).rejects.toThrow('no user with the address');
    await t.close();
  });

  it('answers as always when a reset is asked for, and tells the operator without a name or a token', async () => {
    const t = await createTestApp();
    const warned = new Promise<unknown[]>((resolve) => {
      const ignore = (): void => undefined;
      Logger.overrideLogger({
        log: ignore,
        error: ignore,
        warn: (...parts: unknown[]) => {
          resolve(parts);
        },
      });
    });
    await t.app.get(JobQueue).work();

    await t.request().post('/api/v1/auth/password-reset').send({ email: t.owner.email }).expect(202);

    const said = JSON.stringify(await warned);
    expect(said).toContain('SYSTEM_SMTP_URL is not set');
    expect(said).toContain(t.owner.userId);
    expect(said).not.toMatch(/token|@/);
    expect(await t.db.query('SELECT FROM password_resets')).toEqual([]);
    Logger.overrideLogger(false);
    await t.close();
  });
});
