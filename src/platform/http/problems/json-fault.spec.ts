import fc from 'fast-check';
import { locateJsonFault } from './json-fault.js';

describe('locateJsonFault', () => {
  it.each([
    ['an empty text', '', 0],
    ['a bare word', 'hello', 0],
    ['a text that ends too early', '{"a": [1, 2', 11],
    ['a comma too many in an object', '{"a": 1,}', 8],
    ['a comma too many in a list', '[1,]', 3],
    ['a missing comma', '[1 2]', 3],
    ['a missing colon', '{"a" 1}', 5],
    ['a name without quotes', '{a: 1}', 1],
    ['single quotes', "{'a': 1}", 1],
    ['the wrong bracket', '{"a": [1}', 8],
    ['a second value', '{} {}', 3],
    ['a leading zero', '[01]', 2],
    ['an unknown escape', '["a\\x"]', 3],
    ['a short unicode escape', '["\\u12"]', 2],
    ['a line break inside a string', '["a\nb"]', 3],
    ['a string without an end', '{"a": "b', 8],
    ['a half literal', '[tru]', 1],
    ['a comment', '{ // no\n}', 2],
  ])('finds %s', (_, text, offset) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(locateJsonFault(text).offset).toBe(offset);
  });

  it('counts lines and columns from 1', () => {
    expect(locateJsonFault('{\n  "name": "Tea",\n  "url": tea\n}')).toEqual({ offset: 28, line: 3, column: 10 });
  });

  it('walks a megabyte of brackets without a stack', () => {
    expect(locateJsonFault('['.repeat(1_000_000)).offset).toBe(1_000_000);
  });

  it('reaches the end of every text that is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(locateJsonFault(text).offset).toBe(text.length);
      }),
    );
  });

  it('agrees with the engine wherever that tells a place; a literal, number or escape is faulted at any of its characters', () => {
    const sign = fc.constantFrom('"', '{', '}', '[', ']', ',', ':', '\\', 'x', '0', '\n');
    fc.assert(
      fc.property(fc.json(), fc.nat(), sign, (text, where, extra) => {
        const at = where % (text.length + 1);
        const damaged = text.slice(0, at) + extra + text.slice(at);
        const place = enginePlace(damaged);
        if (place === undefined) return;

        const { offset } = locateJsonFault(damaged);

        expect(damaged.slice(Math.min(offset, place), Math.max(offset, place))).toMatch(/^(?:[-+.\w]*|\\u?[0-9a-f]*)$/i);
      }),
      { numRuns: 1000 },
    );
  });
});

/** V8 names a position in some of its messages. */
function enginePlace(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const place = /at position (\d+)/.exec((error as Error).message)?.[1];
    return place === undefined ? undefined : Number(place);
  }
}
