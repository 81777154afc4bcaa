import { join } from 'node:path';
import { startChild } from '../support/child.mjs';
import { startDatabase } from '../support/database.mjs';
import { expectEqual } from '../support/work.mjs';
import { UNITS } from './mails.mjs';
import { seedMails } from './seed.mjs';

export const CONTESTANTS = ['ours', 'limit', 'peer'];
export const UNIT = 'mails';

export async function start() {
  const sink = await startChild(join(import.meta.dirname, 'sink.mjs'));
  const database = await startDatabase((db) => seedMails(db, sink.ready.port));
  return {
    env: { ...database.env, BENCH_SMTP_PORT: String(sink.ready.port) },
    reset: async (name) => {
      await sink.ask('reset');
      if (name === 'ours') await database.renew();
    },
    verify: async (name, figure) => {
      const { mails, bytes } = await sink.ask('read');
      figure.bytesPerUnit = Math.round(bytes / mails);
      expectEqual('the number of mails done', figure.units, UNITS);
      expectEqual('the number of mails stored', mails, UNITS);
      if (name !== 'ours') return;
      const [{ sent }] = await database.read(`SELECT count(*)::int AS sent FROM messages WHERE state = 'sent' AND sent_at IS NOT NULL`);
      expectEqual('the number of mails marked sent', sent, UNITS);
    },
    stop: async () => {
      await database.stop();
      await sink.stop();
    },
  };
}
