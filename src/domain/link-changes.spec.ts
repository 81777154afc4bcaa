import fc from 'fast-check';
import { changesBetween, confirmLooks, seenLink, type LinkField, type LinkLooks, type SeenLink } from './link-changes.js';

const seen = (over: Partial<SeenLink> = {}): SeenLink => ({
  pageUrl: 'https://blog.example/kettles',
  linkUrl: 'https://shop.example/guide',
  anchorText: 'a kettle guide',
  rel: [],
  canonical: null,
  noindex: false,
  context: 'Water for green tea must not boil, says a kettle guide that we like.',
  ...over,
});

describe('changesBetween', () => {
  it.each<[LinkField, Partial<SeenLink>, string | null, string | null]>([
    ['pageUrl', { pageUrl: 'https://blog.example/moved' }, 'https://blog.example/kettles', 'https://blog.example/moved'],
    ['linkUrl', { linkUrl: 'https://shop.example/' }, 'https://shop.example/guide', 'https://shop.example/'],
    ['anchorText', { anchorText: 'here' }, 'a kettle guide', 'here'],
    ['rel', { rel: ['nofollow', 'ugc'] }, '', 'nofollow ugc'],
    ['canonical', { canonical: 'https://other.example/' }, null, 'https://other.example/'],
    ['noindex', { noindex: true }, 'false', 'true'],
    ['paragraph', { context: 'Partners and friends: cheap flights, a kettle shop, casino' }, null, null],
  ])('tells a changed %s with what it was and is', (field, over, before, after) => {
    expect(changesBetween(seen(), seen(over))).toEqual([{ field, before, after }]);
  });

  it('takes a few other words around the link for the same paragraph', () => {
    expect(changesBetween(seen(), seen({ context: 'Water for green tea should never boil, says a kettle guide from 2026.' }))).toEqual([]);
  });

  it('tells all at once, each short enough for an event', () => {
    const changes = changesBetween(seen(), seen({ rel: ['nofollow'], linkUrl: `https://shop.example/${'a'.repeat(2000)}` }));

    expect(changes.map(({ field }) => field)).toEqual(['linkUrl', 'rel']);
    expect(changes[0]?.after).toHaveLength(500);
  });

  it('finds no change between a look and itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (context, anchorText) => {
        expect(changesBetween(seen({ context, anchorText }), seen({ context, anchorText }))).toEqual([]);
      }),
    );
  });
});

describe('confirmLooks', () => {
  /** The fields that each look confirms as changed. */
  const run = (...looks: readonly SeenLink[]): LinkField[][] => {
    let known: LinkLooks = { seen: null, unconfirmed: null };
    return looks.map((look) => {
      const { looks: next, changes } = confirmLooks(known, look);
      known = next;
      return changes.map(({ field }) => field);
    });
  };
  const followed = seen();
  const nofollow = seen({ rel: ['nofollow'] });

  it.each<[string, readonly SeenLink[], LinkField[][]]>([
    ['a change that two looks agree on, once', [followed, nofollow, nofollow, nofollow], [[], [], ['rel'], []]],
    ['nothing of a change that was gone again', [followed, nofollow, followed, nofollow], [[], [], [], []]],
    ['the way there and the way back', [followed, nofollow, nofollow, followed, followed], [[], [], ['rel'], [], ['rel']]],
    ['nothing of a page that is different every time', [1, 2, 3, 4].map((n) => seen({ anchorText: `offer ${n}` })), [[], [], [], []]],
  ])('tells %s', (_, looks, told) => {
    expect(run(...looks)).toEqual(told);
  });
});

describe('seenLink', () => {
  it('is nothing where no link was found', () => {
    expect(seenLink({ finalUrl: 'https://blog.example/', canonicals: [], indexable: true }, undefined)).toBeUndefined();
  });
});
