import fc from 'fast-check';
import { robotsAllow } from './robots-txt.js';

const allows = (text: string, path: string, agent = 'Linkwright'): boolean => robotsAllow(text, agent, `https://blog.example${path}`);

describe('robotsAllow', () => {
  it.each([
    ['nothing at all', '', '/a', true],
    ['a rule for everyone', 'User-agent: *\nDisallow: /a', '/a/b', false],
    ['a rule for everyone that speaks of another page', 'User-agent: *\nDisallow: /a', '/b', true],
    ['an own group goes before everyone', 'User-agent: *\nDisallow: /\nUser-agent: linkwright\nDisallow: /x', '/a', true],
    [
      'groups of one name are one',
      'User-agent: Linkwright\nDisallow: /a\nUser-agent: other\nDisallow: /\nUser-agent: LINKWRIGHT\nDisallow: /b',
      '/b',
      false,
    ],
    ['agents in a row share a group', 'User-agent: other\nUser-agent: Linkwright\nDisallow: /', '/a', false],
    ['a version behind the name', 'User-agent: Linkwright/1.0\nDisallow: /', '/a', false],
    ['a longer name is another', 'User-agent: LinkwrightX\nDisallow: /', '/a', true],
    ['the longest rule wins', 'User-agent: *\nDisallow: /a\nAllow: /a/b', '/a/b', true],
    ['of two as long the one that allows wins', 'User-agent: *\nDisallow: /a\nAllow: /a', '/a', true],
    ['wildcards', 'User-agent: *\nDisallow: /*.pdf$', '/x.pdf', false],
    ['wildcards with an end', 'User-agent: *\nDisallow: /*.pdf$', '/x.pdf?a', true],
    ['a query', 'User-agent: *\nDisallow: /*?print=', '/a?print=1', false],
    ['an end right after a wildcard', 'User-agent: *\nDisallow: /a*$', '/a/b', false],
    ['letters beyond ASCII', 'User-agent: *\nDisallow: /größe', '/gr%c3%b6%C3%9Fe', false],
    ['a byte order mark', '\uFEFFUser-agent: *\nDisallow: /', '/a', false],
    ['a rule before any agent', 'Disallow: /\nUser-agent: *\nAllow: /', '/a', true],
  ])('knows %s', (_, text, path, expected) => {
    expect(allows(text, path)).toBe(expected);
  });

  it('matches like the plain meaning of its patterns', () => {
    const letters = (...of: string[]) => fc.string({ unit: fc.constantFrom(...of), maxLength: 12 });
    fc.assert(
      fc.property(letters('a', 'b', '/', '*'), fc.boolean(), letters('a', 'b', '/'), (middle, anchored, rest) => {
        const pattern = new RegExp(`^/${middle.replaceAll('*', '.*')}${anchored ? '$' : ''}`);
        expect(allows(`User-agent: *\nDisallow: /${middle}${anchored ? '$' : ''}`, `/x`.slice(0, 1) + rest)).toBe(!pattern.test(`/${rest}`));
      }),
    );
  });

  it('takes no time over a file made to take long', () => {
    const hostile = `User-agent: *\n${`Disallow: /${'*a'.repeat(400)}b\n`.repeat(600)}`;
    const started = performance.now();

    expect(allows(hostile, `/${'a'.repeat(2000)}`)).toBe(true);

    expect(performance.now() - started).toBeLessThan(2000);
  });
});
