import { isTurnedAwayForGood, nextTryAt } from './send-backoff.js';

const now = new Date('2026-11-02T10:00:00Z');
const minutesUntil = (at: Date): number => (at.getTime() - now.getTime()) / 60_000;

describe('nextTryAt', () => {
  it.each([
    [1, 5],
    [2, 10],
    [3, 20],
    [6, 160],
    [7, 320],
    [8, 360],
    [40, 360],
  ])('waits after try %i for %i minutes', (attempt, minutes) => {
    expect(minutesUntil(nextTryAt(attempt, now, 0))).toBe(minutes);
  });

  it('spreads a burst over a further fifth', () => {
    expect(minutesUntil(nextTryAt(1, now, 0.5))).toBe(5.5);
  });

  it.each([
    ['obeys a server that asks for more', 30 * 60_000, 30],
    ['does not hurry for one that asks for less', 60_000, 5],
  ])('%s', (_, hintMs, minutes) => {
    expect(minutesUntil(nextTryAt(1, now, 0, hintMs))).toBe(minutes);
  });
});

describe('isTurnedAwayForGood', () => {
  const now = new Date('2026-11-07T09:00:00Z');
  const days = (count: number): Date => new Date(now.getTime() - count * 86_400_000);

  it.each([
    ['five days and many tries', 26, 5, true],
    ['not yet five days', 26, 4.9, false],
    ['few tries, since it was held meanwhile', 9, 30, false],
  ])('%s', (_, count, age, expected) => {
    expect(isTurnedAwayForGood({ count, notBegun: 0, firstAt: days(age) }, now)).toBe(expected);
  });
});
