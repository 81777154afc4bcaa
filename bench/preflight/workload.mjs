import { startDatabase } from '../support/database.mjs';
import { expectEqual } from '../support/work.mjs';
import { PEOPLE, seedCampaign, STEPS } from './seed.mjs';

export const CONTESTANTS = ['ours'];
export const UNIT = 'mails';

export async function start() {
  let seeded;
  const database = await startDatabase(async (db) => {
    seeded = await seedCampaign(db);
  });
  return {
    env: { ...database.env, BENCH_KEY: seeded.key, BENCH_CAMPAIGN: seeded.campaign, BENCH_PROSPECT: seeded.prospect },
    reset: () => database.renew(),
    verify: (_name, figure) => {
      expectEqual('the number of mails looked at', figure.units, PEOPLE * STEPS);
      const { firstSeconds, stallMs, answerMs, grownMb } = figure.preflight;
      console.log(
        `  preflight: ${firstSeconds} s, longest stall ${stallMs} ms, worst answer beside it ${answerMs} ms, memory grown by ${grownMb} MB`,
      );
    },
    stop: () => database.stop(),
  };
}
