// The smallest program that does the real job: a key that is known by its hash, one statement prepared once a connection, JSON.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import pg from 'pg';
import { measureServer } from './serve.mjs';

const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 20 });
const hash = createHash('sha256').update(process.env.BENCH_KEY).digest('hex');
const known = await pool.query('SELECT workspace_id FROM api_keys WHERE key_hash = $1', [hash]);
const keys = new Map([[hash, known.rows[0].workspace_id]]);
const ONE = `SELECT id, version, domain, url, name, tags, country, condition, external_ref AS "externalRef", last_contacted_at AS "lastContactedAt",
                    created_at AS "createdAt" FROM prospects WHERE workspace_id = $1 AND id = $2`;

const server = createServer((request, response) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const workspaceId = keys.get(createHash('sha256').update(token).digest('hex'));
  if (workspaceId === undefined) {
    response.writeHead(401).end();
    return;
  }
  const id = request.url.slice(request.url.lastIndexOf('/') + 1);
  pool.query({ name: 'one', text: ONE, values: [workspaceId, id] }).then(
    ({ rows: [row] }) => response.writeHead(row ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(row ?? {})),
    () => response.writeHead(500).end(),
  );
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
await measureServer(server.address().port, async () => {
  server.close();
  server.closeAllConnections();
  await pool.end();
});
