import type { DataSource } from 'typeorm';

/**
 * Returns when a reader of the outbox sees all that has been committed so far: no transaction that began before, in any database
 * of the server, is still running. Spec files share one server, and the reader rightly waits for all of them.
 */
export async function settled(db: Pick<DataSource, 'query'>): Promise<void> {
  const ask = async (sql: string, values: unknown[] = []): Promise<unknown> => Object.values((await db.query<object[]>(sql, values))[0] ?? {})[0];
  const now = await ask('SELECT pg_current_xact_id()::text');
  while ((await ask('SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8', [now])) !== true);
}
