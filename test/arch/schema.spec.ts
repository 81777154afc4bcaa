import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource, type EntityMetadata } from 'typeorm';
import { SnakeNaming } from '../../src/platform/database/snake-naming.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SRC = join(import.meta.dirname, '../../src');

/** Columns that SQL alone reads and writes, with the reason. */
const NOT_IN_ENTITY: Readonly<Record<string, string>> = {
  'backlinks.asked_by': 'written by the loop that asks for a check and copied into its row by SQL',
  'backlinks.fetched_at': 'read and written by the loop that looks at pages',
  'backlinks.queued_for': 'a place in a queue, which SQL alone gives and takes',
  'messages.copy_due_at': 'only the loop that keeps copies of sent mails asks',
  'messages.copy_tries': 'as copy_due_at',
};

/** Texts without a CHECK of their length or values, with the reason. */
const UNBOUNDED: Readonly<Record<string, string>> = {
  'installation.key_check': 'made by the product, sealed',
  'installation.link_key_sealed': 'made by the product, sealed',
  'installation.suppression_key_sealed': 'made by the product, sealed',
  'kept_answers.body_sealed': 'an answer of our own, sealed; its length is bounded by what bulk takes',
  'mailboxes.dkim_key_sealed': 'sealed; its length is bounded before',
  'mailboxes.imap_password_sealed': 'sealed; its length is bounded before',
  'mailboxes.oauth_tokens_sealed': 'sealed; its length is bounded before',
  'mailboxes.smtp_password_sealed': 'sealed; its length is bounded before',
  'monthly_tables.name': 'names of our own tables',
  'oauth_flows.flow_sealed': 'sealed; its length is bounded before',
  'state_changes.event_kind': 'a name of our own code; the table grows without end, so a change of the list must not rewrite it',
  'state_changes.from_state': 'a name of our own code, as above',
  'state_changes.to_state': 'a name of our own code, as above',
  'state_changes.via': 'a name of our own code, as above',
  'webhook_endpoints.old_secret_sealed': 'made by the product, sealed',
  'webhook_endpoints.secret_sealed': 'made by the product, sealed',
};

/** Unique keys of tenant tables that do not start with workspace_id, with the reason. */
const GLOBAL_KEYS: Readonly<Record<string, string>> = {
  api_keys_hash_key: 'a key is looked up before its workspace is known',
  api_keys_old_hash_key: 'as above, of a key that was rotated',
  invitations_token_key: 'a token is looked up before its workspace is known',
  report_links_token_key: 'a token is looked up before its workspace is known',
  sessions_id_key: 'sessions belong to users',
  sessions_pkey: 'a cookie is looked up before its workspace is known',
};

/** Tables of the installation, not of a tenant. */
const GLOBAL_TABLES = [
  'event_readers',
  'fetch_hosts',
  'installation',
  'known_places',
  'login_failures',
  'migrations',
  'monthly_tables',
  'password_resets',
  'recovery_codes',
  'robots_files',
  'sandbox_clock',
  'second_factors',
  'throttles',
  'user_identities',
  'users',
  'workspaces',
];

interface CatalogColumn {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly bounded: boolean;
}

// Partitions repeat what their parent says.
const COLUMNS = `
  SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type, NOT a.attnotnull AS nullable,
         EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
                    AND pg_get_constraintdef(k.oid) ~ 'length\\(|= ANY|~ ''\\^') AS bounded
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   ORDER BY 1, 2`;

const UNIQUE_KEYS = `
  SELECT c.relname AS table, i.relname AS key, a.attname AS first
    FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
   WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND x.indisunique ORDER BY 2`;

describe('the schema', () => {
  let database: TestDatabase;
  let db: DataSource;
  let columns: CatalogColumn[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.entity.ts'));
    const modules = await Promise.all(files.map((file) => import(join(SRC, file)) as Promise<Record<string, unknown>>));
    const entities = modules.flatMap((module) => Object.values(module)).filter((one) => typeof one === 'function');
    db = await new DataSource({
      type: 'postgres',
      url: database.url,
      entities: entities as (() => void)[],
      namingStrategy: new SnakeNaming(),
    }).initialize();
    columns = await db.query<CatalogColumn[]>(COLUMNS);
  });

  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  const inEntities = (): { name: string; nullable: boolean; metadata: EntityMetadata }[] =>
    db.entityMetadatas.flatMap((metadata) =>
      metadata.columns.map((column) => ({ name: `${metadata.tableName}.${column.databaseName}`, nullable: column.isNullable, metadata })),
    );
  const nameOf = ({ table, column }: CatalogColumn): string => `${table}.${column}`;
  const tenantTables = (): Set<string> => new Set(columns.filter(({ column }) => column === 'workspace_id').map(({ table }) => table));

  it('has every column of every entity, as nullable as the entity says', () => {
    const catalog = new Map(columns.map((column) => [nameOf(column), column.nullable]));

    const wrong = inEntities().filter(({ name, nullable }) => catalog.get(name) !== nullable);

    expect(wrong.map(({ name, nullable }) => ({ name, nullable, catalog: catalog.get(name) ?? 'missing' }))).toEqual([]);
    expect(inEntities().length).toBeGreaterThan(100);
  });

  it('has no column that its entity does not know, unless listed with a reason', () => {
    const known = new Set(inEntities().map(({ name }) => name));
    const tables = new Set(db.entityMetadatas.map(({ tableName }) => tableName));

    const unknown = columns.filter((column) => tables.has(column.table) && !known.has(nameOf(column))).map(nameOf);

    expect(unknown).toEqual(Object.keys(NOT_IN_ENTITY));
  });

  it('bounds every text, unless listed with a reason', () => {
    const unbounded = columns.filter(({ table, type, bounded }) => type === 'text' && !bounded && table !== 'migrations').map(nameOf);

    expect(unbounded).toEqual(Object.keys(UNBOUNDED));
  });

  it('has the workspace in every table but those of the installation', () => {
    const tables = new Set(columns.map(({ table }) => table));

    expect([...tables].filter((table) => !tenantTables().has(table))).toEqual(GLOBAL_TABLES);
  });

  it('begins every key of a tenant table with its workspace, unless listed with a reason', async () => {
    const keys = await db.query<{ table: string; key: string; first: string | null }[]>(UNIQUE_KEYS);

    const global = keys.filter(({ table, first }) => tenantTables().has(table) && first !== 'workspace_id').map(({ key }) => key);

    expect(global).toEqual(Object.keys(GLOBAL_KEYS));
  });

  it('makes every reference between tenant tables carry the workspace', async () => {
    const references = await db.query<{ reference: string; first: string }[]>(
      `SELECT k.conrelid::regclass::text || ' -> ' || k.confrelid::regclass::text AS reference, a.attname AS first FROM pg_constraint k
         JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = k.confkey[1] WHERE k.contype = 'f' AND k.conparentid = 0
          AND EXISTS (SELECT FROM pg_attribute w WHERE w.attrelid = k.confrelid AND w.attname = 'workspace_id')`,
    );

    expect(references.filter(({ first }) => first !== 'workspace_id')).toEqual([]);
    expect(references.length).toBeGreaterThan(20);
  });
});
