import fc from 'fast-check';
import { type StepVariant, variantFor, withVariantKeys } from './variants.js';

const arm = (key: string, weight = 1): StepVariant => ({ key, templateId: `t-${key}`, weight });
const PEOPLE = Array.from({ length: 10_000 }, (_, at) => `01890000-0000-7000-8000-${at.toString(16).padStart(12, '0')}`);
const shares = (variants: readonly StepVariant[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const id of PEOPLE) {
    const key = variantFor(variants, id, 's1')?.key ?? 'none';
    counts[key] = (counts[key] ?? 0) + 1 / PEOPLE.length;
  }
  return counts;
};

describe('variantFor', () => {
  it('knows no variant of a step without any', () => {
    expect(variantFor([], PEOPLE[0]!, 's1')).toBeUndefined();
    expect(variantFor([arm('a', 0)], PEOPLE[0]!, 's1')).toBeUndefined();
  });

  it('gives a contact the same variant always, in whatever order they stand', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.shuffledSubarray([arm('a'), arm('b', 3), arm('c', 2)], { minLength: 3 }), (contactId, variants) => {
        expect(variantFor(variants, contactId, 's1')).toEqual(variantFor([arm('a'), arm('b', 3), arm('c', 2)], contactId, 's1'));
      }),
    );
  });

  it.each([
    [[arm('a'), arm('b')], { a: 0.5, b: 0.5 }],
    [[arm('a', 3), arm('b')], { a: 0.75, b: 0.25 }],
    [[arm('a', 50), arm('b', 30), arm('c', 20)], { a: 0.5, b: 0.3, c: 0.2 }],
    [[arm('a', 0), arm('b')], { b: 1 }],
  ])('shares people by the weights of %j', (variants, expected) => {
    const found = shares(variants);

    expect(Object.keys(found).sort()).toEqual(Object.keys(expected));
    for (const [key, share] of Object.entries(expected)) expect(Math.abs((found[key] ?? 0) - share)).toBeLessThan(0.02);
  });

  it('draws anew at each step', () => {
    const both = [arm('a'), arm('b')];

    const same = PEOPLE.filter((id) => variantFor(both, id, 's1')?.key === variantFor(both, id, 's2')?.key).length;

    expect(Math.abs(same / PEOPLE.length - 0.5)).toBeLessThan(0.03);
  });

  it('moves only those of a variant that ends, or who get one that is new', () => {
    const three = [arm('a'), arm('b'), arm('c')];

    for (const id of PEOPLE.slice(0, 1000)) {
      const before = variantFor(three, id, 's1')?.key;
      const after = variantFor([arm('a'), arm('b'), arm('c', 0)], id, 's1')?.key;
      if (before !== 'c') expect(after).toBe(before);
    }
  });
});

describe('withVariantKeys', () => {
  const draft = (key?: string) => ({ key, templateId: 't', weight: 1 });

  it.each([
    ['letters to the variants of a new step', [draft(), draft()], [], ['a', 'b']],
    ['a key that no variant ever had', [draft('b'), draft(), draft()], ['a', 'b'], ['b', 'c', 'd']],
  ])('gives %s', (_, drafts, used, keys) => {
    expect(withVariantKeys(drafts, used).map(({ key }) => key)).toEqual(keys);
  });

  it('goes on after z', () => {
    const used = Array.from({ length: 26 }, (_, at) => String.fromCharCode(97 + at));

    expect(withVariantKeys([draft()], used)[0]?.key).toBe('a2');
  });
});
