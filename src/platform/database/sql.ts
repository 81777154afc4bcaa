import type { EntityManager } from 'typeorm';

/** Rows of a statement; the type is the author's word for what the SQL selects. */
export async function rows<T>(tx: Pick<EntityManager, 'query'>, sql: string, values: readonly unknown[] = []): Promise<T[]> {
  const result: unknown = await tx.query(sql, [...values]);
  // TypeORM answers UPDATE and DELETE with [rows, count], the rest with rows.
  if (Array.isArray(result) && result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number') return result[0] as T[];
  return result as T[];
}

/** The first row of a statement, if any. */
export async function firstRow<T>(tx: Pick<EntityManager, 'query'>, sql: string, values: readonly unknown[] = []): Promise<T | undefined> {
  const [row] = await rows<T>(tx, sql, values);
  return row;
}
