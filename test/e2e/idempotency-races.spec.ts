import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Response } from 'supertest';
import { MINUTE_MS } from '../../src/platform/clock.js';
import { newId } from '../../src/platform/ids.js';
import { BuiltWorker } from '../support/built-worker.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const PROJECT = { name: 'Tea shop', url: 'https://tea.example/' };

describe('calls with one Idempotency-Key that meet', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  const post = (path: string, body: object, key: string) => t.as(t.owner.key).post(path, body).set('idempotency-key', key);
  const projects = async (): Promise<number> => {
    const [row] = await t.db.query<{ n: number }[]>('SELECT count(*)::int AS n FROM projects WHERE workspace_id = $1', [t.owner.workspaceId]);
    return row?.n ?? 0;
  };

  /** Holds up all who would make a project, until it is called. */
  async function holdProjects(): Promise<() => Promise<void>> {
    const runner = t.db.createQueryRunner();
    await runner.startTransaction();
    await runner.query('LOCK TABLE projects IN EXCLUSIVE MODE');
    return async () => {
      await runner.rollbackTransaction();
      await runner.release();
    };
  }

  /** Resolves once a call waits for what `holdProjects` holds. */
  async function untilSomeoneWaits(): Promise<void> {
    for (;;) {
      const [row] = await t.db.query<{ n: number }[]>(
        `SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND relation = 'projects'::regclass`,
      );
      if ((row?.n ?? 0) > 0) return;
    }
  }

  it('makes one record of two equal calls at once', async () => {
    const before = await projects();
    const key = newId();

    const answers = await Promise.all([post('/projects', PROJECT, key), post('/projects', PROJECT, key)]);

    expect(answers.map(({ status }) => status).sort()).toEqual(expect.arrayContaining([201]));
    for (const { status, body } of answers) if (status !== 201) expect([status, body.code]).toEqual([409, 'idempotency_in_progress']);
    expect(await projects()).toBe(before + 1);
  });

  it('makes one record of fifty calls at once', async () => {
    const before = await projects();
    const key = newId();

    const answers = await Promise.all(Array.from({ length: 50 }, () => post('/projects', PROJECT, key)));

    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => (body as { id: string }).id)).size).toBe(1);
    expect(answers.filter(({ status, body }) => status !== 201 && body.code !== 'idempotency_in_progress')).toEqual([]);
    expect(await projects()).toBe(before + 1);
    await post('/projects', PROJECT, key).expect(201);
    expect(await projects()).toBe(before + 1);
  });

  it('answers 409 while the first call runs, and its answer afterwards', async () => {
    const key = newId();
    const letGo = await holdProjects();
    const first = post('/projects', PROJECT, key).then((answer: Response) => answer);
    await untilSomeoneWaits();

    const early = await post('/projects', PROJECT, key).expect(409);
    const other = await post('/projects', { ...PROJECT, name: 'Other' }, key).expect(422);
    await letGo();
    const done = await first;
    const late = await post('/projects', PROJECT, key).expect(201);

    expect(early.body.code).toBe('idempotency_in_progress');
    expect(early.headers['retry-after']).toBe('1');
    expect(other.body.code).toBe('idempotency_key_reused');
    expect(late.body).toEqual(done.body);
  });

  it('never does work again that a killed process left: a repetition at another process is told to look first', async () => {
    const key = newId();
    const before = await projects();
    const port = await freePort();
    const { DATABASE_URL = '', SECRET_KEY = '' } = t.config;
    const process = new BuiltWorker({ ROLES: 'api', HOST: '127.0.0.1', PORT: String(port), DATABASE_URL, SECRET_KEY });
    await process.until('it listens', () => fetch(`http://127.0.0.1:${port}/healthz`).then(({ ok }) => ok, () => false)); // prettier-ignore
    const letGo = await holdProjects();
    const call = fetch(`http://127.0.0.1:${port}/api/v1/projects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${t.owner.key}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(PROJECT),
    }).catch(() => undefined);
    await untilSomeoneWaits();

    const elsewhere = await post('/projects', PROJECT, key).expect(409);
    await process.kill();
    await call;
    await letGo();
    t.clock.set(new Date(Date.now() + 3 * MINUTE_MS)); // the killed process went by real time
    const later = await post('/projects', PROJECT, key).expect(409);

    expect([elsewhere.body.code, later.body.code]).toEqual(['idempotency_in_progress', 'idempotency_outcome_unknown']);
    expect(await projects()).toBe(before);
  });

  it('keeps the answer for a client that hung up before it came', async () => {
    const key = newId();
    const before = await projects();
    const letGo = await holdProjects();
    const gone = new AbortController();
    const call = fetch(`${t.url}/api/v1/projects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${t.owner.key}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(PROJECT),
      signal: gone.signal,
    });
    await untilSomeoneWaits();

    gone.abort();
    await expect(call).rejects.toThrow();
    await letGo();
    let again = await post('/projects', PROJECT, key);
    while (again.body.code === 'idempotency_in_progress') again = await post('/projects', PROJECT, key);

    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(await projects()).toBe(before + 1);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
