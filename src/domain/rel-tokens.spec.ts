import { relAccepted, relTokens } from './rel-tokens.js';

describe('relTokens', () => {
  it.each([
    ['', []],
    ['NOFOLLOW,ugc', ['nofollow', 'ugc']],
    [' nofollow\n noopener , sponsored nofollow', ['nofollow', 'noopener', 'sponsored']],
    ['nofollowed', ['nofollowed']],
  ])('%j', (value, tokens) => {
    expect(relTokens(value)).toEqual(tokens);
  });
});

describe('relAccepted', () => {
  it.each([
    [[], 'any', true],
    [[], ['follow'], true],
    [['nofollow'], ['follow'], false],
    [[], ['nofollow', 'sponsored'], false],
    [['sponsored', 'nofollow'], ['sponsored'], true],
    [['nofollow'], ['sponsored'], false],
    [['ugc'], ['nofollow', 'sponsored'], false],
  ] as const)('%j where %j is agreed: %s', (qualifiers, accepted, ok) => {
    expect(relAccepted(qualifiers, accepted)).toBe(ok);
  });
});
