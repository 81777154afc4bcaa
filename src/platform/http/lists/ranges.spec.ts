import { InvalidRequest } from '../problems/http-problem.js';
import { parseBounds } from './ranges.js';

const NOON = '2026-11-01T12:00:00Z';

describe('parseBounds', () => {
  it.each([
    ['gte', NOON, '>=', '2026-11-01T12:00:00.000Z'],
    ['gt', NOON, '>', '2026-11-01T12:00:00.000Z'],
    ['lte', NOON, '<=', '2026-11-01T12:00:00.000Z'],
    ['lt', '2026-11-01T12:00:00.5+02:00', '<', '2026-11-01T10:00:00.500Z'],
    ['gte', '2026-11-01', '>=', '2026-11-01T00:00:00.000Z'],
    ['gt', '2026-11-01', '>=', '2026-11-02T00:00:00.000Z'],
    ['lte', '2026-11-01', '<', '2026-11-02T00:00:00.000Z'],
    ['lt', '2026-11-01', '<', '2026-11-01T00:00:00.000Z'],
  ])('reads %s %s', (operator, text, sign, at) => {
    expect(parseBounds('createdAt', { [operator]: text })).toEqual([{ sign, at: new Date(at) }]);
  });

  it('reads both sides', () => {
    expect(parseBounds('createdAt', { gte: '2026-11-01', lt: '2026-12-01' })).toHaveLength(2);
  });

  it.each([
    ['no operator', NOON, '?filter[createdAt]'],
    ['two without operator', [NOON, NOON], '?filter[createdAt]'],
    ['an unknown operator', { after: NOON }, '?filter[createdAt][after]'],
    ['one side twice', { gte: [NOON, NOON] }, '?filter[createdAt][gte]'],
    ['a month that is none', { gte: '2026-13-01' }, '?filter[createdAt][gte]'],
    ['a day that is none', { gte: '2026-02-30' }, '?filter[createdAt][gte]'],
    ['an instant without zone', { gte: '2026-11-01T12:00:00' }, '?filter[createdAt][gte]'],
    ['a number', { gte: '1' }, '?filter[createdAt][gte]'],
    ['nothing', { gte: '' }, '?filter[createdAt][gte]'],
  ])('refuses %s', (_, value, pointer) => {
    let refusal: unknown;
    try {
      parseBounds('createdAt', value);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(InvalidRequest);
    expect((refusal as InvalidRequest).more.facts).toMatchObject({ errors: [{ pointer }] });
  });
});
