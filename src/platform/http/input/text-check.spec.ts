import { bodyPointer, queryPointer } from '../problems/pointer.js';
import { findUnusable } from './text-check.js';

describe('findUnusable', () => {
  it.each([
    ['a NUL', { a: [{ b: 'x\0' }] }, '/a/0/b'],
    ['half of a surrogate pair', { name: 'tea \ud83d' }, '/name'],
    ['a second half alone', ['\ude00'], '/0'],
    ['a NUL in a name', { a: { 'b\0': 1 } }, '/a/b\0'],
    ['a name that would become the prototype', JSON.parse('{"a": {"__proto__": {}}}'), '/a/__proto__'],
    ['a name that every object has', JSON.parse('{"a": {"toString": 1}}'), '/a/toString'],
    ['a name that needs escaping', { 'a/b~c': '\0' }, '/a~1b~0c'],
  ])('points at %s', (_, body, pointer) => {
    expect(findUnusable(body, bodyPointer).map((error) => error.pointer)).toEqual([pointer]);
  });

  it.each([
    ['whole surrogate pairs', 'tea 🍵'],
    ['line breaks and tabs', 'a\r\n\tb'],
    ['the replacement character', '\ufffd'],
    ['a body that is no text', Buffer.from('a\0b')],
    ['nothing', undefined],
  ])('lets pass %s', (_, body) => {
    expect(findUnusable(body, bodyPointer)).toEqual([]);
  });

  it('names query parameters as the address does', () => {
    expect(findUnusable({ filter: { name: { eq: '\0' } } }, queryPointer).map((error) => error.pointer)).toEqual(['?filter[name][eq]']);
  });

  it('refuses a body that is nested without end', () => {
    const body: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));

    expect(findUnusable(body, bodyPointer)).toEqual([expect.objectContaining({ detail: 'must not be nested more than 32 levels deep' })]);
  });

  it('names no more than a hundred faults', () => {
    expect(findUnusable(Array(1000).fill('\0'), bodyPointer)).toHaveLength(100);
  });

  it.each([
    ['a list', { items: Array(1001).fill({}) }, '/items', 'must not hold more than 1000 items'],
    ['an object', Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`k${at}`, 1])), '', 'must not have more than 200 properties'],
  ])('refuses %s that would keep validation busy for seconds', (_, body, pointer, detail) => {
    expect(findUnusable(body, bodyPointer)).toEqual([{ pointer, detail }]);
  });
});
