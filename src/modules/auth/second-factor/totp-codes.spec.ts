import { bareCode, newRecoveryCodes, newTotpSecret, stepOfCode, totpUrl } from './totp-codes.js';

/** RFC 6238 appendix B, the SHA-1 column cut to six digits; the secret is the text 12345678901234567890. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const at = (seconds: number): Date => new Date(seconds * 1000);

describe('a code of an authenticator app', () => {
  it.each([
    [59, '287082', 1],
    [1_111_111_109, '081804', 37_037_036],
    [1_111_111_111, '050471', 37_037_037],
    [1_234_567_890, '005924', 41_152_263],
    [2_000_000_000, '279037', 66_666_666],
    [20_000_000_000, '353130', 666_666_666],
  ])('is that of RFC 6238 at %i', (seconds, code, step) => {
    expect(stepOfCode(SECRET, code, at(seconds))).toBe(step);
  });

  it.each([
    ['a step late', 89, 1],
    ['two steps late', 120, undefined],
    ['a step early', 29, 1],
    ['at a time long gone', 1_111_111_109, undefined],
  ])('that comes %s', (_, seconds, step) => {
    expect(stepOfCode(SECRET, '287082', at(seconds))).toBe(step);
  });

  it.each(['', '28708', '2870820', '28708a', '287083'])('is not %j', (code) => {
    expect(stepOfCode(SECRET, code, at(59))).toBeUndefined();
  });
});

describe('what a person is given', () => {
  it('is a secret of 160 bits with an address for the app', () => {
    const secret = newTotpSecret();

    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(newTotpSecret()).not.toBe(secret);
    const url = new URL(totpUrl(secret, 'ann@tea.example'));
    expect(url.protocol).toBe('otpauth:');
    expect(decodeURIComponent(url.pathname)).toContain('Linkwright:ann@tea.example');
    expect(url.searchParams.get('secret')).toBe(secret);
  });

  it('is ten recovery codes, no two alike, that may be typed in any way', () => {
    const codes = newRecoveryCodes();

    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(?:-[0-9a-hjkmnp-tv-z]{4}){3}$/);
    expect(bareCode(' 4F7K-9c0m 1234-abcd ')).toBe('4f7k9c0m1234abcd');
  });
});
