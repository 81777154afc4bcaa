import { linkKey } from './link-key.js';

describe('linkKey', () => {
  it.each([
    ['letters of the host', 'https://Tea.Example/Brew', 'https://tea.example/Brew'],
    ['the default port', 'https://tea.example:443/brew', 'https://tea.example/brew'],
    ['a missing path', 'https://tea.example', 'https://tea.example/'],
    ['a fragment', 'https://tea.example/brew#steep', 'https://tea.example/brew'],
    ['an empty fragment', 'https://tea.example/brew#', 'https://tea.example/brew'],
    ['dots in the path', 'https://tea.example/a/../brew', 'https://tea.example/brew'],
    ['a host in its own script', 'https://müller.example/', 'https://xn--mller-kva.example/'],
    ['spaces around it', ' https://tea.example/brew ', 'https://tea.example/brew'],
  ])('does not depend on %s', (_, url, key) => {
    expect(linkKey(url)).toBe(key);
  });

  it.each([
    ['a trailing slash', 'https://tea.example/brew', 'https://tea.example/brew/'],
    ['www', 'https://tea.example/', 'https://www.tea.example/'],
    ['the scheme', 'http://tea.example/', 'https://tea.example/'],
    ['the query', 'https://tea.example/?p=1', 'https://tea.example/?p=2'],
  ])('keeps pages apart by %s', (_, one, other) => {
    expect(linkKey(one)).not.toBe(linkKey(other));
  });

  it.each([
    ['another scheme', 'ftp://tea.example/'],
    ['no address', 'tea.example'],
    ['credentials', 'https://me:secret@tea.example/'],
    ['more than fits once it is escaped', `https://tea.example/${'é'.repeat(400)}`],
  ])('has none for %s', (_, url) => {
    expect(linkKey(url)).toBeUndefined();
  });
});
