import { PgBoss } from 'pg-boss';
import { SecretBox } from '../../dist/src/platform/secrets/secret-box.js';
import { bodyOf, deliveryId, endpointId, ENDPOINTS, eventId, hookOf, SECRET_BYTES, UNITS, WORKSPACE } from './deliveries.mjs';

/** A hundred endpoints and a delivery for each unit, due now; the same work as rows of a plain table and as jobs, for the others. */
export async function seedDeliveries(db, { port, key, url }) {
  const box = new SecretBox(key);
  const secret = `whsec_${SECRET_BYTES.toString('base64')}`;
  await db.query(`INSERT INTO workspaces (id, name, created_at) VALUES ($1, 'Tea links', now())`, [WORKSPACE]);
  for (let n = 0; n < ENDPOINTS; n += 1) {
    const sealed = box.seal(secret, `webhook.secret:${endpointId(n)}`);
    await db.query(
      `INSERT INTO webhook_endpoints (workspace_id, id, url, event_types, secret_sealed, created_at) VALUES ($1, $2, $3, '{*}', $4, now())`,
      [WORKSPACE, endpointId(n), `http://127.0.0.1:${port}${hookOf(n)}`, sealed],
    );
  }
  const rows = Array.from({ length: UNITS }, (_, n) => ({
    ...{ id: deliveryId(n), endpoint_id: endpointId(n % ENDPOINTS), event_id: eventId(n), body: bodyOf(n), path: hookOf(n) },
  }));
  const DUE = `FROM jsonb_to_recordset($1::jsonb) AS d (id uuid, endpoint_id uuid, event_id uuid, body text, path text)`;
  await db.query(
    `INSERT INTO webhook_deliveries (workspace_id, id, endpoint_id, event_id, event_type, subject_id, body, state, next_at, created_at)
     SELECT $2, id, endpoint_id, event_id, 'backlink.live', event_id, body, 'pending', now(), now() ${DUE}`,
    [JSON.stringify(rows), WORKSPACE],
  );
  await db.query(
    `CREATE TABLE plain_deliveries (id uuid PRIMARY KEY, event_id uuid NOT NULL, path text NOT NULL, body text NOT NULL, state text NOT NULL)`,
  );
  await db.query(`CREATE INDEX ON plain_deliveries (id) WHERE state = 'pending'`);
  await db.query(`INSERT INTO plain_deliveries SELECT id, event_id, path, body, 'pending' ${DUE}`, [JSON.stringify(rows)]);
  await seedPgBoss(url);
}

const jobs = () => Array.from({ length: UNITS }, (_, n) => ({ eventId: eventId(n), path: hookOf(n), body: bodyOf(n) }));

async function seedPgBoss(url) {
  const boss = new PgBoss({ connectionString: url, migrate: false, supervise: false, schedule: false });
  await boss.start();
  await boss.createQueue('bench');
  for (const some of batchesOf(jobs()))
    await boss.insert(
      'bench',
      some.map((data) => ({ data })),
    );
  await boss.stop({ graceful: false });
}

export async function seedGraphile(connectionString) {
  const { makeWorkerUtils } = await import('../peers/node_modules/graphile-worker/dist/index.js');
  const utils = await makeWorkerUtils({ connectionString });
  await utils.migrate();
  for (const some of batchesOf(jobs())) await utils.addJobs(some.map((payload) => ({ identifier: 'post', payload })));
  await utils.release();
}

/** Empties the Redis first. */
export async function seedBullmq(port) {
  const { Queue } = (await import('../peers/node_modules/bullmq/dist/cjs/index.js')).default;
  const queue = new Queue('bench', { connection: { host: '127.0.0.1', port } });
  await queue.obliterate({ force: true });
  for (const some of batchesOf(jobs())) await queue.addBulk(some.map((data) => ({ name: 'post', data })));
  await queue.close();
}

function batchesOf(items) {
  return Array.from({ length: Math.ceil(items.length / 1000) }, (_, at) => items.slice(at * 1000, (at + 1) * 1000));
}
