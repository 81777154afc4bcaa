import { toQueryString } from '../../client/src/query.js';

describe('toQueryString', () => {
  it.each<[object, string]>([
    [{ limit: 5, q: 'tea & more' }, 'limit=5&q=tea%20%26%20more'],
    [{ filter: { stage: ['live', 'at_risk'] } }, 'filter[stage]=live,at_risk'],
    [{ filter: { createdAt: { gte: '2026-11-01' } } }, 'filter[createdAt][gte]=2026-11-01'],
    [{ after: undefined, sort: null }, ''],
    [{ preview: true }, 'preview=true'],
  ])('writes %j', (query, text) => {
    expect(decodeURIComponent(toQueryString({ ...query }))).toBe(decodeURIComponent(text));
  });
});
