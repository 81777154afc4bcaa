import { InvalidRequest } from '../problems/http-problem.js';
import { decodeCursor, encodeCursor, type KeyKind, type KeyPart, page } from './paging.js';

const ID = '01890000-0000-7000-8000-000000000000';

describe('page', () => {
  const row = (id: number) => ({ id });
  const keyOf = ({ id }: { id: number }) => [id];

  it.each([
    ['nothing', [], [], false],
    ['fewer rows than the limit', [1], [1], false],
    ['exactly as many', [1, 2], [1, 2], false],
    ['one more', [1, 2, 3], [1, 2], true],
  ])('cuts %s', (_, found, shown, hasMore) => {
    const answer = page(found.map(row), 2, keyOf);

    expect(answer.data.map(({ id }) => id)).toEqual(shown);
    expect(answer.hasMore).toBe(hasMore);
    expect(answer.nextCursor !== null).toBe(hasMore);
  });

  it('goes on after the last row shown', () => {
    const { nextCursor } = page([1, 2, 3].map(row), 2, keyOf, '-createdAt');

    expect(decodeCursor(nextCursor!, ['number'], '-createdAt')).toEqual([2]);
  });
});

describe('decodeCursor', () => {
  it.each<[KeyPart[], KeyKind[]]>([
    [[ID], ['uuid']],
    [
      ['2026-11-01T09:00:00.123456Z', ID],
      ['instant', 'uuid'],
    ],
    [
      [-5, 'Tee für zwei 🍵', ID],
      ['number', 'text', 'uuid'],
    ],
  ])('reads back %j', (key, kinds) => {
    expect(decodeCursor(encodeCursor(key), kinds)).toEqual(key);
  });

  const raw = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each<[string, string, KeyKind[]]>([
    ['no base64', '***', ['uuid']],
    ['no JSON', Buffer.from('tea').toString('base64url'), ['uuid']],
    ['no list', raw({ id: ID }), ['uuid']],
    ['another sort', encodeCursor([ID], 'name'), ['uuid']],
    ['a part too few', raw(['']), ['uuid']],
    ['a part too many', raw(['', ID, ID]), ['uuid']],
    ['a text for a number', raw(['', '5']), ['number']],
    ['a number beyond what is exact', raw(['', 1e300]), ['number']],
    ['a text for an id', raw(['', "' OR 1=1"]), ['uuid']],
    ['a day that is none', raw(['', '2026-13-45T09:00:00Z']), ['instant']],
    ['a NUL', raw(['', 'a\0']), ['text']],
    ['an object for a text', raw(['', {}]), ['text']],
  ])('refuses %s', (_, cursor, kinds) => {
    expect(() => decodeCursor(cursor, kinds)).toThrow(InvalidRequest);
  });
});
