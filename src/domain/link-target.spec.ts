import { samePage, targetLevelOf, type TargetRules } from './link-target.js';

const TARGET = 'https://www.example.com/guide/tea';
const SITES = ['example.com', 'example.net', 'evil.io', 'other.org'];
const rules: TargetRules = { siteOf: (url) => SITES.find((site) => `.${URL.parse(url)?.hostname ?? ''}`.endsWith(`.${site}`)) };

describe('targetLevelOf', () => {
  it.each([
    ['https://www.example.com/guide/tea', 'exact'],
    ['HTTPS://WWW.Example.COM:443/guide/tea', 'exact'],
    ['https://www.example.com/guide/../guide/tea', 'exact'],
    ['https://www.example.com/guide/%74ea', 'exact'],
    ['https://www.example.com/guide/tea#brewing', 'exact'],
    ['https://www.example.com/guide/tea?', 'exact'],
    ['http://www.example.com/guide/tea', 'exact'],
    ['https://www.example.com/guide/tea?utm_source=x&UTM_Medium=y', 'tracking_params'],
    ['https://www.example.com/guide/tea?gclid=1&fbclid=2', 'tracking_params'],
    ['https://www.example.com/guide/tea?page=2', 'same_site'],
    ['https://www.example.com/guide/tea?page=2&utm_source=x', 'same_site'],
    ['https://www.example.com/guide/teas', 'same_site'],
    ['https://www.example.com/guide/te', 'same_site'],
    ['https://www.example.com/guide/Tea', 'same_site'],
    ['https://www.example.com/guide/tea/', 'same_site'],
    ['https://example.com/guide/tea', 'same_site'],
    ['https://shop.example.com/', 'same_site'],
    ['https://www.example.com:8443/guide/tea', 'same_site'],
    ['https://www.example.com.evil.io/guide/tea', 'look_alike'],
    ['https://example.net/guide/tea', 'look_alike'],
    ['https://other.org/?to=https://www.example.com/guide/tea', 'none'],
    ['not a url', 'none'],
  ])('%s is %s', (link, level) => {
    expect(targetLevelOf(link, TARGET, rules)).toBe(level);
  });

  it('takes no letter, slash or query less or more for the target', () => {
    const path = '/guide/tea';
    const altered = Array.from(path.slice(1)).flatMap((_, at) => [
      path.slice(0, at + 1) + path.slice(at + 2),
      `${path.slice(0, at + 1)}x${path.slice(at + 1)}`,
    ]);

    const levels = [...altered, `${path}/`, `${path}?a`, `${path}?a=`, `${path}%20`].map((each) =>
      targetLevelOf(`https://www.example.com${each}`, TARGET, rules),
    );

    expect(new Set(levels)).toEqual(new Set(['same_site']));
  });

  it.each([
    ['https://www.example.com/guide/tea/', { ignoreTrailingSlash: true }],
    ['https://example.com/guide/tea', { ignoreWww: true }],
  ])('takes %s for the target when the team says so', (link, setting) => {
    expect(targetLevelOf(link, TARGET, { ...rules, ...setting })).toBe('exact');
  });

  it.each([
    ['the link leads to the target', [['https://short.test/t', TARGET]], 'https://short.test/t', 'redirect'],
    ['the target has moved to the link', [[TARGET, 'https://www.example.com/tea']], 'https://www.example.com/tea', 'redirect'],
    [
      'both end at one page',
      [
        [TARGET, 'https://a.test/1'],
        ['https://b.test/', 'https://a.test/1'],
      ],
      'https://b.test/',
      'redirect',
    ],
    ['the link leads elsewhere', [['https://short.test/t', 'https://a.test/']], 'https://short.test/t', 'none'],
  ] as const)('believes redirects that were seen: %s', (_, seen, link, level) => {
    expect(targetLevelOf(link, TARGET, { ...rules, redirects: new Map(seen) })).toBe(level);
  });

  it('keeps parameters that the agreed target has itself', () => {
    const target = `${TARGET}?utm_source=partner`;

    expect(targetLevelOf(target, target, rules)).toBe('exact');
    expect(targetLevelOf(TARGET, target, rules)).toBe('tracking_params');
  });
});

describe('samePage', () => {
  it.each([
    ['http://example.com/a?utm_source=x', 'https://www.example.com/a/', true],
    ['https://example.com/a', 'https://example.com/b', false],
    ['https://example.com/a?page=2', 'https://example.com/a', false],
  ])('%s and %s: %s', (one, other, same) => {
    expect(samePage(one, other)).toBe(same);
  });
});
