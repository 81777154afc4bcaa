import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { InvalidRequest } from './http-problem.js';
import { queryPointer } from './pointer.js';
import type { QueryObject, QueryValue } from './query-string.js';

/** A field and the values it may have: one of them must match. */
export type Filters<Field extends string> = Partial<Record<Field, readonly string[]>>;

/**
 * Reads `filter[stage]=live,at_risk`. Operators, as in `filter[createdAt][gte]`, come with issue 3 and are refused till then.
 * @throws InvalidRequest for a field that is not in `allowed`, pointing at it
 */
export function parseFilters<Field extends string>(filter: QueryObject | undefined, allowed: readonly Field[]): Filters<Field> {
  const filters: Filters<Field> = {};
  for (const [name, value] of Object.entries(filter ?? {})) {
    const field = allowed.find((one) => one === name);
    if (field === undefined) throw refuse(name, `cannot be filtered by; known here: ${allowed.join(', ') || 'none'}`);
    filters[field] = readValues(name, value);
  }
  return filters;
}

function readValues(name: string, value: QueryValue): readonly string[] {
  if (Array.isArray(value)) throw refuse(name, 'must be given once, with commas between values');
  if (typeof value !== 'string') {
    const [operator = ''] = Object.keys(value);
    throw new InvalidRequest([{ pointer: queryPointer(['filter', name, operator]), detail: 'is not a known operator' }]);
  }
  const values = value.split(',');
  if (values.some((one) => one === '')) throw refuse(name, 'must not hold an empty value');
  return values;
}

function refuse(field: string, detail: string): InvalidRequest {
  return new InvalidRequest([{ pointer: queryPointer(['filter', field]), detail }]);
}

/** Tells OpenAPI which filters a list knows. */
export function ApiFilters(...fields: string[]): MethodDecorator {
  const properties = Object.fromEntries(fields.map((field) => [field, { type: 'string', description: 'Values with commas between them.' }]));
  return applyDecorators(ApiQuery({ name: 'filter', required: false, style: 'deepObject', explode: true, schema: { type: 'object', properties } }));
}
