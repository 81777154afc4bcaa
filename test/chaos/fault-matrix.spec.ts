import { BEHAVIOURS } from './chaos-people.js';
import { drawReport } from './chaos-report.js';
import { ChaosRun } from './chaos-run.js';
import { type MailServers, ownServers } from './mail-servers.js';

// The built product itself is killed here (promise 1): `npm run build` must be up to date. The large one: `npm run chaos`.

/** What ends within few steps of the clock; the rest is tried for days. */
const SMALL = ['ok', 'slowack', 'multi', 'flaky', 'dropack', 'droponce', 'dropdata', 'data451', 'data554', 'rcpt450', 'rcpt550', 'from550'];

describe('two workers that are killed, and a database that goes down, amid servers that misbehave', () => {
  let servers: MailServers;

  beforeEach(async () => {
    servers = await ownServers({ slowMs: 500, greetMs: 200 });
  });
  afterEach(() => servers.stop());

  it('send no mail twice and leave none without an end', async () => {
    const behaviours = BEHAVIOURS.filter(({ name }) => SMALL.includes(name));

    const report = await ChaosRun.of({ seed: 7, people: 24, rounds: 3, behaviours, servers, settleMs: 1000 });

    if (report.broken.length > 0) console.log(drawReport(report));
    expect(report.broken).toEqual([]);
    expect(report.table.map(({ behaviour }) => behaviour).sort()).toEqual([...SMALL].sort());
    expect(report.taken).toBeGreaterThan(10);
  }, 240_000);
});
