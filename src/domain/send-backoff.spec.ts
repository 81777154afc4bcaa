import { nextTryAt } from './send-backoff.js';

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
