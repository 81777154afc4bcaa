import fc from 'fast-check';
import { compareVariants, proportionInterval, ENOUGH_TO_COMPARE, variantsThatLost } from './proportion-interval.js';

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

describe('variantsThatLost', () => {
  const arm = (key: string, hits: number, cases: number) => ({ key, hits, cases });

  it.each([
    ['clearly fewer answers', [arm('a', 3, 60), arm('b', 31, 60)], [{ key: 'a', lostTo: 'b' }]],
    [
      'two that are beaten by a third',
      [arm('a', 30, 60), arm('b', 2, 60), arm('c', 4, 60)],
      [
        { key: 'c', lostTo: 'a' },
        { key: 'b', lostTo: 'a' },
      ],
    ],
    ['a new one beside a clear case', [arm('a', 3, 60), arm('b', 31, 60), arm('c', 0, 5)], [{ key: 'a', lostTo: 'b' }]],
  ])('finds %s', (_, variants, lost) => {
    expect(variantsThatLost(variants).toSorted(byKey)).toEqual(lost.toSorted(byKey));
  });

  it.each([
    ['without any', []],
    ['of one alone', [arm('a', 0, 500)]],
    ['with too few mails of the loser', [arm('a', 0, 49), arm('b', 40, 60)]],
    ['with too few mails of the winner', [arm('a', 0, 60), arm('b', 49, 49)]],
    ['that luck explains', [arm('a', 5, 60), arm('b', 9, 60)]],
    ['that are the same', [arm('a', 10, 100), arm('b', 10, 100)]],
  ])('finds none %s', (_, variants) => {
    expect(variantsThatLost(variants)).toEqual([]);
  });

  it('leaves one always, and takes out only what lies below another with its whole interval, in whatever order they stand', () => {
    const counts = fc.tuple(fc.nat(400), fc.nat(400)).map(([one, other]) => ({ hits: Math.min(one, other), cases: Math.max(one, other) }));
    fc.assert(
      fc.property(fc.array(counts, { maxLength: 6 }), (list) => {
        const variants = list.map((one, at) => ({ key: String(at), ...one }));
        const lost = variantsThatLost(variants);

        if (variants.length > 0) expect(lost.length).toBeLessThan(variants.length);
        expect(
          variantsThatLost(variants.toReversed())
            .map(({ key }) => key)
            .toSorted(),
        ).toEqual(lost.map(({ key }) => key).toSorted());
        const of = (key: string) => variants[Number(key)] ?? { hits: 0, cases: 0 };
        for (const { key, lostTo } of lost) {
          expect(Math.min(of(key).cases, of(lostTo).cases)).toBeGreaterThanOrEqual(ENOUGH_TO_COMPARE);
          expect(proportionInterval(of(key).hits, of(key).cases)?.high).toBeLessThan(proportionInterval(of(lostTo).hits, of(lostTo).cases)?.low ?? 0);
        }
      }),
    );
  });
});

const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => a.key.localeCompare(b.key);
