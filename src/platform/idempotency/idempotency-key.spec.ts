import { HttpProblem } from '../http/problems/http-problem.js';
import { parseIdempotencyKey } from './idempotency-key.js';

describe('parseIdempotencyKey', () => {
  it.each([
    ['"8e03978e-40d5"', '8e03978e-40d5'],
    ['8e03978e-40d5', '8e03978e-40d5'],
    ['  "a b"  ', 'a b'],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['a"b', 'a"b'],
  ])('reads %j', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  it.each(['', '""', '"', '"a', 'a b', '"a"b', String.raw`"\a"`, '"tée"', 'tée', 'a\tb', 'x'.repeat(256), `"${'x'.repeat(256)}"`])(
    'refuses %j',
    (header) => {
      expect(() => parseIdempotencyKey(header)).toThrow(HttpProblem);
    },
  );
});
