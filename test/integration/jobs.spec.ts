import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { readConfig } from '../../src/platform/config/app-config.js';
import { EVERY_WORKSPACE, JobQueue, type JobType } from '../../src/platform/jobs/job-queue.js';
import { newId } from '../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

interface Greeting {
  readonly workspaceId: string;
  readonly name: string;
}
const GREET: JobType<Greeting> = { name: 'greet' };
const TIDY: JobType<{ workspaceId: string }> = { name: 'tidy' };

describe('JobQueue', () => {
  let database: TestDatabase;
  let db: DataSource;
  let queue: JobQueue;
  /** Names of greetings in the order they came, and who waits for one. */
  let greeted: string[];
  let waiting: Map<string, () => void>;

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(async () => {
    database = await createTestDatabase();
    db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    queue = new JobQueue(readConfig({ DATABASE_URL: database.url, SECRET_KEY: Buffer.alloc(32).toString('base64') }));
    greeted = [];
    waiting = new Map();
    queue.handle(GREET, ({ name }) => {
      greeted.push(name);
      waiting.get(name)?.();
      return name.startsWith('bad') ? Promise.reject(new Error(`cannot greet ${name}`)) : Promise.resolve();
    });
    queue.handle(TIDY, () => Promise.resolve());
    queue.schedule(TIDY, '17 3 * * *');
  });

  afterEach(async () => {
    await queue.beforeApplicationShutdown();
    await db.destroy();
    await database.drop();
  });

  const enqueue = (name: string) => db.transaction((tx) => queue.enqueue(tx, GREET, { workspaceId: newId(), name }));
  const greeting = (name: string) =>
    new Promise<void>((done) => {
      if (greeted.includes(name)) done();
      else waiting.set(name, done);
    });
  const jobs = async (name: string) =>
    await db.query<{ state: string; name: string }[]>(`SELECT state, data->>'name' AS name FROM pgboss.job WHERE name = $1 ORDER BY created_on, id`, [
      name,
    ]);

  it('runs a job once the transaction that asked for it has committed', async () => {
    await queue.work();
    const done = greeting('Ann');

    await db.transaction(async (tx) => {
      await queue.enqueue(tx, GREET, { workspaceId: newId(), name: 'Ann' });
      expect(await jobs('greet')).toEqual([]); // nobody else sees it yet
    });
    await done;

    expect(greeted).toEqual(['Ann']);
  });

  it('never has a job whose transaction was rolled back', async () => {
    await expect(
      db.transaction(async (tx) => {
        await queue.enqueue(tx, GREET, { workspaceId: newId(), name: 'nobody' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await enqueue('Ben');
    await queue.work();
    await greeting('Ben');

    expect((await jobs('greet')).map(({ name }) => name)).toEqual(['Ben']);
    expect(greeted).toEqual(['Ben']);
  });

  it('does not do a batch again because one job of it failed', async () => {
    for (const name of ['Cid', 'bad', 'Dora']) await enqueue(name);

    await queue.work();
    await Promise.all([greeting('Cid'), greeting('bad'), greeting('Dora')]);
    await queue.beforeApplicationShutdown(); // waits for what is being done

    const states = Object.fromEntries((await jobs('greet')).map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ Cid: 'completed', Dora: 'completed' });
    expect(states['bad']).not.toBe('completed'); // it has tries left
    expect(greeted.filter((name) => name !== 'bad').sort()).toEqual(['Cid', 'Dora']);
  });

  it('starts once when two ask at the same time', async () => {
    await Promise.all([enqueue('Eve'), enqueue('Finn')]);

    const [row] = await db.query<object[]>(`SELECT count(DISTINCT name)::int AS queues FROM pgboss.queue WHERE name IN ('greet', 'tidy')`);
    expect(row).toEqual({ queues: 2 });
    expect(await jobs('greet')).toHaveLength(2);
  });

  it('waits with a job until its time', async () => {
    const at = new Date('2100-01-01T00:00:00Z');

    await db.transaction((tx) => queue.enqueue(tx, GREET, { workspaceId: newId(), name: 'later' }, at));

    expect(await db.query(`SELECT start_after FROM pgboss.job WHERE name = 'greet'`)).toEqual([{ start_after: at }]);
  });

  it('keeps a schedule for the whole installation', async () => {
    await queue.work();

    expect(await db.query('SELECT name, cron, timezone, data FROM pgboss.schedule')).toEqual([
      { name: 'tidy', cron: '17 3 * * *', timezone: 'UTC', data: { workspaceId: EVERY_WORKSPACE } },
    ]);
  });
});
