import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { LimitReached } from '../../../domain/errors.js';
import { countsOf, failuresNow, type LoginCount, type LoginFailures, loginWaitMs } from '../../../domain/login-throttle.js';
import { Clock, SECOND_MS } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { LinkSigner } from '../../../platform/secrets/secret-box.js';
import { newToken } from '../../../platform/secrets/tokens.js';
import type { LoginOrigin } from '../sessions/login-origin.js';

/** Whose credentials are tried: a user, or an address that nobody has. The two are counted alike, so that nobody can tell them apart. */
export interface TriedAccount {
  readonly userId: string | undefined;
  readonly email: string;
}

/** A try that was let in: counted as a failure until it is known to be none. */
export interface LoginTry {
  readonly buckets: readonly Bucket[];
  readonly origin: LoginOrigin;
}

interface Bucket {
  readonly id: string;
  readonly count: LoginCount;
}

/** Belong to one person's slips alone, so that their success clears them. */
const PERSONAL: readonly LoginCount[] = ['account-and-address', 'account-and-browser'];

/** Of one person. A program that keeps no cookie is a new browser at every login. */
const PLACES_KNOWN = 100;

/**
 * Slows down who guesses passwords and codes, over all processes. Every try is counted before the password is looked at:
 * a thousand at once are a thousand, and each that waits costs no hashing.
 */
@Injectable()
export class LoginThrottle {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly signer: LinkSigner,
  ) {}

  /** @throws LimitReached `too_many_attempts`; the try is then not counted */
  async enter(account: TriedAccount, origin: LoginOrigin): Promise<LoginTry> {
    const buckets = await this.bucketsOf(account, origin);
    const now = this.clock.now();
    await transact(this.db, async (tx) => {
      const failures = await lockFailures(tx, buckets, now);
      const waitMs = loginWaitMs(failures, now);
      if (waitMs > 0) throw tooMany(Math.ceil(waitMs / SECOND_MS));
      await rows(
        tx,
        `UPDATE login_failures l SET failures = n.failures, last_at = $3
           FROM unnest($1::text[], $2::int[]) AS n (bucket, failures) WHERE l.bucket = n.bucket`,
        [buckets.map(({ id }) => id), failures.map((one) => failuresNow(one, now) + 1), now],
      );
    });
    return { buckets, origin };
  }

  /** The password was right, but the login did not come about for another reason: the try is not held against them. */
  async refund({ buckets }: LoginTry): Promise<void> {
    await rows(this.db, 'UPDATE login_failures SET failures = GREATEST(failures - 1, 0) WHERE bucket = ANY ($1)', [buckets.map(({ id }) => id)]);
  }

  /**
   * The login came about: own slips are forgotten, the place is remembered.
   * @returns the token by which the browser is known from now on
   */
  async passed(tried: LoginTry, userId: string): Promise<string> {
    const { buckets, origin } = tried;
    // a token that somebody else may have put into the browser never becomes one of ours
    const known = buckets.some(({ count }) => count === 'account-and-browser');
    const browserToken = known && origin.browserToken !== undefined ? origin.browserToken : newToken();
    const personal = buckets.filter(({ count }) => PERSONAL.includes(count)).map(({ id }) => id);
    await transact(this.db, async (tx) => {
      await rows(
        tx,
        'UPDATE login_failures SET failures = CASE WHEN bucket = ANY ($2) THEN 0 ELSE GREATEST(failures - 1, 0) END WHERE bucket = ANY ($1)',
        [buckets.map(({ id }) => id), personal],
      );
      await rows(
        tx,
        `INSERT INTO known_places (user_id, place, last_at) SELECT $1, unnest($2::text[]), $3
             ON CONFLICT (user_id, place) DO UPDATE SET last_at = excluded.last_at`,
        [userId, [this.addressPlace(origin), this.browserPlace(browserToken)].sort(), this.clock.now()],
      );
      await rows(
        tx,
        'DELETE FROM known_places WHERE user_id = $1 AND place NOT IN (SELECT place FROM known_places WHERE user_id = $1 ORDER BY last_at DESC, place LIMIT $2)',
        [userId, PLACES_KNOWN],
      );
    });
    return browserToken;
  }

  private async bucketsOf({ userId, email }: TriedAccount, origin: LoginOrigin): Promise<Bucket[]> {
    const address = this.addressPlace(origin);
    const browser = origin.browserToken === undefined ? undefined : this.browserPlace(origin.browserToken);
    // asked for unknown accounts too, so that the answer takes as long
    const known = await rows<{ place: string }>(this.db, 'SELECT place FROM known_places WHERE user_id = $1 AND place = ANY ($2)', [
      userId ?? null,
      [address, ...(browser === undefined ? [] : [browser])],
    ]);
    const isKnown = (place: string | undefined): boolean => known.some((one) => one.place === place);
    const account = userId ?? email.toLowerCase();
    const about: Readonly<Record<LoginCount, readonly (string | undefined)[]>> = {
      'account-and-address': [account, address],
      'account-and-browser': [account, browser],
      address: [address],
      account: [account],
    };
    return countsOf({ knownBrowser: isKnown(browser), knownAddress: isKnown(address) }).map((count) => ({
      count,
      id: this.signer.sign('login failures', JSON.stringify([count, ...about[count]])),
    }));
  }

  private addressPlace({ network }: LoginOrigin): string {
    return this.signer.sign('login address', network);
  }

  private browserPlace(token: string): string {
    return this.signer.sign('login browser', token);
  }
}

/** The failures of each bucket, in their order; tries of the same account wait here for each other. */
async function lockFailures(tx: EntityManager, buckets: readonly Bucket[], now: Date): Promise<LoginFailures[]> {
  const found = await rows<{ bucket: string; failures: number; lastAt: Date }>(
    tx,
    `INSERT INTO login_failures (bucket, failures, last_at) SELECT bucket, 0, $2 FROM unnest($1::text[]) AS bucket ORDER BY bucket
         ON CONFLICT (bucket) DO UPDATE SET bucket = excluded.bucket RETURNING bucket, failures, last_at AS "lastAt"`,
    [buckets.map(({ id }) => id), now],
  );
  return buckets.map(({ id, count }) => {
    const row = found.find(({ bucket }) => bucket === id);
    return { count, failures: row?.failures ?? 0, lastAt: row?.lastAt ?? now };
  });
}

function tooMany(seconds: number): LimitReached {
  return new LimitReached('too_many_attempts', `Too many failed logins: try again in ${seconds} seconds.`, seconds);
}
