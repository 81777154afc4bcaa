import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { newId } from '../../src/platform/ids.js';
import { BuiltWorker } from '../support/built-worker.js';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { type MailNow, mailNow, makePlannedMail, type PlannedMail, type PlannedMailOptions } from '../support/sending-world.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

// The built product itself is killed here (promise 1, features F26): `npm run build` must be up to date.

const TOOLS = process.env['SHARED_TOOLS_DIR'] ?? join(import.meta.dirname, '../../../shared/tools');
const CHAOS = join(TOOLS, 'chaos/chaos_smtp.mjs');
const LONG_AGO = new Date('2020-01-01T00:00:00Z');
const HOUR_SECONDS = 3600;

/** Two processes are started a test, on whatever machine this is. */
const PATIENCE_MS = 180_000;

let database: TestDatabase;
let db: DataSource;
let workspaceId: string;
let key: string;
const workers: BuiltWorker[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  workspaceId = newId();
  key = randomBytes(32).toString('base64');
  await db.query(`INSERT INTO workspaces (id, name, created_at) VALUES ($1, 'Tea links', now())`, [workspaceId]);
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.kill();
  await db.destroy();
  await database.drop();
});

const startWorker = (): BuiltWorker => {
  const worker = new BuiltWorker({ DATABASE_URL: database.url, SECRET_KEY: key });
  workers.push(worker);
  return worker;
};
const planned = (options: PlannedMailOptions): Promise<PlannedMail> =>
  makePlannedMail(db, workspaceId, {
    ...options,
    mailbox: { nextAt: LONG_AGO, ...options.mailbox },
    message: { nextAt: LONG_AGO, ...options.message },
  });
const now = ({ messageId }: PlannedMail): Promise<MailNow> => mailNow(db, workspaceId, messageId);
const is = async (mail: PlannedMail, state: string): Promise<boolean> => (await now(mail)).state === state;
const tasks = async (mail: PlannedMail): Promise<unknown> =>
  db.query('SELECT kind FROM tasks WHERE workspace_id = $1 AND subject_id = $2', [workspaceId, mail.messageId]);

/** For every process that starts from now on, all leases have run out. */
const letLeasesRunOut = (): Promise<unknown> => db.query('INSERT INTO sandbox_clock (offset_seconds) VALUES ($1)', [HOUR_SECONDS]);

/** Due only once the clock has moved on: when it is out, the second worker has looked at everything that was due. */
const soon = (): Date => new Date(Date.now() + (HOUR_SECONDS / 2) * 1000);

describe('a worker that is killed', () => {
  let sink: MisbehavingSmtp;

  beforeEach(async () => {
    sink = await MisbehavingSmtp.start();
  });
  afterEach(() => sink.stop());

  it(
    'after the server has stored the mail, before it has said so: never a second one, a person decides',
    async () => {
      const mail = await planned({ port: sink.port, to: 'slowack' });
      const later = await planned({ port: sink.port, message: { nextAt: soon() } });
      const first = startWorker();
      await first.until('the mail is stored', () => sink.stored.length === 1);

      await first.kill();
      expect((await now(mail)).state).toBe('transmitting');
      await letLeasesRunOut();
      const second = startWorker();
      await second.until('the fate of the mail is shown as unknown', () => is(mail, 'delivery_unknown'));
      await second.until('the second worker has sent what was due later', () => is(later, 'sent'));

      expect(sink.stored.map(({ rcpt }) => rcpt)).toEqual([[mail.email], [later.email]]);
      expect(await now(mail)).toMatchObject({ enrollmentState: 'blocked', enrollmentReason: 'delivery_unknown', enrollmentNextAt: null });
      expect(await tasks(mail)).toEqual([{ kind: 'delivery_unknown' }]);
    },
    PATIENCE_MS,
  );

  it(
    'somewhere in a long message: at most one arrives, a person decides',
    async () => {
      const mail = await planned({ port: sink.port, to: 'slowack', message: { text: 'tea '.repeat(200_000) } });
      const later = await planned({ port: sink.port, message: { nextAt: soon() } });
      const first = startWorker();
      await first.until('DATA has begun', () => sink.commands.includes('DATA'));

      await first.kill();
      await letLeasesRunOut();
      const second = startWorker();
      await second.until('the fate of the mail is shown as unknown', () => is(mail, 'delivery_unknown'));
      await second.until('the second worker has sent what was due later', () => is(later, 'sent'));

      expect(sink.stored.filter(({ rcpt }) => rcpt.includes(mail.email)).length).toBeLessThanOrEqual(1);
      expect(sink.commands.filter((line) => line.includes(mail.email))).toHaveLength(1);
      expect((await now(mail)).enrollmentState).toBe('blocked');
    },
    PATIENCE_MS,
  );

  it(
    'before the first byte: exactly one arrives',
    async () => {
      const mail = await planned({ port: sink.port });
      const holdUp = db.createQueryRunner();
      await holdUp.startTransaction(); // the mail is claimed, but cannot begin while somebody decides about its site
      await holdUp.query('SELECT FROM prospects WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [workspaceId, mail.prospectId]);
      const first = startWorker();
      await first.until('the mail is claimed', () => is(mail, 'claimed'));

      await first.kill();
      await holdUp.rollbackTransaction();
      await holdUp.release();
      await letLeasesRunOut();
      const second = startWorker();
      await second.until('the mail is out', () => is(mail, 'sent'));

      expect(sink.stored).toHaveLength(1);
      expect(await now(mail)).toMatchObject({ enrollmentState: 'active', stage: 'contacting' });
    },
    PATIENCE_MS,
  );

  it(
    'is asked to end instead: the mail on the wire is finished, the others go back, nothing is unknown',
    async () => {
      const onTheWire = await planned({ port: sink.port, to: 'slowack' });
      const { mailboxId } = onTheWire;
      const waiting = [await planned({ port: sink.port, mailboxId, to: 'slowack' }), await planned({ port: sink.port, mailboxId, to: 'slowack' })];
      const worker = startWorker();
      await worker.until('one mail is stored', () => sink.stored.length === 1);

      const ended = worker.stop();
      const answers = setInterval(() => {
        sink.acknowledge();
      }, 20);
      const code = await ended;
      clearInterval(answers);

      const states = await Promise.all([onTheWire, ...waiting].map(async (mail) => (await now(mail)).state));
      expect(code).toBe(0);
      expect((await now(onTheWire)).state).toBe('sent');
      expect(states.filter((state) => state === 'sent')).toHaveLength(sink.stored.length);
      expect(states.filter((state) => state !== 'sent' && state !== 'scheduled')).toEqual([]);
    },
    PATIENCE_MS,
  );
});

/** Needs the shared fault servers, and Python for their count. */
const withChaos = existsSync(CHAOS) ? describe : describe.skip;

withChaos(`a worker that is killed amid every fault of the shared chaos server (skipped where ${CHAOS} is missing)`, () => {
  const BEHAVIOURS = ['ok', 'slowack', 'dropack', 'droponce', 'data451', 'data554', 'rcpt450', 'rcpt550', 'multi'];
  let folder: string;
  let server: ChildProcess;
  let port: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chaos-'));
    port = await freePort();
    server = spawn(process.execPath, [CHAOS, String(port), join(folder, 'log.jsonl')], { env: { PATH: process.env['PATH'], SLOW_MS: '60000' } });
  });
  afterEach(async () => {
    server.kill();
    await once(server, 'exit');
    rmSync(folder, { recursive: true });
  });

  const log = (): string => (existsSync(join(folder, 'log.jsonl')) ? readFileSync(join(folder, 'log.jsonl'), 'utf8') : '');

  it(
    'stores no mail twice and leaves none without a visible end',
    async () => {
      const mails: PlannedMail[] = [];
      for (const to of BEHAVIOURS) mails.push(await planned({ port, to }));
      const first = startWorker();
      await first.until('the slow one is stored', () => /"ev":"stored".*slowack/.test(log()));

      await first.kill();
      await letLeasesRunOut();
      const second = startWorker();
      await second.until('no mail is under way', async () => {
        const [row] = await db.query(`SELECT count(*)::int AS open FROM messages WHERE workspace_id = $1 AND state IN ('claimed', 'transmitting')`, [
          workspaceId,
        ]);
        return row.open === 0;
      });
      await second.until('what could go has gone', async () => (await Promise.all(mails.map(now))).every(({ attempts }) => attempts > 0));

      execFileSync('python3', [join(TOOLS, 'chaos/count.py'), join(folder, 'log.jsonl')]); // fails when any was stored twice
      const [slow] = mails.filter(({ email }) => email.startsWith('slowack'));
      expect(slow && (await now(slow)).state).toBe('delivery_unknown');
    },
    PATIENCE_MS,
  );
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
