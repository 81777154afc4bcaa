import { Client } from 'pg';
import { NOTHING_PERSONAL, PERSONAL } from '../../src/platform/privacy/privacy-registry.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Columns that could hold anything. A CHECK that names all values makes a closed list; partitions repeat their parent. */
const COLUMNS = `
  SELECT c.relname AS table, a.attname AS column,
         EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
                    AND pg_get_constraintdef(k.oid) ~ '= ANY \\(ARRAY') AS closed
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND format_type(a.atttypid, NULL) IN ('text', 'text[]', 'character varying', 'jsonb', 'json', 'bytea')
   ORDER BY 1, 2`;

describe('the privacy registry', () => {
  let database: TestDatabase;
  let columns: { table: string; column: string; closed: boolean }[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const client = new Client(database.url);
    await client.connect();
    columns = (await client.query<{ table: string; column: string; closed: boolean }>(COLUMNS)).rows;
    await client.end();
  });

  afterAll(() => database.drop());

  const names = (list: Readonly<Record<string, object>>): string[] =>
    Object.entries(list).flatMap(([table, of]) => Object.keys(of).map((column) => `${table}.${column}`));
  const decided = [...names(PERSONAL), ...names(NOTHING_PERSONAL)];

  it('decides about every column that could hold anything: whoever adds one says whether it may be personal', () => {
    const open = columns.filter(({ closed }) => !closed).map(({ table, column }) => `${table}.${column}`);

    expect(open.filter((name) => !decided.includes(name))).toEqual([]);
    expect(open.length).toBeGreaterThan(100);
  });

  it('names no column that is not there, and none twice', () => {
    const there = new Set(columns.map(({ table, column }) => `${table}.${column}`));

    expect(decided.filter((name) => !there.has(name))).toEqual([]);
    expect(decided.filter((name, at) => decided.indexOf(name) !== at)).toEqual([]);
  });

  it('keeps out what may never be changed: an erasure could not reach it', async () => {
    const client = new Client(database.url);
    await client.connect();
    const { rows } = await client.query<{ table: string }>(
      `SELECT DISTINCT tgrelid::regclass::text AS table FROM pg_trigger WHERE tgfoid = 'refuse_change'::regproc AND tgparentid = 0 ORDER BY 1`,
    );
    await client.end();

    expect(rows.map(({ table }) => table)).toEqual(expect.arrayContaining(['audit_log', 'backlink_checks', 'state_changes']));
    expect(rows.filter(({ table }) => table in PERSONAL)).toEqual([]);
  });
});
