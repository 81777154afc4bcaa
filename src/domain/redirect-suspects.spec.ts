import type { LinkFact } from './page-facts.js';
import { redirectSuspects } from './redirect-suspects.js';

const link = (url: string, over: Partial<LinkFact> = {}): LinkFact => ({
  ...{ href: url, url, tag: 'a', rel: [], anchorText: 'words', anchorFrom: 'text', place: 'anchor', hidden: false, context: '' },
  ...over,
});

function suspects(links: readonly LinkFact[], anchor?: string) {
  return redirectSuspects(links, {
    sourceUrl: 'https://blog.test/tea',
    targetUrl: 'https://shop.test/guide',
    expected: anchor === undefined ? {} : { anchor },
    rules: { siteOf: (url) => URL.parse(url)?.hostname.split('.').slice(-2).join('.') },
  });
}

describe('redirectSuspects', () => {
  it.each([
    'https://shop.test/old-guide',
    'https://www.shop.test/guide',
    'https://bit.ly/3xYz',
    'https://blog.test/go/shop',
    'https://www.blog.test/out.php?id=7',
    'https://l.social.test/l.php?u=https%3A%2F%2Fshop.test%2Fguide%3Fa',
  ])('looks where %s leads', (url) => {
    expect(suspects([link(url)])).toEqual([url]);
  });

  it.each(['https://other.test/', 'https://blog.test/about', 'https://other.test/go/shop', 'https://other.test/?to=https%3A%2F%2Fshop.test%2Fother'])(
    'does not look where %s leads',
    (url) => {
      expect(suspects([link(url)])).toEqual([]);
    },
  );

  it('takes the agreed words for the best sign, and looks at three addresses at most, each once', () => {
    const near = ['a', 'b', 'c', 'd'].map((path) => link(`https://shop.test/${path}`));
    const words = link('https://other.test/x#part', { anchorText: 'The Green Tea guide' });

    expect(suspects([...near, words, words], 'green tea')).toEqual(['https://other.test/x', 'https://shop.test/a', 'https://shop.test/b']);
  });

  it('looks at nothing that no visitor could follow', () => {
    expect(
      suspects([link('https://bit.ly/x', { place: 'comment' }), { ...link('mailto:a@shop.test'), url: undefined } as unknown as LinkFact]),
    ).toEqual([]);
  });
});
