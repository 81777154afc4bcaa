import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Says why a statement may touch rows of every workspace; stands anywhere in it. */
const EXCUSE = /\/\*\s*all-workspaces:\s*[^\s*]/;
const STATEMENT = /^\s*(?:with|select|insert|update|delete|merge)\b/i;
const WORD = String.raw`[\w".]+`;
/** `FROM a, b AS c`: all that stands there; and what else names a table. */
const NAMED = new RegExp(
  String.raw`\b(?:from|using)\s+(?:only\s+)?(${WORD}(?:\s+(?:as\s+)?\w+)?(?:\s*,\s*${WORD}(?:\s+(?:as\s+)?\w+)?)*)|\b(?:join|update)\s+(?:only\s+)?(${WORD})`,
  'gi',
);
const INSERTED = new RegExp(String.raw`\binto\s+(${WORD})\s*(?:as\s+\w+\s*)?(?:\(([^)]*)\))?`, 'gi');
/** `workspace_id =`, `workspace_id IN`, `(workspace_id, id) =`, `USING (workspace_id, id)`. */
const COMPARED = /\bworkspace_id"?\s*(?:=|in\b)|\([^()]*\bworkspace_id\b[^()]*\)\s*(?:=|in\b)|\busing\s*\([^()]*\bworkspace_id\b/gi;

/** Tables whose rows belong to a workspace: all that the migrations give a `workspace_id`. */
export function tenantTables(): ReadonlySet<string> {
  const folder = join(import.meta.dirname, '../../migrations');
  const sql = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const tables = [...sql.matchAll(/CREATE TABLE (\w+) \((.*?)\n {6}\)/gs)];
  return new Set(tables.filter(([, , body]) => /^\s*workspace_id\b/m.test(body ?? '')).map(([, name]) => name ?? ''));
}

/**
 * What is wrong with a statement, if anything: each tenant table that it reads or changes must have its workspace_id compared, once
 * a mention, and what it inserts must name the column. Counts instead of parsing: a join without the column is short of one.
 */
export function missingWorkspace(sql: string, tables: ReadonlySet<string>): string | undefined {
  if (EXCUSE.test(sql)) return undefined;
  const bare = sql.replace(/\/\*.*?\*\/|--[^\n]*/gs, ' ').replace(/'(?:[^']|'')*'/g, "''");
  if (!STATEMENT.test(bare)) return undefined;
  const tenant = (name: string): string | undefined =>
    [
      name
        .replaceAll('"', '')
        .replace(/^public\./i, '')
        .toLowerCase(),
    ].find((one) => tables.has(one));
  for (const [, name = '', columns = ''] of bare.matchAll(INSERTED)) {
    if (tenant(name) !== undefined && !/\bworkspace_id\b/i.test(columns)) return `${name} is filled without workspace_id`;
  }
  const named = [...bare.matchAll(NAMED)]
    .flatMap(([, list, one]) => (list ?? one ?? '').split(','))
    .flatMap((part) => tenant(part.trim().split(/\s/)[0] ?? '') ?? []);
  const compared = [...bare.matchAll(COMPARED)].length;
  return compared < named.length ? `${named.join(', ')}: workspace_id is compared ${compared} times, not ${named.length}` : undefined;
}

const offences: string[] = [];

/** What was refused since the last call. A spec that offends on purpose takes its own before the hook sees them. */
export function takeOffences(): string[] {
  return offences.splice(0);
}

/** From now on no statement of this test file reaches the database without its workspace (promise 6). */
export function watchStatements(): void {
  const tables = tenantTables();
  const { query: send } = pg.Client.prototype as unknown as { query: (this: unknown, ...args: unknown[]) => unknown };
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]): unknown {
    const wrong = missingWorkspace(textOf(args[0]), tables);
    if (wrong === undefined) return send.apply(this, args);
    const error = new Error(`Tenant hook: ${wrong}. Bind workspace_id, or say why not in a comment "all-workspaces: …".\n${textOf(args[0])}`);
    offences.push(error.message);
    const callback = args.at(-1);
    if (typeof callback !== 'function') return Promise.reject(error);
    process.nextTick(() => {
      (callback as (error: Error) => void)(error);
    });
    return undefined;
  } as typeof pg.Client.prototype.query;
}

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  return typeof query === 'object' && query !== null && 'text' in query ? String(query.text) : '';
}
