// The smallest program that does the job with its rows: claim 500, render, send on nodemailer, mark. No limits, no gates, no promise at a crash.
import { measure } from '../measure.mjs';
import { database, pools, rendered } from './loop-mails.mjs';

const CLAIM = `
  UPDATE bench.mails SET state = 'claimed' WHERE n IN (
    SELECT n FROM bench.mails WHERE state = 'scheduled' AND next_at <= now() ORDER BY next_at LIMIT 500 FOR UPDATE SKIP LOCKED)
  RETURNING n, mailbox, address, first_name, site`;
const MARK = `
  WITH done AS (UPDATE bench.mails SET state = 'sent', sent_at = now(), response = said.response, next_at = NULL
                  FROM unnest($1::int[], $2::text[]) AS said (n, response) WHERE mails.n = said.n RETURNING mails.n)
  INSERT INTO bench.history SELECT n, 'sent', now() FROM done`;

await measure(async () => {
  const db = database();
  const transports = pools();
  let sent = 0;
  for (;;) {
    const { rows } = await db.query({ name: 'claim', text: CLAIM });
    if (rows.length === 0) break;
    const responses = await Promise.all(rows.map(async (row) => (await transports[row.mailbox].sendMail(rendered(row))).response));
    await db.query({ name: 'mark', text: MARK, values: [rows.map(({ n }) => n), responses] });
    sent += responses.filter((response) => response.startsWith('250')).length;
  }
  for (const transport of transports) transport.close();
  await db.end();
  return sent;
});
