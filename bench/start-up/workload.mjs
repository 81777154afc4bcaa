import { startDatabase } from '../support/database.mjs';
import { expectEqual } from '../support/work.mjs';

export const CONTESTANTS = ['ours', 'limit'];
/** CPU "per 1,000" is of a thousand starts; memory is that of the idle process. */
export const UNIT = 'starts';

export async function start() {
  const database = await startDatabase(async () => undefined);
  return {
    env: database.env,
    reset: () => database.renew(),
    verify: (_name, figure) => {
      expectEqual('the number of starts', figure.units, 1);
    },
    stop: () => database.stop(),
  };
}
