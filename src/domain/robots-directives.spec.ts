import { headerDirectives, metaDirectives } from './robots-directives.js';

const NOW = new Date('2026-11-22T09:00:00Z');
const open = { noindex: false, nofollow: false, unavailable: false };

describe('headerDirectives', () => {
  it.each([
    [[], {}],
    [['noindex'], { noindex: true }],
    [['NoIndex , NOFOLLOW'], { noindex: true, nofollow: true }],
    [['none'], { noindex: true, nofollow: true }],
    [['index', 'noindex'], { noindex: true }],
    [['googlebot: noindex'], { noindex: true }],
    [['Googlebot: nofollow, otherbot: noindex'], { nofollow: true }],
    [['otherbot: noindex, nofollow'], {}],
    [['otherbot: noindex', 'nofollow'], { nofollow: true }],
    [['max-snippet:20, max-image-preview:large, noindex'], { noindex: true }],
    [['unavailable_after: 2026-11-01'], { unavailable: true }],
    [['unavailable_after: 2027-11-01'], {}],
    [['unavailable_after: Sunday, 01-Nov-26 10:00:00 GMT, nofollow'], { unavailable: true, nofollow: true }],
    [['googlebot: unavailable_after: 25 Jun 2010 15:00:00 PST'], { unavailable: true }],
    [['noindexing'], {}],
  ])('%j', (values, expected) => {
    expect(headerDirectives(values, NOW)).toEqual({ ...open, ...expected });
  });
});

describe('metaDirectives', () => {
  it('joins robots and Googlebot, strictest wins, and leaves other crawlers aside', () => {
    const metas = [
      { name: 'robots', content: 'index, follow' },
      { name: ' GoogleBot', content: 'NOFOLLOW' },
      { name: 'bingbot', content: 'noindex' },
    ];

    expect(metaDirectives(metas, NOW)).toEqual({ ...open, nofollow: true });
  });
});
