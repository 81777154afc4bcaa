import { countsOf, FAILURES_FORGOTTEN_AFTER_MS, type LoginCount, loginWaitMs } from './login-throttle.js';

const NOW = new Date('2026-11-02T10:00:00Z');
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);

describe('the wait before the next login', () => {
  it.each<[count: LoginCount, failures: number, sinceMs: number, waitMs: number]>([
    ['account-and-address', 0, 0, 0],
    ['account-and-address', 4, 0, 0],
    ['account-and-address', 5, 0, 5_000],
    ['account-and-address', 6, 0, 10_000],
    ['account-and-address', 7, 15_000, 5_000],
    ['account-and-address', 7, 20_000, 0],
    ['account-and-address', 12, 0, 640_000],
    ['account-and-address', 13, 0, 900_000],
    ['account-and-address', 5_000, 0, 900_000],
    ['account-and-address', 5_000, FAILURES_FORGOTTEN_AFTER_MS, 0],
    ['account-and-browser', 9, 0, 0],
    ['account-and-browser', 10, 0, 5_000],
    ['address', 49, 0, 0],
    ['address', 50, 0, 5_000],
    ['account', 99, 0, 0],
    ['account', 100, 0, 5_000],
  ])('%s with %i failures, the last %i ms ago: %i ms', (count, failures, sinceMs, waitMs) => {
    expect(loginWaitMs([{ count, failures, lastAt: ago(sinceMs) }], NOW)).toBe(waitMs);
  });

  it('is the longest of all that count', () => {
    const counts = [
      { count: 'account-and-address', failures: 6, lastAt: NOW },
      { count: 'address', failures: 53, lastAt: NOW },
      { count: 'account', failures: 3, lastAt: NOW },
    ] as const;

    expect(loginWaitMs(counts, NOW)).toBe(40_000);
    expect(loginWaitMs([], NOW)).toBe(0);
  });
});

describe('what a try is held against', () => {
  it.each([
    ['a stranger', { knownBrowser: false, knownAddress: false }, ['account-and-address', 'address', 'account']],
    ['somebody at an address that logged in before', { knownBrowser: false, knownAddress: true }, ['account-and-address', 'address']],
    ['a browser that logged in before, wherever it is', { knownBrowser: true, knownAddress: false }, ['account-and-browser']],
    ['a browser that logged in before, at its address', { knownBrowser: true, knownAddress: true }, ['account-and-browser']],
  ])('%s', (_, from, counts) => {
    expect(countsOf(from)).toEqual(counts);
  });
});
