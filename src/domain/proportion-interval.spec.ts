import fc from 'fast-check';
import { compareVariants, proportionInterval } from './proportion-interval.js';

describe('proportionInterval', () => {
  // as R's prop.test(x, n, correct = FALSE) gives them
  it.each([
    [0, 10, 0, 0.2775],
    [1, 10, 0.0179, 0.4042],
    [5, 50, 0.0435, 0.2136],
    [30, 100, 0.2189, 0.3958],
    [10, 10, 0.7225, 1],
  ])('of %d in %d lies between the bounds that Wilson gives', (hits, cases, low, high) => {
    const interval = proportionInterval(hits, cases);

    expect(interval?.rate).toBe(hits / cases);
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
  });

  it('says nothing without a case', () => {
    expect(proportionInterval(0, 0)).toBeUndefined();
  });

  it('holds the share that was seen, stays within 0 and 1, and narrows with more of the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (cases, share) => {
        const hits = Math.round(share * cases);
        const { rate, low, high } = proportionInterval(hits, cases)!;
        const more = proportionInterval(hits * 4, cases * 4)!;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(rate + 1e-12);
        expect(high).toBeGreaterThanOrEqual(rate - 1e-12);
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });
});

describe('compareVariants', () => {
  const arm = (key: string, hits: number, cases: number) => ({ key, hits, cases });

  it.each([
    ['one variant alone', [arm('a', 50, 100)], { verdict: 'not_enough' }],
    ['too few mails of one', [arm('a', 90, 100), arm('b', 0, 49)], { verdict: 'not_enough' }],
    ['shares that luck explains', [arm('a', 12, 100), arm('b', 8, 100)], { verdict: 'no_difference' }],
    ['one that is clearly ahead', [arm('a', 5, 200), arm('b', 40, 200)], { verdict: 'winner', key: 'b' }],
    ['two ahead of a third', [arm('a', 40, 200), arm('b', 41, 200), arm('c', 2, 200)], { verdict: 'no_difference' }],
  ])('of %s', (_, variants, expected) => {
    expect(compareVariants(variants)).toEqual(expected);
  });
});
