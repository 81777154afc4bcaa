import type { EntityManager } from 'typeorm';
import type { KeyPart, ListRequest } from '../http/paging.js';
import { rows } from './sql.js';

/** Sorts and cursor of a list that goes by when things were made, the newest first unless asked otherwise. */
export const CREATION_ORDER = { sorts: ['-createdAt', 'createdAt'], key: ['instant', 'uuid'] } as const;

export type CreationSort = (typeof CREATION_ORDER.sorts)[number];

export type ByCreation = Pick<ListRequest<string, CreationSort>, 'sort' | 'limit' | 'after'>;

export interface CreationStatement {
  /** SELECT up to the end of its WHERE clause; the rows to be ordered are those of `alias`, with `created_at` and `id`. */
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly alias: string;
}

/** One row more than the limit, for `page` to see that there are more. */
export function rowsInCreationOrder<T>(db: Pick<EntityManager, 'query'>, { sql, values, alias }: CreationStatement, list: ByCreation): Promise<T[]> {
  const [beyond, direction] = list.sort === 'createdAt' ? ['>', 'ASC'] : ['<', 'DESC'];
  const [limit, at, id] = [values.length + 1, values.length + 2, values.length + 3];
  const place = list.after ? ` AND (${alias}.created_at, ${alias}.id) ${beyond} ($${at}::timestamptz, $${id}::uuid)` : '';
  const order = ` ORDER BY ${alias}.created_at ${direction}, ${alias}.id ${direction} LIMIT $${limit}`;
  return rows<T>(db, sql + place + order, [...values, list.limit + 1, ...(list.after ?? [])]);
}

/** For `page`. */
export function creationKey(row: { readonly createdAt: Date; readonly id: string }): readonly KeyPart[] {
  return [row.createdAt.toISOString(), row.id];
}
