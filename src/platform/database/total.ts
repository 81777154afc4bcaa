import type { EntityManager } from 'typeorm';
import type { Count } from '../http/lists/paging.js';
import { firstRow } from './sql.js';

/** A whole list, without cursor, order and limit. */
export interface CountedStatement {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Nothing is counted without it. */
  readonly count: Count | undefined;
}

/** Puts beside the rows of a page, for `page` to see, how many its list has. */
export async function withTotal<T>(db: Pick<EntityManager, 'query'>, found: T[], statement: CountedStatement): Promise<T[] & { total?: number }> {
  if (statement.count === undefined) return found;
  return Object.assign(found, { total: await (statement.count === 'exact' ? countAll(db, statement) : estimate(db, statement)) });
}

async function countAll(db: Pick<EntityManager, 'query'>, { sql, values }: CountedStatement): Promise<number> {
  const row = await firstRow<{ total: string }>(db, `SELECT count(*) AS total FROM (${sql}) AS counted`, values);
  return Number(row?.total ?? 0);
}

/** What the planner believes, from the statistics that PostgreSQL keeps: no row is read. */
async function estimate(db: Pick<EntityManager, 'query'>, { sql, values }: CountedStatement): Promise<number> {
  const row = await firstRow<{ 'QUERY PLAN': readonly [{ readonly Plan: { readonly 'Plan Rows': number } }] }>(
    db,
    `EXPLAIN (FORMAT JSON) ${sql}`,
    values,
  );
  return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}
