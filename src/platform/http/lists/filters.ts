import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { InvalidRequest } from '../problems/http-problem.js';
import { queryPointer } from '../problems/pointer.js';
import type { QueryObject, QueryValue } from '../input/query-string.js';
import { type Bound, parseBounds, RANGE_OPERATORS } from './ranges.js';

/** A field and the values it may have: one of them must match. */
export type Filters<Field extends string> = Partial<Record<Field, readonly string[]>>;

/** A field that is compared by order, and what it must keep to. */
export type Ranges = Readonly<Partial<Record<string, readonly Bound[]>>>;

/** What a list can be filtered by. */
export interface FilterRules<Field extends string> {
  /** Compared for equality, as in `filter[stage]=live,at_risk`. */
  readonly filters: readonly Field[];
  /** Instants, compared by order, as in `filter[createdAt][gte]=2026-11-01`. */
  readonly ranges?: readonly string[];
}

/**
 * Reads `filter[stage]=live,at_risk` and `filter[createdAt][gte]=2026-11-01`.
 * @throws InvalidRequest for a field or operator that the list does not know, and a value that cannot be, pointing at it
 */
export function parseFilters<Field extends string>(
  filter: QueryObject | undefined,
  { filters: allowed, ranges: ordered = [] }: FilterRules<Field>,
): { filters: Filters<Field>; ranges: Ranges } {
  const filters: Filters<Field> = {};
  const ranges: Partial<Record<string, readonly Bound[]>> = {};
  for (const [name, value] of Object.entries(filter ?? {})) {
    const field = allowed.find((one) => one === name);
    if (field !== undefined) filters[field] = readValues(name, value);
    else if (ordered.includes(name)) ranges[name] = parseBounds(name, value);
    else throw refuse(name, `cannot be filtered by; known here: ${[...allowed, ...ordered].join(', ') || 'none'}`);
  }
  return { filters, ranges };
}

function readValues(name: string, value: QueryValue): readonly string[] {
  if (Array.isArray(value)) throw refuse(name, 'must be given once, with commas between values');
  if (typeof value !== 'string') {
    const [operator = ''] = Object.keys(value);
    throw new InvalidRequest([
      { pointer: queryPointer(['filter', name, operator]), detail: 'is not a known operator; this field is compared for equality' },
    ]);
  }
  const values = value.split(',');
  if (values.some((one) => one === '')) throw refuse(name, 'must not hold an empty value');
  return values;
}

function refuse(field: string, detail: string): InvalidRequest {
  return new InvalidRequest([{ pointer: queryPointer(['filter', field]), detail }]);
}

/** A field of a list that is compared by order. */
export interface RangeField {
  readonly range: string;
}

/** A field that has one of a few values; another one is refused. */
export interface ChoiceField {
  readonly choice: string;
  readonly of: readonly string[];
}

/** Every list in the order of creation has it. */
export const CREATED_AT: RangeField = { range: 'createdAt' };

/** How such a list can be sorted, the first unless asked otherwise. */
export const CREATION_SORTS = ['-createdAt', 'createdAt'] as const;

export const FILTER_FIELDS = Symbol('fields that a list is filtered by');
export const IMPLIED_SORTS = Symbol('the same, as its filters let one expect');
export const SORTS = Symbol('what a list is sorted by');
export const QUERY_IDS = Symbol('parameters that are ids');

/** Fields compared for equality, with the values that each may have when these are few. */
export type FilterFields = Readonly<Record<string, readonly string[] | undefined>>;

/** Parameters beside `filter` that are ids: what they name must be there, as with those in filters. */
export function QueryIds(...fields: string[]): MethodDecorator {
  return SetMetadata(QUERY_IDS, fields);
}

/** Says in OpenAPI how a list can be sorted, the first unless asked otherwise. A list in the order of creation need not: CREATED_AT says it. */
export function ApiSorts(...sorts: readonly string[]): MethodDecorator {
  return SetMetadata(SORTS, sorts);
}

/** Says which filters a list knows: to OpenAPI, and to what checks the values given for them: FilterValues and the guard of the project border. */
export function ApiFilters(...fields: (string | ChoiceField | RangeField)[]): MethodDecorator {
  const equal = equalFields(fields);
  const ranges = fields.flatMap((field) => (typeof field === 'object' && 'range' in field ? [field.range] : []));
  return applyDecorators(
    SetMetadata(FILTER_FIELDS, equal),
    ...(ranges.includes(CREATED_AT.range) ? [SetMetadata(IMPLIED_SORTS, CREATION_SORTS)] : []),
    ...(Object.keys(equal).length > 0 ? [documentEqual(equal)] : []),
    ...ranges.flatMap((field) => RANGE_OPERATORS.map((operator) => documentRange(field, operator))),
  );
}

function equalFields(fields: readonly (string | ChoiceField | RangeField)[]): FilterFields {
  const equal: Record<string, readonly string[] | undefined> = {};
  for (const field of fields) {
    if (typeof field === 'string') equal[field] = undefined;
    else if ('choice' in field) equal[field.choice] = field.of;
  }
  return equal;
}

function documentEqual(fields: FilterFields): MethodDecorator {
  const describe = (values?: readonly string[]): string =>
    values ? `Of ${values.join(', ')}; several with commas between them.` : 'Values with commas between them.';
  const properties = Object.fromEntries(Object.entries(fields).map(([field, values]) => [field, { type: 'string', description: describe(values) }]));
  return ApiQuery({ name: 'filter', required: false, style: 'deepObject', explode: true, schema: { type: 'object', properties } });
}

const DAY_OR_INSTANT = {
  anyOf: [
    { type: 'string', format: 'date' },
    { type: 'string', format: 'date-time' },
  ],
};

function documentRange(field: string, operator: string): MethodDecorator {
  const description = 'A day (UTC, as a whole) or an instant.';
  return ApiQuery({ name: `filter[${field}][${operator}]`, required: false, description, schema: DAY_OR_INSTANT });
}
