import { answersOnLinkDomain, linkBase, readLinkDomain } from './link-domain.js';

describe('readLinkDomain', () => {
  it.each([
    ['links.tea.example', 'links.tea.example', false],
    [' Links.Tea.Example. ', 'links.tea.example', false],
    ['grüner-tee.example', 'xn--grner-tee-r9a.example', false],
    ['127.0.0.1:8080', '127.0.0.1:8080', true],
  ])('keeps %j as %s', (given, domain, hasPort) => {
    expect(readLinkDomain(given)).toMatchObject({ domain, hasPort });
  });

  it.each([
    '',
    ' ',
    'https://links.example',
    'links.example/u',
    'ann@links.example',
    'links.example?x',
    'two words',
    'a\nb',
    'x:99999',
    '[::1',
    'a\\b',
  ])('refuses %j', (given) => {
    expect(readLinkDomain(given)).toBeUndefined();
  });
});

it.each([
  [null, 'https://app.example'],
  ['links.example', 'https://links.example'],
  ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
])('puts links of %s under %s', (domain, base) => {
  expect(linkBase(domain, 'https://app.example')).toBe(base);
});

it.each([
  ['/u/abc', true],
  ['/r/abc', true],
  ['/.well-known/linkwright', true],
  ['/.well-known/linkwright/more', false],
  ['/', false],
  ['/u', false],
  ['/api/v1/messages', false],
  ['/docs', false],
  ['/healthz', false],
])('answers %s on such a domain: %s', (path, answered) => {
  expect(answersOnLinkDomain(path)).toBe(answered);
});
