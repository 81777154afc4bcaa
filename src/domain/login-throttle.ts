/**
 * Failed logins, counted where they tell an attack from a slip:
 * - `account-and-address`: one address guesses one account;
 * - `address`: one address guesses many accounts;
 * - `account`: many strange addresses guess one account;
 * - `account-and-browser`: a browser that has logged in to the account before.
 */
export const LOGIN_COUNTS = ['account-and-address', 'address', 'account', 'account-and-browser'] as const;
export type LoginCount = (typeof LOGIN_COUNTS)[number];

/** Failures of one count. */
export interface LoginFailures {
  readonly count: LoginCount;
  readonly failures: number;
  readonly lastAt: Date;
}

/** Slips that cost nothing. Offices share an address; a whole botnet shares an account. */
const FREE: Readonly<Record<LoginCount, number>> = { 'account-and-address': 5, 'account-and-browser': 10, address: 50, account: 100 };

const FIRST_WAIT_MS = 5_000;
/** Allows about a hundred guesses a day, which no password of ten characters fears (NIST SP 800-63B section 5.2.2). */
const LONGEST_WAIT_MS = 900_000;
/** Without another failure a count begins anew. */
export const FAILURES_FORGOTTEN_AFTER_MS = 86_400_000;

/**
 * Which counts a try is held against. A stranger's failures never stand in the way of the owner: a browser known to the
 * account is counted by itself, and from an address known to it the failures from elsewhere do not matter.
 */
export function countsOf(from: { readonly knownBrowser: boolean; readonly knownAddress: boolean }): readonly LoginCount[] {
  if (from.knownBrowser) return ['account-and-browser'];
  return from.knownAddress ? ['account-and-address', 'address'] : ['account-and-address', 'address', 'account'];
}

/** What is left of a count: nothing once it is forgotten. */
export function failuresNow({ failures, lastAt }: Pick<LoginFailures, 'failures' | 'lastAt'>, now: Date): number {
  return now.getTime() - lastAt.getTime() >= FAILURES_FORGOTTEN_AFTER_MS ? 0 : failures;
}

/**
 * How long the next try must wait: after the free ones 5, 10, 20 … seconds since the last failure, 15 minutes at most.
 * @returns milliseconds, 0 when it may come now
 */
export function loginWaitMs(counts: readonly LoginFailures[], now: Date): number {
  const waits = counts.map((one) => {
    const beyond = failuresNow(one, now) - FREE[one.count];
    if (beyond < 0) return 0;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(beyond, 20), LONGEST_WAIT_MS);
    return one.lastAt.getTime() + wait - now.getTime();
  });
  return Math.max(0, ...waits);
}
