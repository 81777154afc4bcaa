import { startDatabase } from '../support/database.mjs';
import { expectEqual } from '../support/work.mjs';
import { UNITS } from './records.mjs';
import { seedRecords } from './seed.mjs';

export const CONTESTANTS = ['ours', 'limit'];
export const UNIT = 'records';

export async function start() {
  let key;
  const database = await startDatabase(async (db) => {
    key = await seedRecords(db);
  });
  return {
    env: { ...database.env, BENCH_KEY: key },
    reset: () => database.renew(),
    verify: (_name, figure) => {
      expectEqual('the number of records read', figure.units, UNITS); // each answer was compared by who asked
    },
    stop: () => database.stop(),
  };
}
