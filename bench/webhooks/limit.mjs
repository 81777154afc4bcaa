// The least that does the job with its rows: claim 500, post them, mark them in one statement. No log, no retries, no fairness.
import pg from 'pg';
import { measure } from '../measure.mjs';
import { inParallel } from '../support/work.mjs';
import { CONNECTIONS, poster } from './post.mjs';

const CLAIM = `
  UPDATE plain_deliveries SET state = 'sending' WHERE id IN (
    SELECT id FROM plain_deliveries WHERE state = 'pending' ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED)
  RETURNING id, event_id AS "eventId", path, body`;

await measure(async () => {
  const db = new pg.Client(process.env.BENCH_DATABASE_URL);
  await db.connect();
  const { post, close } = poster();
  let done = 0;
  for (;;) {
    const { rows } = await db.query({ name: 'claim', text: CLAIM });
    if (rows.length === 0) break;
    await inParallel(rows, CONNECTIONS, post);
    await db.query({ name: 'mark', text: `UPDATE plain_deliveries SET state = 'delivered' WHERE id = ANY ($1)`, values: [rows.map(({ id }) => id)] });
    done += rows.length;
  }
  await close();
  await db.end();
  return done;
});
