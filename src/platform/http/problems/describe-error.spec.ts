import { QueryFailedError } from 'typeorm';
import { describeConstraints } from './constraint-problems.js';
import { describeError } from './describe-error.js';

function queryFailed(facts: { code: string; constraint?: string; message?: string }): QueryFailedError {
  return new QueryFailedError('INSERT …', [], Object.assign(new Error(facts.message ?? ''), facts));
}

describe('describeError', () => {
  beforeAll(() => {
    describeConstraints({
      teas_name_key: { status: 409, code: 'already_exists', detail: 'There is a tea of this name.' },
      teas_pot_fkey: { status: 404, code: 'not_found', detail: 'There is no pot with this id.' },
      teas_grams_check: { status: 422, code: 'fact_required', detail: 'At most 500 grams.' },
    });
  });

  it.each([
    ['unique', '23505', 'teas_name_key', 409, 'already_exists'],
    ['foreign', '23503', 'teas_pot_fkey', 404, 'not_found'],
    ['check', '23514', 'teas_grams_check', 422, 'fact_required'],
  ])('answers a named %s constraint as its feature says', (...[, code, constraint, status, problem]) => {
    expect(describeError(queryFailed({ code, constraint }))).toMatchObject({ status, code: problem });
  });

  it('falls back on the kind of constraint when nobody named it', () => {
    expect(describeError(queryFailed({ code: '23505', constraint: 'other_key' }))).toMatchObject({ status: 409, code: 'already_exists' });
  });

  it('marks what validation let pass, so that it is logged', () => {
    expect(describeError(queryFailed({ code: '22001' }))).toMatchObject({ status: 400, unforeseen: true });
  });

  it.each([
    ['a column that must not be null: the fault is ours', '23502'],
    ['a table that is not there', '42P01'],
    ['a file error, which only looks like a database error', 'ENOENT'],
  ])('tells nothing of %s', (_, code) => {
    expect(describeError(queryFailed({ code, message: 'relation "secrets"' }))).toEqual({
      status: 500,
      code: 'internal_error',
      detail: expect.not.stringContaining('secrets'),
    });
  });
});
