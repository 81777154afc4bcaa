import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, '../..');
const TEMPLATE_LOCK = 7_245_001;

/** A migrated database of this test file's own: a copy of a template, 0.1 to 0.3 s. drop() it in afterAll. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `lw_test_${process.pid}_${randomBytes(6).toString('hex')}`; // global-setup drops those of dead processes
  await asAdmin(async (admin) => {
    await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]); // until this session ends
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${await ensureTemplate(admin)}`);
  });
  const drop = (): Promise<void> => asAdmin((admin) => dropDatabase(admin, name));
  return { url: databaseUrl(name), drop };
}

/** Another database with the same rows, as a backup is one. Nobody may be connected to the first. */
export async function copyDatabase(source: TestDatabase): Promise<TestDatabase> {
  const name = `lw_test_${process.pid}_${randomBytes(6).toString('hex')}`;
  const from = new URL(source.url).pathname.slice(1);
  await asAdmin((admin) => admin.query(`CREATE DATABASE ${name} TEMPLATE ${from}`).then(() => undefined));
  return { url: databaseUrl(name), drop: () => asAdmin((admin) => dropDatabase(admin, name)) };
}

/** FORCE may not end an autovacuum worker, which is the superuser's; the plain form ends those and nothing else. */
async function dropDatabase(admin: Client, name: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch(async (error: unknown) => {
    const notOurs = error instanceof Error && 'code' in error && error.code === '42501'; // insufficient_privilege
    if (!notOurs) throw error;
    await admin.query(`DROP DATABASE IF EXISTS ${name}`);
  });
}

/** Built under a passing name and then renamed, so that a killed run leaves nothing broken. The caller holds the lock. */
async function ensureTemplate(admin: Client): Promise<string> {
  const name = `lw_template_${await schemaHash()}`;
  const { rows } = await admin.query<{ datname: string }>(String.raw`SELECT datname FROM pg_database WHERE datname LIKE 'lw\_template\_%'`);
  if (rows.some((row) => row.datname === name)) return name;

  for (const { datname } of rows) await dropDatabase(admin, datname);
  await admin.query(`CREATE DATABASE ${name}_building`);
  const { migrate } = await import('../../src/platform/database/migrate.js'); // here: no other spec file pays for loading all it needs
  await migrate(databaseUrl(`${name}_building`));
  await admin.query(`ALTER DATABASE ${name}_building RENAME TO ${name}`);
  return name;
}

/** Changes with whatever makes the schema: our migrations, pg-boss, and the month, for which partitions are made ahead. */
async function schemaHash(): Promise<string> {
  const folder = join(ROOT, 'migrations');
  const migrations = (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort();
  const hash = createHash('sha256').update(new Date().toISOString().slice(0, 7));
  for (const path of [...migrations.map((file) => join(folder, file)), join(ROOT, 'node_modules/pg-boss/package.json')]) {
    hash.update(path.slice(ROOT.length)).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}

async function asAdmin(work: (admin: Client) => Promise<void>): Promise<void> {
  const admin = new Client(serverUrl());
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

function databaseUrl(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}

function serverUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('TEST_DATABASE_URL is not set: run through npm test, whose global setup starts a server');
  return url;
}
