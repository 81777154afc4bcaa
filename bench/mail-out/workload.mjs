import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretBox } from '../../dist/src/platform/secrets/secret-box.js';
import { startChild } from '../support/child.mjs';
import { startDatabase } from '../support/database.mjs';
import { expectEqual } from '../support/work.mjs';
import { seedLoop } from './loop-mails.mjs';
import { UNITS } from './mails.mjs';
import { seedMails } from './seed.mjs';

export const CONTESTANTS = ['ours', 'loop', 'ours-signed', 'loop-signed', 'row-by-row', 'peer', 'limit', 'worker'];
export const UNIT = 'mails';

const OURS = ['ours', 'ours-signed', 'worker'];
const SIGNED = ['ours-signed', 'loop-signed'];
const LOOPS = ['loop', 'loop-signed', 'row-by-row'];

export async function start() {
  const sink = await startChild(join(import.meta.dirname, 'sink.mjs'));
  const database = await startDatabase(async (db) => {
    await seedMails(db, sink.ready.port);
    await seedLoop(db);
  });
  const folder = await mkdtemp(join(tmpdir(), 'linkwright-bench-key-'));
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFile(join(folder, 'dkim.pem'), key);
  const secretKey = randomBytes(32).toString('base64');
  return {
    env: { ...database.env, BENCH_SMTP_PORT: String(sink.ready.port), BENCH_SECRET_KEY: secretKey, BENCH_DKIM_KEY: join(folder, 'dkim.pem') },
    reset: async (name) => {
      await sink.ask('reset');
      if (OURS.includes(name) || LOOPS.includes(name)) await database.renew();
      if (name === 'ours-signed') await sign(database, new SecretBox(secretKey), key);
    },
    verify: async (name, figure) => {
      const { mails, bytes, signed } = await sink.ask('read');
      figure.bytesPerUnit = Math.round(bytes / mails);
      expectEqual('the number of mails done', figure.units, UNITS);
      expectEqual('the number of mails stored', mails, UNITS);
      expectEqual('the number of mails signed', signed, SIGNED.includes(name) ? UNITS : 0);
      if (OURS.includes(name)) await verifyOurs(database);
      if (LOOPS.includes(name)) expectEqual('the number of mails marked sent', await count(database, `bench.mails WHERE state = 'sent'`), UNITS);
    },
    stop: async () => {
      await database.stop();
      await sink.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Every row that a sent mail leaves. */
async function verifyOurs(database) {
  expectEqual('the number of mails marked sent', await count(database, `messages WHERE state = 'sent' AND sent_at IS NOT NULL`), UNITS);
  expectEqual('the number of mails with an answer', await count(database, `messages WHERE last_response LIKE '250%'`), UNITS);
  expectEqual('the number of steps of mails', await count(database, `state_changes WHERE machine = 'message'`), 3 * UNITS);
  expectEqual('the number of events', await count(database, `events WHERE type = 'message.sent'`), UNITS);
  expectEqual('the number of cards that wait', await count(database, `opportunities WHERE stage = 'contacting' AND waiting_on = 'them'`), UNITS);
  expectEqual('the number of next steps', await count(database, `enrollments WHERE next_at IS NOT NULL`), UNITS);
}

async function count(database, what) {
  return (await database.read(`SELECT count(*)::int AS count FROM ${what}`))[0].count;
}

async function sign(database, box, key) {
  for (const { id } of await database.read('SELECT id FROM mailboxes')) {
    await database.read(
      `UPDATE mailboxes SET dkim_selector = 'bench', dkim_key_sealed = '${box.seal(key, `mailbox.dkim:${id}`)}' WHERE id = '${id}'`,
    );
  }
}
