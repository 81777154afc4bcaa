/** Where a share may truly lie, from 0 to 1. */
export interface ProportionInterval {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** 95 of 100 such intervals hold the true share. */
const Z_95 = 1.959964;

/**
 * A share with its 95 % interval after Wilson (1927): unlike the usual one it stays within 0 and 1 and says something true of
 * few cases and of none. Undefined without any case.
 */
export function proportionInterval(hits: number, cases: number): ProportionInterval | undefined {
  if (cases <= 0) return undefined;
  const rate = hits / cases;
  const z2 = Z_95 * Z_95;
  const middle = rate + z2 / (2 * cases);
  const reach = Z_95 * Math.sqrt((rate * (1 - rate)) / cases + z2 / (4 * cases * cases));
  const scale = 1 + z2 / cases;
  return { rate, low: Math.max(0, (middle - reach) / scale), high: Math.min(1, (middle + reach) / scale) };
}

/** Mails of each variant below which nothing is said about who wins: with fewer, luck looks like skill. */
export const ENOUGH_TO_COMPARE = 50;

/** What may be said of several variants: not enough mails yet, no clear difference, or one that beats each of the others. */
export type Comparison = { readonly verdict: 'not_enough' | 'no_difference' } | { readonly verdict: 'winner'; readonly key: string };

/** One wins only when its interval lies above that of every other one: stricter than a test of two shares, and never by luck alone. */
export function compareVariants(variants: readonly { readonly key: string; readonly hits: number; readonly cases: number }[]): Comparison {
  if (variants.length < 2 || variants.some(({ cases }) => cases < ENOUGH_TO_COMPARE)) return { verdict: 'not_enough' };
  const known = variants.map(({ key, hits, cases }) => ({ key, interval: proportionInterval(hits, cases) }));
  const winner = known.find((one) => known.every((other) => other === one || (one.interval?.low ?? 0) > (other.interval?.high ?? 1)));
  return winner ? { verdict: 'winner', key: winner.key } : { verdict: 'no_difference' };
}

export interface LostVariant {
  readonly key: string;
  /** The one that beat it: of several, the best. */
  readonly lostTo: string;
}

/**
 * Variants that have lost: with enough mails of both, the whole interval of another lies above theirs (feature F23). One is
 * always left, since none lies above the highest.
 */
export function variantsThatLost(variants: readonly { readonly key: string; readonly hits: number; readonly cases: number }[]): LostVariant[] {
  const enough = variants
    .filter(({ cases }) => cases >= ENOUGH_TO_COMPARE)
    .map(({ key, hits, cases }) => ({ key, low: 0, high: 1, ...proportionInterval(hits, cases) }))
    .sort((a, b) => b.low - a.low);
  const [best] = enough;
  if (!best) return [];
  return enough.flatMap(({ key, high }) => (high < best.low ? [{ key, lostTo: best.key }] : []));
}
