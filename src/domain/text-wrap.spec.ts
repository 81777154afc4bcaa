import fc from 'fast-check';
import { wrapText } from './text-wrap.js';

const URL_OF_90 = `https://tea.example/${'a'.repeat(70)}`;
const words = (count: number): string => Array.from({ length: count }, () => 'leaf').join(' ');

describe('wrapText', () => {
  it('breaks long lines at spaces, none above 76 characters', () => {
    const lines = wrapText(words(40)).split('\n');

    expect(lines.join(' ')).toBe(words(40));
    expect(lines.every((line) => line.length <= 76)).toBe(true);
    expect(lines[0]).toHaveLength(74);
  });

  it.each([
    ['a web address that is longer than a line', URL_OF_90],
    ['a quoted line', `> ${words(40)}`],
    ['short lines and blank ones', 'Hello,\n\n  indented\n'],
    ['a word without an end', 'x'.repeat(500)],
  ])('leaves %s as it is', (_, text) => {
    expect(wrapText(text)).toBe(text);
  });

  it('puts a long web address on a line of its own, whole', () => {
    expect(wrapText(`You find it all here: ${URL_OF_90} and I hope you like it`)).toBe(`You find it all here:\n${URL_OF_90}\nand I hope you like it`);
  });

  it.each(['> quoted', 'From there', '-- and on'])('begins no line with %s, which would mean something else there', (tail) => {
    const [start = ''] = tail.split(' ');
    const text = `${'a'.repeat(74)} ${tail}`;

    expect(
      wrapText(text)
        .split('\n')
        .some((line) => line.startsWith(start)),
    ).toBe(false);
  });

  it('loses no word of any text, and wraps what it has wrapped no further', () => {
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', ' ', '\n', '>', '-', 'é', '\t') })).map((parts) => parts.join(' '));

    fc.assert(
      fc.property(text, (some) => {
        const wrapped = wrapText(some);

        expect(wrapped.split(/\s+/)).toEqual(some.split(/\s+/));
        expect(wrapText(wrapped)).toBe(wrapped);
      }),
    );
  });

  it('reads a megabyte in one line at once', () => {
    const startedAt = performance.now();

    wrapText('leaf '.repeat(200_000));
    wrapText(' '.repeat(1_000_000));

    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
