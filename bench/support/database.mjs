import { chmod, glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/src/platform/database/embedded/embedded-postgres.js';
import { migrate } from '../../dist/src/platform/database/migrate.js';

/**
 * A durable server in a temporary folder, with the whole schema and what `seed` writes, which need not be durable yet. `renew`
 * makes the database of one round: the same rows each time, never vacuumed, never bloated. `useUp` makes the seeded one that of
 * the only round: large tables are not copied.
 */
export async function startDatabase(seed) {
  const dataDir = await mkdtemp(join(tmpdir(), 'linkwright-bench-'));
  await chmod(dataDir, 0o755); // the server may run as another user
  let server = await startEmbeddedPostgres({ dataDir, durable: false });
  const urlOf = (name) => Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  const stop = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await query(server.url, 'CREATE DATABASE bench_seeded');
    await migrate(urlOf('bench_seeded'));
    const db = await connect(urlOf('bench_seeded'));
    await seed(db, urlOf('bench_seeded')).finally(() => db.end());
    await query(urlOf('bench_seeded'), 'ANALYZE');
    await server.stop();
    server = await startEmbeddedPostgres({ dataDir, durable: true });
  } catch (error) {
    await stop(); // the server would outlive us
    throw error;
  }
  return {
    env: { BENCH_DATABASE_URL: urlOf('bench_round'), BENCH_POSTGRES_PID: await pidOf(dataDir) },
    renew: async () => {
      await query(server.url, 'DROP DATABASE IF EXISTS bench_round WITH (FORCE)');
      await query(server.url, 'CREATE DATABASE bench_round TEMPLATE bench_seeded');
    },
    useUp: () => query(server.url, 'ALTER DATABASE bench_seeded RENAME TO bench_round'),
    read: (sql) => query(urlOf('bench_round'), sql),
    stop,
  };
}

/** Rows of one statement on a connection of its own. */
async function query(url, sql) {
  const db = await connect(url);
  try {
    return (await db.query(sql)).rows;
  } finally {
    await db.end();
  }
}

async function connect(url) {
  const db = new pg.Client(url);
  await db.connect();
  return db;
}

async function pidOf(dataDir) {
  for await (const file of glob('**/postmaster.pid', { cwd: dataDir })) {
    return (await readFile(join(dataDir, file), 'utf8')).split('\n', 1)[0];
  }
  return '';
}
