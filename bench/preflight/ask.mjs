// Asks for a preflight and, all the while, for one record every few milliseconds: what a colleague feels. A process of its own.
import { request } from 'undici';
import { setTimeout as wait } from 'node:timers/promises';

const headers = { authorization: `Bearer ${process.env.BENCH_KEY}` };
const EVERY_MS = 10;

async function ask(url, method = 'GET') {
  const { statusCode, body } = await request(url, { method, headers, headersTimeout: 0, bodyTimeout: 0 });
  const answer = await body.json();
  if (statusCode !== 200) throw new Error(`Void: ${statusCode} ${JSON.stringify(answer)}`);
  return answer;
}

process.on('message', async ({ origin, preflight }) => {
  const record = `${origin}/api/v1/prospects/${process.env.BENCH_PROSPECT}`;
  if (!preflight) {
    for (let at = 0; at < 200; at += 1) await ask(record);
    process.send({});
    return;
  }
  let [done, worst] = [false, 0];
  const looked = ask(`${origin}/api/v1/campaigns/${process.env.BENCH_CAMPAIGN}/preflight`, 'POST').finally(() => (done = true));
  while (!done) {
    const start = performance.now();
    await ask(record);
    worst = Math.max(worst, performance.now() - start);
    await wait(EVERY_MS);
  }
  process.send({ answerMs: Math.round(worst), counts: (await looked).counts });
});
process.send('ready');
