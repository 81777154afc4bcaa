import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lastWords, OptOutReplay } from '../../src/modules/suppressions/opt-out-replay.service.js';
import { Suppressions } from '../../src/modules/suppressions/suppressions.service.js';
import { MINUTE_MS } from '../../src/platform/clock.js';
import { newId } from '../../src/platform/ids.js';
import { GuardFolder } from '../../src/platform/restore/guard-folder.js';
import { readEntry } from '../../src/platform/restore/opt-out-journal.js';
import { RestoreGuard } from '../../src/platform/restore/restore-guard.service.js';
import { BuiltWorker } from '../support/built-worker.js';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { mailNow, makePlannedMail } from '../support/sending-world.js';
import { createBareTestApp, createTestApp, TEST_START, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

let t: TestApp;
beforeEach(async () => {
  t = await createTestApp();
});
afterEach(() => t.close());

const ws = (): string => t.owner.workspaceId;
const guard = (): RestoreGuard => t.app.get(RestoreGuard);
const folder = (): GuardFolder => t.app.get(GuardFolder);
const epoch = async (): Promise<number> => (await guard().state()).epoch;
const suppress = (value: string, over: object = {}) =>
  t.as(t.owner.key).post('/suppressions', { kind: 'address', value, reason: 'a reason in words', ...over });
const waiting = async (): Promise<number> => (await t.db.query('SELECT FROM opt_outs_to_journal WHERE workspace_id = $1', [ws()])).length;
const lines = async (): Promise<string[]> => folder().journalLines();

describe('the count of an installation', () => {
  it('goes on at every start and once a minute, in the database and in the file', async () => {
    await guard().begin();
    await guard().begin();
    expect([await epoch(), (await guard().mark())?.epoch]).toEqual([2, 2]);

    t.clock.advance(MINUTE_MS - 1);
    await t.run('epoch');
    expect(await epoch()).toBe(2);
    t.clock.advance(1);
    await t.run('epoch');
    expect([await epoch(), (await guard().mark())?.epoch]).toEqual([3, 3]);
  });

  it('holds nothing when a process was killed between database and file, or the file is gone or broken', async () => {
    await guard().begin();
    await t.db.query('UPDATE installation SET epoch = epoch + 5'); // as others, and as one that never came to its file
    await guard().begin();
    expect((await guard().mark())?.epoch).toBe(7);
    await writeFile(join(folder().path, 'epoch.json'), '{"epoch": 9');
    await guard().begin();
    await rm(folder().path, { recursive: true });
    await guard().begin();

    expect(await guard().state()).toMatchObject({ epoch: 9, heldAt: null });
    expect((await guard().mark())?.epoch).toBe(9);
  });

  it('is never held by two starts at once on one machine', async () => {
    await Promise.all(Array.from({ length: 12 }, () => guard().begin()));

    expect(await guard().state()).toMatchObject({ epoch: 12, heldAt: null });
  });

  it('does not care for the file of another installation in the same folder', async () => {
    await guard().begin();
    const other = new GuardFolder(dirname(dirname(folder().path)), 'another');
    await other.writeMark({ epoch: 900, at: TEST_START });

    await guard().begin();

    expect((await guard().state()).heldAt).toBeNull();
  });

  it('remembers when the database was last in use before a gap', async () => {
    await guard().begin();
    t.clock.advance(60 * MINUTE_MS);
    await guard().begin(); // a machine without a file, on a copy

    expect((await guard().state()).seenAt).toEqual(TEST_START);
  });

  it('starts and serves where the folder cannot be written, and says so', async () => {
    await mkdir(dirname(folder().path), { recursive: true });
    await writeFile(folder().path, 'a file in its place');

    await guard().begin();

    const { body } = await t.request().get('/readyz').expect(200);
    expect(body).toMatchObject({ status: 'ready', notes: { restoreGuard: expect.any(String) } });
  });
});

describe('the journal of opt-outs', () => {
  it('gets every one, and every one that is taken back, without an address or a word', async () => {
    const [mine, firm] = [`${newId()}@tea-blog.example`, `${newId()}.example`];
    const { body } = await suppress(mine).expect(201);
    await suppress(firm, { kind: 'domain' }).expect(201);
    await t.as(t.owner.key).delete(`/suppressions/${body.id}?reason=asked`, '*').expect(204);

    await t.run('opt_out_journal');

    const written = (await lines()).map(readEntry);
    expect(written.map((entry) => [entry?.do, entry?.kind])).toEqual([
      ['add', 'address'],
      ['add', 'domain'],
      ['remove', 'address'],
    ]);
    expect(written[1]?.value).toBe(firm);
    expect((await lines()).join()).not.toContain(mine.slice(0, 36));
    expect((await lines()).join()).not.toContain('words');
    expect(await waiting()).toBe(0);
  });

  it('is no reason to refuse one: what cannot be written waits, and is written later', async () => {
    await mkdir(dirname(folder().path), { recursive: true });
    await writeFile(folder().path, 'a file in its place');

    await suppress(`${newId()}@tea-blog.example`).expect(201);
    await t.run('opt_out_journal');
    expect(await waiting()).toBe(1);
    expect((await t.request().get('/readyz').expect(200)).body.notes).toHaveProperty('restoreGuard');
    await rm(folder().path);
    await t.run('opt_out_journal'); // not tried again at once
    expect(await waiting()).toBe(1);

    t.clock.advance(MINUTE_MS);
    await t.run('opt_out_journal');
    expect([await waiting(), (await lines()).length]).toEqual([0, 1]);
    expect((await t.request().get('/readyz').expect(200)).body).not.toHaveProperty('notes');
  });

  it('closes a line that a power cut broke off, and reads past it', async () => {
    await suppress(`${newId()}@tea-blog.example`).expect(201);
    await t.run('opt_out_journal');
    const [file = ''] = await readdir(folder().path);
    await appendFile(join(folder().path, file), '{"v":1,"at":"2026-');
    await suppress(`${newId()}@tea-blog.example`).expect(201);

    await t.run('opt_out_journal');

    const { wishes, broken } = lastWords(await lines());
    expect([wishes.length, broken]).toEqual([2, 1]);
  });

  it('has one opt-out twice when a process dies between disk and database, which brings it back once', async () => {
    await suppress(`${newId()}@tea-blog.example`).expect(201);
    await t.run('opt_out_journal');
    const twice = [...(await lines()), ...(await lines())];
    await t.db.query('DELETE FROM suppressions WHERE workspace_id = $1', [ws()]);

    expect(await t.app.get(OptOutReplay).replay(twice, { dryRun: false })).toMatchObject({ added: 1, known: 0 });
  });
});

describe('a worker that is killed', () => {
  it('loses no opt-out: the next one writes down what it had not', async () => {
    const database = await createTestDatabase();
    const settings = { SECRET_KEY: Buffer.alloc(32, 7).toString('base64'), RESTORE_GUARD_DIR: folder().path };
    const workers: BuiltWorker[] = [];
    const start = (): BuiltWorker => {
      const worker = new BuiltWorker({ DATABASE_URL: database.url, ...settings });
      workers.push(worker);
      return worker;
    };
    const app = await createBareTestApp({ database, env: settings });
    try {
      const { actor } = await app.makeWorkspace();
      const journal = app.app.get(GuardFolder);
      const optOut = (email: string) => app.app.get(Suppressions).create(actor, { kind: 'address', value: email, reason: 'asked', source: 'person' });
      const first = start();
      await optOut('one@tea-blog.example');
      await first.until('the first is in the journal', async () => (await journal.journalLines()).length === 1);
      // the row stays locked, as if the process had it in hand
      const blocker = app.db.createQueryRunner();
      await blocker.startTransaction();
      await blocker.query('LOCK TABLE opt_outs_to_journal IN EXCLUSIVE MODE');
      const late = optOut('two@tea-blog.example');
      await first.kill();
      await blocker.rollbackTransaction();
      await blocker.release();
      await late;
      expect(await journal.journalLines()).toHaveLength(1);

      const second = start();
      await second.until('the second is in the journal', async () => (await journal.journalLines()).length === 2);
    } finally {
      for (const worker of workers) await worker.kill();
      await app.close();
      await database.drop();
    }
  }, 180_000);
});

describe('the built product', () => {
  const PATIENCE_MS = 180_000;

  it(
    'holds its mail from the start when its file is ahead, and writes opt-outs down without the worker role too',
    async () => {
      const database = await createTestDatabase();
      const settings = { SECRET_KEY: Buffer.alloc(32, 8).toString('base64'), RESTORE_GUARD_DIR: folder().path };
      const sink = await MisbehavingSmtp.start();
      const app = await createBareTestApp({ database, env: settings });
      const workers: BuiltWorker[] = [];
      try {
        const { actor, workspaceId } = await app.makeWorkspace();
        const soon = { nextAt: new Date('2020-01-01T00:00:00Z') };
        const mail = await makePlannedMail(app.db, workspaceId, { port: sink.port, mailbox: soon, message: soon });
        await app.app.get(GuardFolder).writeMark({ epoch: 99, at: TEST_START });
        const worker = new BuiltWorker({ DATABASE_URL: database.url, ...settings });
        workers.push(worker);
        await worker.until('mail is held', async () => (await app.app.get(RestoreGuard).state()).heldBy === 'set_back');
        workers.push(new BuiltWorker({ DATABASE_URL: database.url, ...settings, ROLES: 'api', RESTORE_GUARD_DIR: `${folder().path}-api` }));
        const journal = new GuardFolder(`${folder().path}-api`, basename(app.app.get(GuardFolder).path));
        const before = { kind: 'domain', value: 'tea-house.example', reason: 'asked', source: 'person' } as const;
        await app.app.get(Suppressions).create(actor, before);
        await worker.until('its loops have run', async () => (await app.app.get(GuardFolder).journalLines()).length === 1);
        await worker.stop();
        await app.app.get(Suppressions).create(actor, { kind: 'domain', value: 'tea-firm.example', reason: 'asked', source: 'person' });

        await workers[1]?.until('the api process has written it down', async () => (await journal.journalLines()).length === 1);

        expect(sink.stored).toEqual([]);
        expect((await mailNow(app.db, workspaceId, mail.messageId)).state).toBe('scheduled');
      } finally {
        for (const worker of workers) await worker.kill();
        await app.close();
        await sink.stop();
        await database.drop();
      }
    },
    PATIENCE_MS,
  );
});

it('writes its files for nobody else to read', async () => {
  await guard().begin();
  const path = join(folder().path, 'epoch.json');

  expect((await stat(path)).mode & 0o077).toBe(0);
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ epoch: 1, at: TEST_START.toISOString() });
});
