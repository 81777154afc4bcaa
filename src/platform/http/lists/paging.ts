import type { FieldError } from '../../../domain/errors.js';
import { isId } from '../../ids.js';
import { type FilterRules, type Filters, parseFilters, type Ranges } from './filters.js';
import { InvalidRequest } from '../problems/http-problem.js';
import type { PageQuery, SearchQuery } from './page-query.dto.js';

/** One list answer. `nextCursor` goes into `?after=` for what follows; null on the last page. */
export interface Page<Row> {
  readonly data: Row[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
  /** How many the whole list has; only when it was asked for. */
  readonly total?: number;
}

export type KeyPart = string | number;

/** What each part of a cursor must look like, so that a forged one never reaches the database. */
const KEY_PARTS = {
  uuid: (part: unknown) => typeof part === 'string' && isId(part),
  instant: (part: unknown) =>
    typeof part === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/.test(part) && !Number.isNaN(Date.parse(part)),
  /** A PostgreSQL xid8 as text. */
  transaction: (part: unknown) => typeof part === 'string' && /^\d{1,19}$/.test(part),
  number: (part: unknown) => typeof part === 'number' && Number.isSafeInteger(part),
  text: (part: unknown) => typeof part === 'string' && /^[^\0\p{Cs}]{0,1000}$/u.test(part),
} as const;
export type KeyKind = keyof typeof KEY_PARTS;

/** What a list can do: the first sort is the one it has when none is asked for. */
export interface ListRules<Field extends string = string, Sort extends string = string> extends FilterRules<Field> {
  readonly sorts: readonly [Sort, ...Sort[]];
  /** Whether it can tell how many it has. */
  readonly counted?: boolean;
  /** Kinds of the columns that fix a row's place, the id last; for lists whose sorts have different ones, by sort. */
  readonly key: readonly KeyKind[] | Readonly<Record<Sort, readonly KeyKind[]>>;
}

/** How exactly the caller wants to know how many there are. */
export type Count = 'exact' | 'estimate';

/** A list as it was asked for, with nothing in it that the list does not know. */
export interface ListRequest<Field extends string = string, Sort extends string = string> {
  readonly limit: number;
  readonly sort: Sort;
  readonly filters: Filters<Field>;
  readonly ranges?: Ranges;
  /** A text to search for, in lists that take `q`. */
  readonly search?: string;
  readonly count?: Count;
  /** Where to go on: the key of the last row that the caller has. */
  readonly after?: readonly KeyPart[];
}

/** @throws InvalidRequest for an unknown sort or filter (pointer `?sort`, `?filter[x]`) and a forged cursor (`?after`) */
export function readPage<Field extends string, Sort extends string>(
  query: PageQuery & Pick<SearchQuery, 'q'>,
  rules: ListRules<Field, Sort>,
): ListRequest<Field, Sort> {
  const sort = parseSort(query.sort, rules.sorts);
  const kinds = isList(rules.key) ? rules.key : rules.key[sort];
  return {
    limit: query.limit,
    sort,
    ...parseFilters(query.filter, rules),
    ...(query.q !== undefined && { search: query.q }),
    ...(query.count !== undefined && { count: countOf(query.count, rules) }),
    ...(query.after !== undefined && { after: decodeCursor(query.after, kinds, sort) }),
  };
}

function countOf(count: Count, { counted = false }: Pick<ListRules, 'counted'>): Count {
  if (!counted) throw new InvalidRequest([{ pointer: '?count', detail: 'cannot be asked of this list' }]);
  return count;
}

/** Array.isArray does not narrow readonly arrays. */
function isList(key: readonly KeyKind[] | Readonly<Record<string, readonly KeyKind[]>>): key is readonly KeyKind[] {
  return Array.isArray(key);
}

function parseSort<Sort extends string>(given: string | undefined, sorts: readonly [Sort, ...Sort[]]): Sort {
  if (given === undefined) return sorts[0];
  const sort = sorts.find((one) => one === given);
  if (sort === undefined) throw new InvalidRequest([{ pointer: '?sort', detail: `must be one of ${sorts.join(', ')}` }]);
  return sort;
}

/**
 * Cuts the answer out of the rows a query found.
 * @param rows   up to `limit + 1` of them: the one too many tells that there are more; with `total` when the caller wants to know it
 * @param keyOf  the columns that fix a row's place in the sort, the id last
 * @param sort   the sort that the cursor belongs to
 */
export function page<Row>(
  rows: readonly Row[] & { readonly total?: number },
  limit: number,
  keyOf: (row: Row) => readonly KeyPart[],
  sort = '',
): Page<Row> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const hasMore = rows.length > limit;
  const nextCursor = hasMore && last !== undefined ? encodeCursor(keyOf(last), sort) : null;
  return { data, hasMore, nextCursor, ...(rows.total !== undefined && { total: rows.total }) };
}

/** A place, not a secret. On its way out it is signed for its list: SealedCursors. */
export function encodeCursor(key: readonly KeyPart[], sort = ''): string {
  return Buffer.from(JSON.stringify([sort, ...key])).toString('base64url');
}

const AFTER: FieldError = { pointer: '?after', detail: 'must be the nextCursor of the page before, with the same sort' };

/**
 * @param refusal  where it stands, and what would be right there
 * @throws InvalidRequest 400 `invalid_cursor` unless it is a cursor of this sort, with a part of each kind
 */
export function decodeCursor(cursor: string, kinds: readonly KeyKind[], sort = '', refusal = AFTER): readonly KeyPart[] {
  const [sortedBy, ...key] = parseList(cursor);
  const good = sortedBy === sort && key.length === kinds.length && kinds.every((kind, at) => KEY_PARTS[kind](key[at]));
  if (!good) throw new InvalidRequest([refusal], 'invalid_cursor');
  return key as KeyPart[]; // each part was just checked
}

function parseList(cursor: string): unknown[] {
  if (!/^[\w-]+$/.test(cursor)) return [];
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? (parsed as unknown[]) : [];
  } catch {
    return [];
  }
}
