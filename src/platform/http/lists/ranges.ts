import { isISO8601 } from 'class-validator';
import { DAY_MS } from '../../clock.js';
import { InvalidRequest } from '../problems/http-problem.js';
import { isInstant } from '../input/is-instant.decorator.js';
import { queryPointer } from '../problems/pointer.js';
import type { QueryValue } from '../input/query-string.js';

export const RANGE_OPERATORS = ['gte', 'gt', 'lte', 'lt'] as const;
export type RangeOperator = (typeof RANGE_OPERATORS)[number];

/** One side of a range, as SQL compares it. */
export interface Bound {
  readonly sign: '>=' | '>' | '<=' | '<';
  readonly at: Date;
}

const SIGNS: Readonly<Record<RangeOperator, Bound['sign']>> = { gte: '>=', gt: '>', lte: '<=', lt: '<' };
const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * Reads what stands behind `filter[createdAt]`: operators with an instant or a day each. A day is meant as a whole, in UTC:
 * after it begins with the next one, up to it includes it.
 * @throws InvalidRequest pointing at the operator
 */
export function parseBounds(field: string, value: QueryValue): readonly Bound[] {
  if (typeof value === 'string' || Array.isArray(value)) {
    throw refuse([field], `takes an operator, as in filter[${field}][gte]; known: ${RANGE_OPERATORS.join(', ')}`);
  }
  return Object.entries(value).map(([name, text]) => {
    const operator = RANGE_OPERATORS.find((one) => one === name);
    if (operator === undefined) throw refuse([field, name], `is not a known operator; known: ${RANGE_OPERATORS.join(', ')}`);
    const bound = typeof text === 'string' ? boundOf(operator, text) : undefined;
    if (!bound) throw refuse([field, name], 'must be a day such as 2026-11-01 or an instant such as 2026-11-01T09:00:00Z, given once');
    return bound;
  });
}

function boundOf(operator: RangeOperator, text: string): Bound | undefined {
  if (isInstant(text)) return { sign: SIGNS[operator], at: new Date(text) };
  if (!DAY.test(text) || !isISO8601(text, { strict: true })) return undefined;
  const begins = new Date(`${text}T00:00:00Z`);
  const after = new Date(begins.getTime() + DAY_MS);
  switch (operator) {
    case 'gte':
      return { sign: '>=', at: begins };
    case 'gt':
      return { sign: '>=', at: after };
    case 'lte':
      return { sign: '<', at: after };
    case 'lt':
      return { sign: '<', at: begins };
  }
}

function refuse(path: readonly string[], detail: string): InvalidRequest {
  return new InvalidRequest([{ pointer: queryPointer(['filter', ...path]), detail }]);
}
