// Asks for records, one after the other on each of its connections, and reads every answer. A process of its own: its CPU is not the server's.
import { Agent, request } from 'undici';
import { inParallel } from '../support/work.mjs';
import { AT_ONCE, domainOf, idOf, RECORDS } from './records.mjs';

const dispatcher = new Agent({ connections: AT_ONCE });
const headers = { authorization: `Bearer ${process.env.BENCH_KEY}` };

async function read(origin, n) {
  const { statusCode, body } = await request(`${origin}/api/v1/prospects/${idOf(n)}`, { dispatcher, headers });
  const record = await body.json();
  if (statusCode !== 200 || record.id !== idOf(n) || record.domain !== domainOf(n)) throw new Error(`Void: ${statusCode} ${JSON.stringify(record)}`);
}

process.on('message', async ({ origin, count }) => {
  const picks = Array.from({ length: count }, (_, at) => (at * 7919) % RECORDS);
  await inParallel(picks, AT_ONCE, (n) => read(origin, n));
  process.send(count);
});
process.send('ready');
