import { headerDirectives, metaDirectives, robotsStatements } from './robots-directives.js';

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
    [['googlebot-news: noindex'], {}],
    [['bingbot: noindex', 'GoogleBot: none'], { noindex: true, nofollow: true }],
    [['all', 'googlebot: noindex, nofollow, bingbot: index'], { noindex: true, nofollow: true }],
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

describe('robotsStatements', () => {
  it('keeps what each crawler is told, that which decides nothing too', () => {
    const metas = [
      { name: 'Robots', content: 'index, max-snippet:20' },
      { name: 'BingBot', content: 'NOINDEX' },
    ];

    expect(robotsStatements(metas, ['googlebot-news: noindex, otherbot: nofollow', 'noarchive'])).toEqual([
      { from: 'meta', agent: 'robots', rules: ['index', 'max-snippet: 20'] },
      { from: 'meta', agent: 'bingbot', rules: ['noindex'] },
      { from: 'header', agent: 'googlebot-news', rules: ['noindex'] },
      { from: 'header', agent: 'otherbot', rules: ['nofollow'] },
      { from: 'header', agent: 'robots', rules: ['noarchive'] },
    ]);
  });

  it('stays short, whatever a page says', () => {
    const long = 'x'.repeat(9999);

    expect(
      JSON.stringify(
        robotsStatements(
          Array.from({ length: 999 }, () => ({ name: 'robots', content: `${long},`.repeat(99) })),
          [],
        ),
      ).length,
    ).toBeLessThan(100_000);
  });
});
