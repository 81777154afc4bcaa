import { join } from 'node:path';
import { startChild } from '../support/child.mjs';
import { startDatabase } from '../support/database.mjs';
import { expectEqual } from '../support/work.mjs';
import { UNITS } from './pages.mjs';
import { seedLinks } from './seed.mjs';

export const CONTESTANTS = ['ours', 'limit', 'peer'];
export const UNIT = 'pages';

const AS_THEY_SHOULD_BE = `
  SELECT count(*)::int AS links FROM backlinks b
    JOIN backlink_checks c ON c.workspace_id = b.workspace_id AND c.id = b.last_check_id
   WHERE b.state = 'live' AND c.verdict = 'live' AND c.anchor_text = b.expected_anchor AND c.rel = '{noopener}'`;

export async function start() {
  const site = await startChild(join(import.meta.dirname, 'site.mjs'));
  const { origins, meanBytes } = site.ready;
  console.log(`${origins.length} pages of ${Math.round(meanBytes / 1000)} kB mean`);
  const database = await startDatabase((db) => seedLinks(db, origins));
  return {
    env: { ...database.env, BENCH_ORIGINS: JSON.stringify(origins) },
    reset: async (name) => {
      await site.ask('reset');
      if (name === 'ours') await database.renew();
    },
    verify: async (name, figure) => {
      expectEqual('the number of pages done', figure.units, UNITS);
      expectEqual('the number of pages served', await site.ask('read'), UNITS);
      if (name !== 'ours') return;
      const [{ links }] = await database.read(AS_THEY_SHOULD_BE);
      expectEqual('the number of links found live', links, UNITS);
    },
    stop: async () => {
      await database.stop();
      await site.stop();
    },
  };
}
