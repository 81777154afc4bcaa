// Plans of every list on large tables: node bench/plans/lists.mjs [rows] [list, or all] [any text: whole plans]
import pg from 'pg';
import { startDatabase } from '../support/database.mjs';
import { explain, linesOf } from './explain.mjs';
import { listCases } from './list-cases.mjs';
import { fillLists } from './list-tables.mjs';

const [rows = '300000', only = 'all', whole] = process.argv.slice(2);
const deep = Math.floor(Number(rows) * 0.8);
const given = process.env['BENCH_PLANS_URL']; // tables that are filled already
const database = given
  ? { env: { BENCH_DATABASE_URL: given }, stop: async () => undefined }
  : await startDatabase(async (db) => {
      await db.query('BEGIN'); // one now() for all
      for (const sql of fillLists(Number(rows))) await db.query(sql);
      await db.query('COMMIT');
      await db.query('VACUUM ANALYZE');
    });
if (!given) await database.renew();
const db = new pg.Client(database.env.BENCH_DATABASE_URL);
await db.connect();

try {
  const cases = listCases(await whatIsThere());
  for (const [list, ways] of Object.entries(cases)) {
    if (only !== 'all' && only !== list) continue;
    console.log(`\n| ${list} | ms | blocks | plan |\n|---|---|---|---|`);
    for (const [name, ask] of ways) {
      const best = await explain(db, ask);
      if (best.error) throw best.error;
      console.log(
        `| ${name} | ${best['Execution Time'].toFixed(1)} | ${best.Plan['Shared Hit Blocks'] + best.Plan['Shared Read Blocks']} | ${shape(best)} |`,
      );
      if (whole) console.log(linesOf(best).join('\n'));
    }
  }
} finally {
  await db.end();
  await database.stop();
}

async function whatIsThere() {
  const one = async (sql, values = []) => (await db.query(sql, values)).rows[0];
  const [{ id: workspaceId, at }, { id: small }] = (
    await db.query('SELECT id, created_at AS at FROM workspaces ORDER BY substr(id::text, 21) LIMIT 2')
  ).rows;
  const idsOf = async (table) =>
    (await db.query(`SELECT id FROM ${table} WHERE workspace_id = $1 ORDER BY substr(id::text, 21)`, [workspaceId])).rows;
  const projects = await idsOf('projects');
  const first = async (table) => (await one(`SELECT id FROM ${table} WHERE workspace_id = $1 LIMIT 1`, [workspaceId])).id;
  const depth = {};
  for (const [table, time] of [
    ['prospects', 'created_at'],
    ['contacts', 'created_at'],
    ['opportunities', 'created_at'],
    ['enrollments', 'created_at'],
    ['messages', 'created_at'],
    ['backlinks', 'created_at'],
    ['audit_log', 'at'],
  ]) {
    const place = await one(`SELECT ${time} AS at, id FROM ${table} WHERE workspace_id = $1 ORDER BY ${time} DESC, id DESC OFFSET $2 LIMIT 1`, [
      workspaceId,
      deep,
    ]);
    depth[table] = [place.at.toISOString(), place.id];
  }
  depth.events = await one('SELECT tx::text AS tx, id FROM events WHERE workspace_id = $1 ORDER BY events.tx, id OFFSET $2 LIMIT 1', [
    workspaceId,
    deep,
  ]);
  const daysAgo = (days) => new Date(at.getTime() - days * 86_400_000);
  return {
    ...{
      workspaceId,
      small,
      project: (n) => projects[n].id,
      campaign: await first('campaigns'),
      mailbox: await first('mailboxes'),
      contact: await first('contacts'),
    },
    ...{ depth, old: [daysAgo(58.5), daysAgo(57.5)] },
  };
}

/** What it reads its rows from, and how it puts them in order. */
function shape({ Plan }) {
  const parts = new Set();
  const visit = (node) => {
    if (node['Actual Loops'] > 0 && /Scan|Sort/.test(node['Node Type'])) {
      const on = node['Index Name'] ?? node['Relation Name'] ?? '';
      parts.add(`${node['Node Type']} ${on}`.replace(/_\d{4}_\d\d_|_other_/, '_').trim());
    }
    for (const child of node.Plans ?? []) visit(child);
  };
  visit(Plan);
  return [...parts].join(', ');
}
