import { HOUR_MS, SECOND_MS } from '../../src/platform/clock.js';
import { Housekeeping } from '../../src/platform/jobs/housekeeping.service.js';
import { Browser } from '../support/browser.js';
import { createTestApp, makeMember, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

const WRONG = { password: 'not this one' };

describe('who fails to log in again and again', () => {
  let test: TestApp;
  let lastAddress = 0;

  beforeAll(async () => {
    test = await createTestApp({ env: { TRUSTED_PROXIES: '127.0.0.0/8' } });
  });

  afterAll(() => test.close());

  /** Each an address of its own, in documentation space. */
  const newAddress = (): string => `198.51.${Math.floor(lastAddress / 250)}.${(lastAddress++ % 250) + 1}`;
  const from = (address = newAddress()): Browser => new Browser(test.url, { 'x-forwarded-for': address });
  const someone = async (): Promise<string> => (await makeMember(test.db, test.owner.workspaceId, 'member')).email;
  const fail = async (browser: Browser, email: string, times: number): Promise<number[]> => {
    const statuses: number[] = [];
    for (let n = 0; n < times; n += 1) statuses.push((await browser.logIn(email, WRONG)).status);
    return statuses;
  };

  it('waits longer and longer, even with the right password, and then is let in', async () => {
    const [email, attacker] = [await someone(), from()];
    expect(await fail(attacker, email, 5)).toEqual([401, 401, 401, 401, 401]);

    const refused = await attacker.logIn(email).expect(429);

    expect(refused.body).toMatchObject({ code: 'too_many_attempts', retryAfterSeconds: 5 });
    expect(refused.headers['retry-after']).toBe('5');
    test.clock.advance(5 * SECOND_MS);
    expect(await fail(attacker, email, 2)).toEqual([401, 429]);
    expect((await attacker.logIn(email).expect(429)).headers['retry-after']).toBe('10');
    test.clock.advance(10 * SECOND_MS);
    await attacker.logIn(email).expect(200);
    expect(await fail(from(), email, 5)).toEqual([401, 401, 401, 401, 401]);
  });

  it.each([
    ['an account', someone],
    ['an address that nobody has', async () => `nobody-${newAddress()}@far.example`],
  ])('learns nothing of %s: both are counted alike', async (_, email) => {
    const [who, attacker] = [await email(), from()];

    expect(await fail(attacker, who, 6)).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await attacker.logIn(who.toUpperCase(), WRONG).expect(429)).body).toMatchObject({ code: 'too_many_attempts', retryAfterSeconds: 5 });
  });

  it('gets no more tries by trying all at once', async () => {
    const [email, attacker] = [await someone(), from()];

    const responses = await Promise.all(Array.from({ length: 20 }, () => attacker.logIn(email, WRONG)));

    expect(responses.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it('does not keep the owner out who comes from elsewhere', async () => {
    const email = await someone();
    await fail(from(), email, 8);

    await from().logIn(email).expect(200);
  });

  describe('with a hundred addresses at one account', () => {
    let email: string;
    let [home, laptop]: Browser[] = [];
    const homeAddress = newAddress();

    beforeAll(async () => {
      email = await someone();
      laptop = from(homeAddress);
      await laptop.logIn(email).expect(200);
      await fail(from(), email, 4);
      // as a hundred such addresses leave it behind
      await test.db.query('UPDATE login_failures SET failures = 100, last_at = $1 WHERE failures = 4', [test.clock.now()]);
      home = from(homeAddress);
    });

    it('slows down strangers', async () => {
      await from().logIn(email).expect(429);
    });

    it('leaves alone who comes from an address that logged in before', async () => {
      await home?.logIn(email, WRONG).expect(401);
      await home?.logIn(email).expect(200);
    });

    it('leaves alone a browser that logged in before, wherever it is now', async () => {
      const travelling = from();
      for (const [name, value] of laptop?.cookies ?? []) travelling.cookies.set(name, value);

      await travelling.logIn(email).expect(200);
    });

    it('is not fooled by a browser that only says so', async () => {
      const liar = from();
      liar.cookies.set('lw_browser', 'x'.repeat(43));

      await liar.logIn(email).expect(429);
    });
  });

  it('waits with one address at many accounts too, but a whole office may slip', async () => {
    const office = newAddress();
    const emails = await Promise.all(Array.from({ length: 25 }, someone));
    for (const email of emails) expect(await fail(from(office), email, 2)).toEqual([401, 401]);

    await from(office)
      .logIn(await someone())
      .expect(429);
    await from()
      .logIn(await someone())
      .expect(200);
  });

  it('cannot wash an address clean by logging in to an account of their own', async () => {
    const [address, mine] = [newAddress(), await someone()];
    await fail(from(address), await someone(), 4);
    await from(address).logIn(mine).expect(200);

    const [row] = await test.db.query<{ n: number }[]>('SELECT max(failures)::int AS n FROM login_failures WHERE last_at = $1', [test.clock.now()]);

    expect(row?.n).toBeGreaterThanOrEqual(4);
  });

  it('counts as one address all of an IPv6 network that one customer holds', async () => {
    const email = await someone();
    const statuses = [];
    for (let n = 1; n <= 6; n += 1) statuses.push((await from(`2001:db8:1:2::${n}`).logIn(email, WRONG)).status);

    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    await from('2001:db8:1:3::1').logIn(email, WRONG).expect(401);
  });

  it('is forgiven after a day', async () => {
    const [email, attacker] = [await someone(), from()];
    await fail(attacker, email, 5);
    await attacker.logIn(email).expect(429);

    test.clock.advance(24 * HOUR_MS);

    expect(await fail(attacker, email, 6)).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('is forgotten by the housekeeping, and so are places long unused', async () => {
    const email = await someone();
    await fail(from(), email, 1);
    await from().logIn(email).expect(200);
    const left = async (): Promise<unknown> =>
      test.db.query('SELECT (SELECT count(*)::int FROM login_failures) AS failures, (SELECT count(*)::int FROM known_places) AS places');

    test.clock.advance(3 * 24 * HOUR_MS);
    await test.app.get(Housekeeping).run();
    expect(await left()).toEqual([{ failures: 0, places: expect.any(Number) }]);
    test.clock.advance(180 * 24 * HOUR_MS);
    await test.app.get(Housekeeping).run();

    expect(await left()).toEqual([{ failures: 0, places: 0 }]);
  });

  it('remembers a hundred places of a person, the last ones', async () => {
    const { email, userId } = await makeMember(test.db, test.owner.workspaceId, 'member');
    await test.db.query(
      `INSERT INTO known_places (user_id, place, last_at) SELECT $1, lpad(n::text, 43, '0'), $2::timestamptz - n * interval '1 minute' FROM generate_series(1, 150) AS n`,
      [userId, test.clock.now()],
    );

    await from().logIn(email).expect(200);

    const [row] = await test.db.query<{ n: number; oldest: string }[]>(
      'SELECT count(*)::int AS n, max(place) FILTER (WHERE place < $2) AS oldest FROM known_places WHERE user_id = $1',
      [userId, '1'],
    );
    expect(row).toEqual({ n: 100, oldest: '98'.padStart(43, '0') });
  });

  it('is counted with no address and no account in the clear', async () => {
    const email = await someone();
    await fail(from('203.0.113.77'), email, 1);
    await from('203.0.113.77').logIn(email, { password: TEST_PASSWORD }).expect(200);

    const kept = JSON.stringify(await test.db.query('SELECT l.bucket, p.place FROM login_failures l, known_places p'));

    expect(kept).not.toContain('203.0.113.77');
    expect(kept).not.toContain(email);
  });
});
