import { siteKeyOf } from './registrable-domain.js';

describe('siteKeyOf', () => {
  it.each([
    ['https://www.example.com/a?b#c', 'example.com'],
    ['https://Blog.Shop.Example.CO.UK', 'example.co.uk'],
    ['https://a.github.io/x', 'a.github.io'],
    ['https://b.github.io/x', 'b.github.io'],
    ['https://github.io/', 'github.io'],
    ['https://www.bücher.de/', 'xn--bcher-kva.de'],
    ['https://example.com./', 'example.com'],
    ['https://co.uk/', undefined],
    ['https://127.0.0.1:8080/', undefined],
    ['https://[::1]/', undefined],
    ['https://intranet/', undefined],
    ['ftp://example.com/', undefined],
    ['example.com', undefined],
  ])('%s belongs to %s', (url, site) => {
    expect(siteKeyOf(url)).toBe(site);
  });

  it.each([
    ['http://127.0.0.1:8080/x', '127.0.0.1:8080'],
    ['http://127.0.0.1/', '127.0.0.1:80'],
    ['https://[::1]/', '[::1]:443'],
    ['https://intranet/', 'intranet:443'],
  ])('an allowed inner host is a site by itself: %s', (url, site) => {
    expect(siteKeyOf(url, { allowedInnerHost: (host) => ['127.0.0.1', '::1', 'intranet'].includes(host) })).toBe(site);
  });
});
