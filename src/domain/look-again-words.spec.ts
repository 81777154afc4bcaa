import { lookAgainWords } from './look-again-words.js';

const NOW = new Date('2026-11-21T10:00:00Z');
const MINUTE = 60_000;

describe('when we look again', () => {
  it.each([
    [-5, 'in about 1 minute.'],
    [0.2, 'in about 1 minute.'],
    [5, 'in about 5 minutes.'],
    [66, 'in about 66 minutes.'],
    [120, 'in about 2 hours.'],
    [24 * 60, 'in about 24 hours.'],
    [3 * 24 * 60, 'in about 3 days.'],
  ])('is said as people say it: %s minutes', (minutes, words) => {
    expect(lookAgainWords(new Date(NOW.getTime() + minutes * MINUTE), NOW)).toBe(`We look again by ourselves ${words}`);
  });
});
