// One PostgreSQL server for the whole run, or the one of TEST_DATABASE_URL. Workers inherit the variable.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

// Kept between runs: a warm start takes a tenth of a second, and the migrated template is still there.
const DATA_DIR = join(import.meta.dirname, '../node_modules/.cache/linkwright-test-pg');

export default async function setUp() {
  if (process.env.TEST_DATABASE_URL) return;
  const server = await startServer();
  globalThis.linkwrightTestServer = server;
  process.env.TEST_DATABASE_URL = server.url;
  await dropAbandoned(server.url);
}

async function startServer() {
  // Jest does not transform this file, so it takes what the build made
  const { startEmbeddedPostgres, NoPostgresBinaries } = await import('../dist/src/platform/database/embedded/embedded-postgres.js').catch((error) => {
    throw new Error('The tests need the build: npm run build', { cause: error });
  });
  const options = { dataDir: DATA_DIR, durable: false };
  return startEmbeddedPostgres(options).catch((error) => {
    if (error instanceof NoPostgresBinaries) throw error;
    console.error(`The test database is broken and is made anew: ${error.message}`);
    rmSync(DATA_DIR, { recursive: true, force: true }); // without fsync a power cut may do that
    return startEmbeddedPostgres(options);
  });
}

/** Databases of test processes that were killed; their names carry the process id (test-database.ts). */
async function dropAbandoned(url) {
  const admin = new pg.Client(url);
  await admin.connect();
  const { rows } = await admin.query(String.raw`SELECT datname FROM pg_database WHERE datname ~ '^lw_test_\d+_'`);
  for (const { datname } of rows) {
    if (isAlive(Number(datname.split('_')[2]))) continue;
    await admin.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`).catch(() => undefined); // vacuumed right now: the next run takes it away
  }
  await admin.end();
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
