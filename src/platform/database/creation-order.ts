import type { EntityManager } from 'typeorm';
import { CREATION_SORTS } from '../http/lists/filters.js';
import type { KeyPart, ListRequest } from '../http/lists/paging.js';
import { rangeClause } from './filter-clause.js';
import { rows } from './sql.js';
import { withTotal } from './total.js';

/** Sorts, ranges and cursor of a list that goes by when things were made, the newest first unless asked otherwise. */
export const CREATION_ORDER = { sorts: CREATION_SORTS, key: ['instant', 'uuid'], ranges: ['createdAt'], counted: true } as const;

export type CreationSort = (typeof CREATION_ORDER.sorts)[number];

export type ByCreation = Pick<ListRequest<string, CreationSort>, 'sort' | 'limit' | 'after' | 'ranges' | 'count'>;

export interface CreationStatement {
  /** SELECT up to the end of its WHERE clause; the rows to be ordered are those of `alias`, with `created_at` and `id`. */
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly alias: string;
}

/** One row more than the limit, for `page` to see that there are more; with the total when it was asked for. */
export async function rowsInCreationOrder<T>(db: Pick<EntityManager, 'query'>, statement: CreationStatement, list: ByCreation): Promise<T[]> {
  const { alias } = statement;
  const values = [...statement.values];
  const sql = statement.sql + rangeClause({ createdAt: `${alias}.created_at` }, list.ranges, values);
  const counted = { sql, values: [...values] };
  const [beyond, direction] = list.sort === 'createdAt' ? ['>', 'ASC'] : ['<', 'DESC'];
  const [at, id] = list.after ?? [];
  const place = list.after ? ` AND (${alias}.created_at, ${alias}.id) ${beyond} ($${values.push(at)}::timestamptz, $${values.push(id)}::uuid)` : '';
  const order = ` ORDER BY ${alias}.created_at ${direction}, ${alias}.id ${direction} LIMIT $${values.push(list.limit + 1)}`;
  return withTotal(db, await rows<T>(db, sql + place + order, values), { ...counted, count: list.count });
}

/** For `page`. */
export function creationKey(row: { readonly createdAt: Date; readonly id: string }): readonly KeyPart[] {
  return [row.createdAt.toISOString(), row.id];
}
