import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/bootstrap.js';
import { StoredTokenVerifier } from '../../src/modules/auth/sessions/token-verifier.service.js';
import { DAY_MS, MINUTE_MS } from '../../src/platform/clock.js';
import { hashToken } from '../../src/platform/secrets/tokens.js';
import { Browser } from '../support/browser.js';
import { createTestApp, makeMember, type TestApp } from '../support/test-app.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

interface Session {
  readonly id: string;
  readonly version: number;
  readonly current: boolean;
  readonly userAgent: string | null;
  readonly lastSeenAt: string;
}

describe('sessions', () => {
  let test: TestApp;
  let email: string;

  beforeAll(async () => {
    test = await createTestApp();
  });

  beforeEach(async () => {
    ({ email } = await makeMember(test.db, test.owner.workspaceId, 'member', test.clock.now()));
  });

  afterAll(() => test.close());

  const loggedIn = async (userAgent = 'curl/8.5.0', whose = email): Promise<Browser> => {
    const browser = new Browser(test.url, { 'user-agent': userAgent });
    await browser.logIn(whose).expect(200);
    return browser;
  };
  const sessionsOf = async (browser: Browser): Promise<Session[]> => (await browser.get('/auth/sessions').expect(200)).body.data as Session[];

  it('are listed with what their person knows them by, one of them current', async () => {
    const phone = await loggedIn(FIREFOX);
    test.clock.advance(MINUTE_MS);
    const laptop = await loggedIn();

    const response = await laptop.get('/auth/sessions').expect(200);

    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.body).toMatchObject({
      data: [
        { userAgent: 'curl', current: true, version: 1, workspaceId: test.owner.workspaceId },
        { userAgent: 'Firefox on Linux', current: false },
      ],
      hasMore: false,
    });
    expect((await sessionsOf(phone)).map(({ current }) => current)).toEqual([false, true]);
    expect((await laptop.get('/auth/sessions?limit=1&sort=createdAt').expect(200)).body).toMatchObject({ data: [{ current: false }], hasMore: true });
  });

  /** As a process sees it that has not met the session yet, or not for three seconds. */
  const unknownAgain = (browser: Browser): Browser => {
    test.app.get(StoredTokenVerifier).forget(hashToken(browser.cookies.get('lw_session') ?? ''));
    return browser;
  };

  it('say when they were seen last, to the minute', async () => {
    const browser = await loggedIn();
    const seen = async (): Promise<string | undefined> => (await sessionsOf(unknownAgain(browser)))[0]?.lastSeenAt;
    const began = test.clock.now().toISOString();

    test.clock.advance(MINUTE_MS - 1);
    expect(await seen()).toBe(began);
    test.clock.advance(1);

    expect(await seen()).toBe(test.clock.now().toISOString());
  });

  it('end one by one', async () => {
    const [phone, laptop] = [await loggedIn(FIREFOX), await loggedIn()];
    const other = (await sessionsOf(laptop)).find(({ current }) => !current);
    await phone.get('/auth/me').expect(200);

    await laptop.delete(`/auth/sessions/${other?.id}`).set('if-match', '"7"').expect(412);
    await laptop.delete(`/auth/sessions/${other?.id}`).unset('if-match').expect(428);
    await laptop.delete(`/auth/sessions/${other?.id}`).set('if-match', `"${other?.version}"`).expect(204);

    await phone.get('/auth/me').expect(401);
    await laptop.get('/auth/me').expect(200);
    await laptop.delete(`/auth/sessions/${other?.id}`).expect(404);
  });

  it('end all at once but the one that asks', async () => {
    const [phone, tablet, laptop] = [await loggedIn(), await loggedIn(), await loggedIn()];
    const stranger = await loggedIn('curl/8', test.owner.email);

    await laptop.delete('/auth/sessions').expect(204);

    await phone.get('/auth/me').expect(401);
    await tablet.get('/auth/me').expect(401);
    await laptop.get('/auth/me').expect(200);
    await stranger.get('/auth/me').expect(200);
    expect(await sessionsOf(laptop)).toHaveLength(1);
  });

  it("are nobody else's: not a colleague's, not a key's", async () => {
    const mine = await loggedIn();
    const colleague = await loggedIn('curl/8', test.owner.email);
    const [session] = await sessionsOf(mine);

    await colleague.delete(`/auth/sessions/${session?.id}`).expect(404);
    await test
      .as(await test.makeKey('owner'))
      .delete(`/auth/sessions/${session?.id}`, '*')
      .expect(404);
    await test.as(test.owner.key).get('/auth/sessions').expect(403);
    await test.as(test.owner.key).delete('/auth/sessions').expect(403);
    await mine.get('/auth/me').expect(200);
  });

  it('begin anew at every login: the one that the browser had before ends', async () => {
    const browser = await loggedIn();
    const before = browser.cookies.get('lw_session') ?? '';

    await browser.logIn(email).expect(200);

    expect(browser.cookies.get('lw_session')).not.toBe(before);
    await test.request().get('/api/v1/auth/me').set('cookie', `lw_session=${before}`).expect(401);
    expect(await sessionsOf(browser)).toHaveLength(1);
  });

  it('stay as they were when a login fails', async () => {
    const browser = await loggedIn();

    await browser.logIn(email, { password: 'not this one' }).expect(401);

    await browser.get('/auth/me').expect(200);
  });

  it('end when nobody has used them for 14 days, and after 30 days in any case', async () => {
    const [used, idle] = [await loggedIn(), await loggedIn()];

    test.clock.advance(13 * DAY_MS);
    await unknownAgain(used).get('/auth/me').expect(200);
    test.clock.advance(DAY_MS);
    await unknownAgain(idle).get('/auth/me').expect(401);
    await unknownAgain(used).get('/auth/me').expect(200);
    test.clock.advance(13 * DAY_MS);
    await unknownAgain(used).get('/auth/me').expect(200);
    test.clock.advance(3 * DAY_MS);

    await unknownAgain(used).get('/auth/me').expect(401);
  });

  it('end in every process within five seconds', async () => {
    const elsewhere = await createApp(test.config, test.clock);
    await elsewhere.listen(0, '127.0.0.1');
    const [phone, laptop] = [await loggedIn(), await loggedIn()];
    const there = new Browser(`http://127.0.0.1:${(elsewhere.getHttpServer().address() as AddressInfo).port}`);
    for (const [name, value] of phone.cookies) there.cookies.set(name, value);
    await there.get('/auth/me').expect(200);

    await laptop.delete('/auth/sessions').expect(204);

    const ended = performance.now();
    while ((await there.get('/auth/me')).status === 200) expect(performance.now() - ended).toBeLessThan(5000);
    await there.get('/auth/me').expect(401);
    await elsewhere.close();
  });

  it('leave a line in the audit log when they begin and end', async () => {
    const browser = await loggedIn();
    const [session] = await sessionsOf(browser);
    await browser.post('/auth/logout').expect(204);

    const log = await test.db.query(
      `SELECT action, via, request_id IS NOT NULL AS traced FROM audit_log WHERE workspace_id = $1 AND subject_id = $2 ORDER BY id`,
      [test.owner.workspaceId, session?.id],
    );

    expect(log).toEqual([
      { action: 'session.opened', via: 'ui', traced: true },
      { action: 'session.ended', via: 'ui', traced: true },
    ]);
  });
});
