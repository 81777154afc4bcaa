import { parseArgs } from 'node:util';
import { randomInt } from 'node:crypto';
import { BEHAVIOURS } from './chaos-people.js';
import { drawReport } from './chaos-report.js';
import { ChaosRun } from './chaos-run.js';
import { ownServers, SHARED_SERVER, sharedServers, sharedServersAreHere } from './mail-servers.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    mails: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '20' },
    servers: { type: 'string', default: 'own,shared' },
  },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
const options = { seed, people: Number(values.mails), rounds: Number(values.rounds), say };
/** Shorter than the time in which living workers settle. */
const SLOWNESS = { slowMs: 1200, greetMs: 1200 };
let broken = 0;

console.log(`Seed ${String(seed)}; to do the same again: npm run chaos -- --seed ${String(seed)}`);
if (values.servers.includes('own')) await run('its own servers', await ownServers(SLOWNESS), false);
if (values.servers.includes('shared')) {
  if (sharedServersAreHere()) await run('the shared fault servers', await sharedServers(SHARED_SERVER, SLOWNESS), true);
  else console.log('The shared fault servers are not here; their part is skipped.');
}
process.exit(broken === 0 ? 0 : 1);

async function run(what: string, servers: Awaited<ReturnType<typeof ownServers>>, shared: boolean): Promise<void> {
  console.log(`\n${String(options.people)} people, ${String(options.rounds)} rounds, against ${what}`);
  const behaviours = BEHAVIOURS.filter((one) => !shared || one.shared === true);
  try {
    const report = await ChaosRun.of({ ...options, behaviours, servers, settleMs: shared ? 4000 : 2000 });
    console.log(`\n${drawReport(report)}`);
    broken += report.broken.length;
  } finally {
    await servers.stop();
  }
}

function say(line: string): void {
  console.log(line);
}
