import { newId } from '../../src/platform/ids.js';
import { DAY_MS } from '../../src/platform/clock.js';
import { Housekeeping } from '../../src/platform/jobs/housekeeping.service.js';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import { LongWork } from '../../src/platform/jobs/long-work.service.js';
import { BuiltWorker } from '../support/built-worker.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

interface Job {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly progress: { readonly done: number; readonly total: number };
  readonly result: { readonly results: readonly { readonly index: number; readonly status: number; readonly id?: string }[] } | null;
}

const sites = (word: string, count: number): { url: string }[] =>
  Array.from({ length: count }, (_, at) => ({ url: `https://${word}-${at}.example/` }));

describe('long work', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  const ask = (items: object[], as = t.owner.key) => t.as(as).post('/prospects/bulk', { items }).set('prefer', 'respond-async');
  const job = async (id: string): Promise<Job> => (await t.as(t.owner.key).get(`/jobs/${id}`).expect(200)).body as Job;
  /** Does it here and now, as a worker would. */
  const run = (jobId: string) => t.app.get(LongWork).run({ workspaceId: t.owner.workspaceId, jobId });
  const known = async (word: string): Promise<number> => {
    const [row] = await t.db.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM prospects WHERE workspace_id = $1 AND domain LIKE $2`, [
      t.owner.workspaceId,
      `${word}-%`,
    ]);
    return row?.n ?? 0;
  };

  it('is answered at once, with the address of its job', async () => {
    const response = await ask(sites('at-once', 3)).expect(202);

    expect(response.headers).toMatchObject({ location: `/api/v1/jobs/${response.body.id}`, 'preference-applied': 'respond-async', etag: '"1"' });
    expect(response.body).toMatchObject({ state: 'queued', kind: 'prospects.bulk', progress: { done: 0, total: 3 }, result: null, error: null });
    expect(await known('at-once')).toBe(0);
  });

  it('is seen and cancelled with no narrower key than it was asked for with', async () => {
    const asked = (await ask(sites('whose', 2)).expect(202)).body as Job;
    const narrow = await t.makeKey(['prospects:write', 'prospects:read']);
    const own = (await ask(sites('whose-own', 2), narrow).expect(202)).body as Job;

    await t.as(narrow).get(`/jobs/${asked.id}`).expect(404);
    await t.as(narrow).delete(`/jobs/${asked.id}`, '*').expect(404);
    await t.as(narrow).get(`/jobs/${own.id}`).expect(200);
    const listed = (await t.as(narrow).get('/jobs').expect(200)).body.data as Job[];
    expect(listed.map(({ id }) => id)).toEqual([own.id]);
    expect((await job(asked.id)).state).toBe('queued');
  });

  it('is done by a worker, and tells the same as waiting would have told', async () => {
    const busy = await createTestApp(); // with a worker, which takes all that comes
    const api = busy.as(busy.owner.key);
    const items = [...sites('worked', 2), { url: 'https://worked-0.example/again' }, { url: 'https://no-such-suffix' }];
    const { body } = await api.post('/prospects/bulk', { items }).set('prefer', 'respond-async').expect(202);
    await busy.app.get(JobQueue).work();

    let now: Job;
    do now = (await api.get(`/jobs/${body.id}`).expect(200)).body as Job;
    while (now.state === 'queued' || now.state === 'running');
    const waited = await api.post('/prospects/bulk', { items }).expect(200);
    await busy.close();

    expect(now).toMatchObject({ state: 'succeeded', version: 1, progress: { done: 4, total: 4 } });
    expect(now.result?.results.map(({ index, status }) => [index, status])).toEqual([
      [0, 201],
      [1, 201],
      [2, 200],
      [3, 422],
    ]);
    expect((waited.body.results as { status: number }[]).map(({ status }) => status)).toEqual([200, 200, 200, 422]);
    expect(waited.body.results[3].problem).toMatchObject({ code: 'no_registrable_domain', instance: '#/items/3' });
  });

  it('goes on where a killed worker left it, and does nothing twice', async () => {
    const second = await createTestApp(); // its queue is worked on by nobody else
    const { DATABASE_URL = '', SECRET_KEY = '' } = second.config;
    const { body } = await second
      .as(second.owner.key)
      .post('/prospects/bulk', { items: sites('killed', 120) })
      .set('prefer', 'respond-async')
      .expect(202);
    const hold = second.db.createQueryRunner();
    await hold.startTransaction();
    // the 71st cannot be made: the worker is in its second step when it dies
    await hold.query(
      `INSERT INTO prospects (workspace_id, id, domain, url, created_at) VALUES ($1, $2, 'killed-70.example', 'https://killed-70.example/', now())`,
      [second.owner.workspaceId, newId()],
    );
    const worker = new BuiltWorker({ DATABASE_URL, SECRET_KEY });
    const at = async (): Promise<Job> => (await second.as(second.owner.key).get(`/jobs/${body.id}`).expect(200)).body as Job;
    const made = async (): Promise<number> =>
      (await second.db.query<{ n: number }[]>('SELECT count(*)::int AS n FROM prospects WHERE workspace_id = $1', [second.owner.workspaceId]))[0]
        ?.n ?? 0;
    await worker.until('70 are made', async () => (await made()) === 70);

    await worker.kill();
    const left = await at();
    await hold.rollbackTransaction();
    await hold.release();
    await second.app.get(LongWork).run({ workspaceId: second.owner.workspaceId, jobId: body.id });
    const done = await at();

    expect(left).toMatchObject({ state: 'running', progress: { done: 50, total: 120 } });
    expect(done).toMatchObject({ state: 'succeeded', progress: { done: 120, total: 120 } });
    expect(done.result?.results.map(({ index }) => index)).toEqual(Array.from({ length: 120 }, (_, index) => index));
    expect(done.result?.results.filter(({ status }) => status === 200)).toHaveLength(20); // made by the one that died
    expect(await made()).toBe(120);
    await second.close();
  });

  it('stops where it is when it is cancelled, and never begins when it had not', async () => {
    const { body } = await ask(sites('stopped', 2)).expect(202);
    const path = `/jobs/${body.id}`;

    await t.as(t.owner.key).delete(path).expect(428);
    await t.as(t.owner.key).delete(path, '"7"').expect(412);
    const cancelled = await t.as(t.owner.key).delete(path, '"1"').expect(200);
    await run(body.id);
    const again = await t.as(t.owner.key).delete(path, '*').expect(409);

    expect(cancelled.body).toMatchObject({ state: 'cancelled', version: 2 });
    expect(again.body).toMatchObject({ code: 'illegal_transition', from: 'cancelled', allowed: [] });
    expect(await known('stopped')).toBe(0);
  });

  it('does no further step after a cancel', async () => {
    const { body } = await ask(sites('halfway', 60)).expect(202);
    const hold = t.db.createQueryRunner();
    await hold.startTransaction();
    await hold.query(
      `INSERT INTO prospects (workspace_id, id, domain, url, created_at) VALUES ($1, $2, 'halfway-20.example', 'https://halfway-20.example/', now())`,
      [t.owner.workspaceId, newId()],
    );
    const working = run(body.id);
    while ((await known('halfway')) < 20);

    await t.as(t.owner.key).delete(`/jobs/${body.id}`, '*').expect(200);
    await hold.rollbackTransaction();
    await hold.release();
    await working;

    expect(await known('halfway')).toBe(50); // the step that ran, and no other
    expect(await job(body.id)).toMatchObject({ state: 'cancelled' });
  });

  it('says as a problem why it failed', async () => {
    const { body } = await ask(sites('failing', 1)).expect(202);
    await t.db.query(`UPDATE jobs SET input = '{}' WHERE workspace_id = $1 AND id = $2`, [t.owner.workspaceId, body.id]);

    await run(body.id);

    expect(await job(body.id)).toMatchObject({
      state: 'failed',
      error: { code: 'internal_error', status: 500, instance: `/api/v1/jobs/${body.id}` },
    });
  });

  it('is seen by who asked for it and by managers, and by nobody else', async () => {
    const member = await t.makeKey('member');
    const { body } = await ask(sites('mine', 1), member).expect(202);
    const seen = async (key: string): Promise<[number, boolean]> => {
      const list = (await t.as(key).get('/jobs?limit=100').expect(200)).body.data as Job[];
      return [(await t.as(key).get(`/jobs/${body.id}`)).status, list.some(({ id }) => id === body.id)];
    };

    expect(await seen(member)).toEqual([200, true]);
    expect(await seen(await t.makeKey('manager'))).toEqual([200, true]);
    expect(await seen(await t.makeKey('member'))).toEqual([404, false]);
    expect(await seen(await t.makeKey(['templates:read']))).toEqual([404, false]); // an owner's, and narrow
    expect(await seen((await t.makeWorkspace()).key)).toEqual([404, false]);
    await t
      .as(await t.makeKey('member'))
      .delete(`/jobs/${body.id}`, '*')
      .expect(404);
  });

  it('is asked for once by an Idempotency-Key', async () => {
    const key = newId();

    const first = await ask(sites('once', 1)).set('idempotency-key', key).expect(202);
    const again = await ask(sites('once', 1)).set('idempotency-key', key).expect(202);

    expect(again.headers).toMatchObject({
      location: first.headers['location'],
      'idempotency-replayed': 'true',
      'preference-applied': 'respond-async',
    });
  });

  it('keeps what was typed no longer than it needs it, and is forgotten after a month', async () => {
    const { body } = await ask(sites('typed', 1)).expect(202);
    const { body: dead } = await ask(sites('dead', 1)).expect(202);
    await run(body.id);
    await t.db.query(`UPDATE jobs SET state = 'running', seen_at = $3 WHERE workspace_id = $1 AND id = $2`, [
      t.owner.workspaceId,
      dead.id,
      t.clock.now(),
    ]);

    t.clock.advance(2 * DAY_MS);
    await t.app.get(Housekeeping).run();
    const lost = await job(dead.id);
    t.clock.advance(31 * DAY_MS);
    await t.app.get(Housekeeping).run();

    expect(lost).toMatchObject({ state: 'failed', error: { code: 'job_lost' } });
    expect(
      await t.db.query('SELECT id FROM jobs WHERE workspace_id = $1 AND (finished_at IS NOT NULL OR input IS NULL)', [t.owner.workspaceId]),
    ).toEqual([]);
  });
});
