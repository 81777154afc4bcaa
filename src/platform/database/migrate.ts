import { PgBoss } from 'pg-boss';
import { DataSource } from 'typeorm';
import { MIGRATIONS } from '../../../migrations/index.js';

/** Any fixed number: processes that start together wait here for the first to finish. */
const MIGRATION_LOCK = 727_100_001;

/**
 * Brings a database to the present schema: ours by migrations, one by one under an advisory lock, then pg-boss' own.
 * @param url a direct connection: advisory locks do not survive a transaction pooler
 */
export async function migrate(url: string): Promise<void> {
  const db = await new DataSource({ type: 'postgres', url, migrations: MIGRATIONS, migrationsTransactionMode: 'each' }).initialize();
  const lock = db.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await db.runMigrations();
    await lock.query('SELECT ensure_month_partitions(2)');
    const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
    boss.on('error', () => undefined); // start() rejects with it
    await boss.start();
    await boss.stop({ graceful: false });
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await lock.release();
    await db.destroy();
  }
}
