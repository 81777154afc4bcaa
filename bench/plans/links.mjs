// What picking due links costs as they grow in number: node bench/plans/links.mjs [rows …]
import pg from 'pg';
import { claimDue, gatherDue } from '../../dist/src/modules/backlinks/checks/link-claims.queries.js';
import { newId } from '../../dist/src/platform/ids.js';
import { startDatabase } from '../support/database.mjs';
import { many, UID, W } from './tables.mjs';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000, 1_000_000];
const HOSTS = {
  'a site each': `'https://tea-' || n || '.example/post'`,
  'all of one site': `'https://tea.example/post-' || n`,
};
const ROUNDS = 20; // each gathers 500 of the smallest size, too

console.log('due links    of whom              into queues of 500   claim of 20   (median ms, worst in brackets)');
for (const [name, url] of Object.entries(HOSTS)) for (const rows of sizes) await measure(name, url, rows);

async function measure(name, url, rows) {
  const database = await startDatabase(async (db) => {
    await db.query('BEGIN');
    await db.query(UID);
    await db.query(`INSERT INTO workspaces (id, name, created_at) SELECT ${W}, 'Tea links', now()`);
    await db.query(
      many(1, 'projects', 'name, url, domain, created_at', `pg_temp.uid(2, n), 'Tea shop', 'https://shop.example/', 'shop.example', now()`),
    );
    const columns = 'project_id, origin, source_url, source_key, target_url, target_key, state, state_changed_at, next_at, created_at';
    const values = `pg_temp.uid(14, n), pg_temp.uid(2, 0), 'manual', ${url}, ${url}, 'https://shop.example/guide', 'https://shop.example/guide', 'live',
                    now(), now() - n * interval '1 second', now()`;
    await db.query(many(rows, 'backlinks', columns, values));
    await db.query('COMMIT');
    await db.query('VACUUM ANALYZE');
  });
  await database.renew();
  const db = new pg.Client(database.env.BENCH_DATABASE_URL);
  await db.connect();
  const tx = { query: async (sql, values) => (await db.query(sql, values)).rows };
  const at = new Date();
  const [gathers, claims] = [[], []];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      gathers.push(await timed(() => gatherDue(tx, at)));
      claims.push(await timed(() => claimDue(tx, { at, token: newId(), limit: 20, planned: 20 })));
      // as when the checks have ended
      await db.query('UPDATE fetch_hosts SET turn_at = clock_timestamp(), lease_token = NULL WHERE lease_token IS NOT NULL');
    }
  } finally {
    await db.end();
    await database.stop();
  }
  console.log(`${String(rows).padStart(9)}    ${name.padEnd(20)} ${told(gathers).padEnd(20)} ${told(claims)}`);
}

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function told(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)].toFixed(2)} (${sorted.at(-1).toFixed(1)})`;
}
