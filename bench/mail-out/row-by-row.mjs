// Service code as it is mostly written: each mail claimed, marked as on the wire and marked as sent by itself, with a line of history each time.
import { measure } from '../measure.mjs';
import { inParallel } from '../support/work.mjs';
import { database, IN_FLIGHT, pools, rendered } from './loop-mails.mjs';

const CLAIM = `
  UPDATE bench.mails SET state = 'claimed' WHERE n = (
    SELECT n FROM bench.mails WHERE state = 'scheduled' AND next_at <= now() ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING n, mailbox, address, first_name, site`;
const SENT = `UPDATE bench.mails SET state = 'sent', sent_at = now(), response = $2, next_at = NULL WHERE n = $1`;
const BEGUN = `UPDATE bench.mails SET state = 'transmitting' WHERE n = $1`;
const HISTORY = `INSERT INTO bench.history VALUES ($1, $2, now())`;

async function inOne(db, work) {
  const client = await db.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } finally {
    client.release();
  }
}

await measure(async () => {
  const db = database();
  const transports = pools();
  let sent = 0;
  const one = async () => {
    const row = await inOne(db, async (tx) => {
      const [claimed] = (await tx.query(CLAIM)).rows;
      if (claimed) await tx.query(HISTORY, [claimed.n, 'claimed']);
      return claimed;
    });
    if (!row) return false;
    await inOne(db, async (tx) => {
      await tx.query(BEGUN, [row.n]);
      await tx.query(HISTORY, [row.n, 'transmitting']);
    });
    const { response } = await transports[row.mailbox].sendMail(rendered(row));
    await inOne(db, async (tx) => {
      await tx.query(SENT, [row.n, response]);
      await tx.query(HISTORY, [row.n, 'sent']);
    });
    if (response.startsWith('250')) sent += 1;
    return true;
  };
  await inParallel(Array(IN_FLIGHT).keys(), IN_FLIGHT, async () => {
    while (await one());
  });
  for (const transport of transports) transport.close();
  await db.end();
  return sent;
});
