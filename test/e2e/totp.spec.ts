import { Secret, TOTP } from 'otpauth';
import { MINUTE_MS, SECOND_MS } from '../../src/platform/clock.js';
import { Browser } from '../support/browser.js';
import { createTestApp, makeMember, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

interface Factor {
  readonly secret: string;
  readonly recoveryCodes: string[];
}

describe('the second factor', () => {
  let test: TestApp;
  let userId: string;
  let email: string;
  let browser: Browser;

  beforeAll(async () => {
    test = await createTestApp({ env: { TRUSTED_PROXIES: '127.0.0.0/8' } });
  });

  beforeEach(async () => {
    ({ userId, email } = await makeMember(test.db, test.owner.workspaceId, 'member', test.clock.now()));
    browser = new Browser(test.url);
    await browser.logIn(email).expect(200);
  });

  afterAll(() => test.close());

  /** What the app of that person shows now: real time, as on a telephone. */
  const codeOf = (secret: string): string => new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  const wrongCodeOf = (secret: string): string => (codeOf(secret).startsWith('1') ? '2' : '1') + codeOf(secret).slice(1);
  /** As after half a minute, when the app shows the next one. */
  const nextCode = async (secret: string): Promise<string> => {
    await test.db.query('UPDATE second_factors SET last_step = NULL WHERE user_id = $1', [userId]);
    return codeOf(secret);
  };
  const turnOn = async (): Promise<Factor> => {
    const { secret } = (await browser.post('/auth/totp').expect(201)).body as { secret: string };
    const { recoveryCodes } = (await browser.post('/auth/totp/confirm', { code: codeOf(secret) }).expect(200)).body as { recoveryCodes: string[] };
    return { secret, recoveryCodes };
  };
  const logIn = (totp?: string) => new Browser(test.url).logIn(email, totp === undefined ? {} : { totp });

  it('is off, then begun, then on when a code of the app was seen', async () => {
    expect((await browser.get('/auth/totp').expect(200)).body).toEqual({ enabled: false, enabledAt: null, recoveryCodesLeft: 0 });

    const begun = await browser.post('/auth/totp').expect(201);

    expect(begun.headers['cache-control']).toBe('no-store');
    expect(begun.body.otpauthUrl).toContain(`secret=${begun.body.secret}`);
    await logIn().expect(200);
    expect((await browser.post('/auth/totp/confirm', { code: wrongCodeOf(begun.body.secret as string) }).expect(401)).body.code).toBe('invalid_totp');
    await logIn().expect(200);
    await browser.post('/auth/totp/confirm', { code: codeOf(begun.body.secret as string) }).expect(200);
    expect((await browser.get('/auth/totp').expect(200)).body).toMatchObject({ enabled: true, recoveryCodesLeft: 10 });
    expect((await logIn().expect(401)).body.code).toBe('totp_required');
  });

  it('lets in who has password and code', async () => {
    const { secret } = await turnOn();

    expect((await logIn(wrongCodeOf(secret)).expect(401)).body.code).toBe('invalid_totp');
    const response = await logIn(await nextCode(secret)).expect(200);

    expect(response.body.user.id).toBe(userId);
    const wrongPassword = await new Browser(test.url).logIn(email, { password: 'not this one', totp: await nextCode(secret) }).expect(401);
    expect(wrongPassword.body.code).toBe('invalid_credentials');
  });

  it('takes no code twice: not that of the set-up, not that of a login, not in two logins at once', async () => {
    const { secret } = await turnOn();
    const code = codeOf(secret);
    expect((await logIn(code).expect(401)).body.code).toBe('invalid_totp');

    const next = await nextCode(secret);
    const both = await Promise.all([logIn(next), logIn(next)]);

    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
    await logIn(next).expect(401);
  });

  it('keeps a code for another try when the login fails for another reason', async () => {
    const { secret } = await turnOn();
    const foreign = await test.makeWorkspace();
    const code = await nextCode(secret);

    await new Browser(test.url).logIn(email, { totp: code, workspaceId: foreign.workspaceId }).expect(404);

    await logIn(code).expect(200);
  });

  it('takes each recovery code once, however it is typed', async () => {
    const { recoveryCodes } = await turnOn();
    const [first = '', second = ''] = recoveryCodes;
    expect(recoveryCodes).toHaveLength(10);

    await logIn(first).expect(200);

    expect((await logIn(first).expect(401)).body.code).toBe('invalid_totp');
    await logIn(second.toUpperCase().replaceAll('-', ' ')).expect(200);
    expect((await browser.get('/auth/totp').expect(200)).body.recoveryCodesLeft).toBe(8);
    expect(JSON.stringify(await test.db.query('SELECT * FROM recovery_codes'))).not.toContain(first.replaceAll('-', ''));
  });

  it('slows down who guesses codes, and who asks for one in between', async () => {
    const { secret } = await turnOn();
    const thief = new Browser(test.url, { 'x-forwarded-for': '198.51.100.9' });
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      statuses.push((await thief.logIn(email, { totp: wrongCodeOf(secret) })).status);
      if (n < 4) statuses.push((await thief.logIn(email)).status);
    }

    expect(statuses).toEqual(Array.from({ length: 9 }, () => 401));
    expect((await thief.logIn(email, { totp: codeOf(secret) }).expect(429)).body.code).toBe('too_many_attempts');
    test.clock.advance(5 * SECOND_MS);
    await thief.logIn(email, { totp: await nextCode(secret) }).expect(200);
  });

  it('is turned off by who shows again who they are, code included', async () => {
    const { secret } = await turnOn();
    test.clock.advance(10 * MINUTE_MS);
    expect((await browser.post('/auth/totp/disable').expect(403)).body.code).toBe('confirmation_required');

    expect((await browser.post('/auth/confirm', { password: TEST_PASSWORD }).expect(401)).body.code).toBe('totp_required');
    await browser.post('/auth/confirm', { password: TEST_PASSWORD, totp: await nextCode(secret) }).expect(204);
    await browser.post('/auth/totp/disable').expect(204);

    await logIn().expect(200);
    expect((await browser.post('/auth/totp/disable').expect(409)).body.code).toBe('totp_off');
    expect(await test.db.query('SELECT FROM recovery_codes WHERE user_id = $1', [userId])).toEqual([]);
  });

  it('gives new recovery codes, and the old ones are void', async () => {
    const { recoveryCodes } = await turnOn();

    const renewed = (await browser.post('/auth/totp/recovery-codes').expect(200)).body.recoveryCodes as string[];

    await logIn(recoveryCodes[0]).expect(401);
    await logIn(renewed[0]).expect(200);
  });

  it.each([
    ['begun while it is on', '/auth/totp', {}, 'totp_on'],
    ['confirmed while it is on', '/auth/totp/confirm', { code: '123456' }, 'totp_on'],
  ])('cannot be %s', async (_, path, body, code) => {
    await turnOn();

    expect((await browser.post(path, body).expect(409)).body.code).toBe(code);
  });

  it.each([
    ['confirmed before it was begun', '/auth/totp/confirm', { code: '123456' }],
    ['turned off while it is off', '/auth/totp/disable', {}],
    ['given recovery codes while it is off', '/auth/totp/recovery-codes', {}],
  ])('cannot be %s', async (_, path, body) => {
    expect((await browser.post(path, body).expect(409)).body.code).toBe('totp_off');
  });

  it.each([
    ['/auth/totp/confirm', { code: '12345' }, '/code'],
    ['/auth/totp/confirm', {}, '/code'],
    ['/auth/confirm', { password: 'x', totp: '<>' }, '/totp'],
  ])('%s refuses %j', async (path, body, pointer) => {
    const response = await browser.post(path, body).expect(400);

    expect(response.body.errors[0].pointer).toBe(pointer);
  });

  it('is not for keys', async () => {
    const as = test.as(test.owner.key);

    await as.get('/auth/totp').expect(403);
    for (const path of ['/auth/totp', '/auth/totp/disable', '/auth/totp/recovery-codes']) await as.post(path).expect(403);
    await as.post('/auth/totp/confirm', { code: '123456' }).expect(403);
    await as.post('/auth/confirm', { password: TEST_PASSWORD }).expect(403);
  });

  it('lies in the database sealed, and in the audit log by id alone', async () => {
    const { secret } = await turnOn();

    const [row] = await test.db.query<{ sealed: string }[]>('SELECT secret_sealed AS sealed FROM second_factors WHERE user_id = $1', [userId]);
    const log = await test.db.query('SELECT action, details FROM audit_log WHERE workspace_id = $1 AND subject_id = $2 ORDER BY id', [
      test.owner.workspaceId,
      userId,
    ]);

    expect(row?.sealed).toMatch(/^v1\./);
    expect(row?.sealed).not.toContain(secret);
    expect(log).toEqual([
      { action: 'totp.begun', details: {} },
      { action: 'totp.enabled', details: {} },
    ]);
  });
});
