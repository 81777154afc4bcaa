import { InvalidRequest } from '../http/problems/http-problem.js';
import { newId } from '../ids.js';
import { filterClause } from './filter-clause.js';

const COLUMNS = { stage: 'o.stage', campaignId: 'o.campaign_id' } as const;

describe('filterClause', () => {
  it('compares ids as ids, so that an index can find them, and the rest as text', () => {
    const [ids, values] = [[newId(), newId()], ['workspace'] as unknown[]];

    const clause = filterClause(COLUMNS, { stage: ['live', 'at_risk'], campaignId: ids }, values);

    expect(clause).toBe(' AND o.stage = ANY ($2::text[]) AND o.campaign_id = ANY ($3::uuid[])');
    expect(values).toEqual(['workspace', ['live', 'at_risk'], ids]);
  });

  it('compares with a single value as such, so that an index can give the order too', () => {
    const [id, values] = [newId(), ['workspace'] as unknown[]];

    expect(filterClause(COLUMNS, { campaignId: [id] }, values)).toBe(' AND o.campaign_id = $2::uuid');
    expect(values).toEqual(['workspace', id]);
  });

  it('adds nothing for no filter', () => {
    expect(filterClause(COLUMNS, {}, [])).toBe('');
  });

  it('points at an id that is none', () => {
    expect(() => filterClause(COLUMNS, { campaignId: [newId(), 'spring'] }, [])).toThrow(InvalidRequest);
  });
});
