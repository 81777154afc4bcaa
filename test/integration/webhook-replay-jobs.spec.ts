import { createApp } from '../../src/bootstrap.js';
import { newId } from '../../src/platform/ids.js';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import { LongWork, TURN } from '../../src/platform/jobs/long-work.service.js';
import { BuiltWorker } from '../support/built-worker.js';
import { webhookWorld, type Endpoint } from '../support/webhook-world.js';

// The built product itself is killed here: `npm run build` must be up to date.

interface Job {
  readonly state: string;
  readonly progress: { readonly done: number; readonly total: number };
  readonly result: { readonly queued: number } | null;
}

describe('replays on the queue of jobs', () => {
  const world = webhookWorld();
  const { subscribe, emitMany, dispatch } = world;
  const turnMs = TURN.ms;

  afterEach(() => {
    TURN.ms = turnMs;
  });

  const api = () => world.test.as(world.owner.key);
  const job = async (id: string): Promise<Job> => (await api().get(`/jobs/${id}`).expect(200)).body as Job;
  const behind = async (subscribed: Endpoint, count: number): Promise<string> => {
    const since = world.test.clock.now().toISOString();
    await api().patch(`/webhook-endpoints/${subscribed.id}`, { state: 'disabled' }, '*').expect(200);
    await emitMany(count, 'backlink.live');
    for (let batches = 0; batches <= count / 500; batches += 1) await dispatch();
    await api().patch(`/webhook-endpoints/${subscribed.id}`, { state: 'active' }, '*').expect(200);
    return (await api().post(`/webhook-endpoints/${subscribed.id}/replay`, { since }).expect(202)).body.id as string;
  };
  const eventOf = async ({ id }: Endpoint): Promise<{ deliveries: number; events: number }[]> =>
    world.test.db.query(
      `SELECT count(*)::int AS deliveries, count(DISTINCT event_id)::int AS events FROM webhook_deliveries WHERE workspace_id = $1 AND endpoint_id = $2`,
      [world.owner.workspaceId, id],
    );

  it('goes on where a killed worker left it, and does nothing twice', async () => {
    const subscribed = await subscribe();
    const id = await behind(subscribed, 1100);
    const { DATABASE_URL = '', SECRET_KEY = '' } = world.test.config;
    const hold = world.test.db.createQueryRunner();
    await hold.startTransaction();
    await hold.query(`SELECT FROM event_readers WHERE name = 'webhooks' FOR UPDATE`);
    const worker = new BuiltWorker({ DATABASE_URL, SECRET_KEY, FETCH_ALLOW_CIDRS: '127.0.0.0/8' });
    await worker.until('two steps are done', async () => (await job(id)).progress.done === 1000);

    await worker.kill();
    const left = await job(id);
    await hold.rollbackTransaction();
    await hold.release();
    await world.test.app.get(LongWork).run({ workspaceId: world.owner.workspaceId, jobId: id });

    expect(left).toMatchObject({ state: 'running', progress: { done: 1000, total: 1100 }, result: { queued: 1000 } });
    expect(await job(id)).toMatchObject({ state: 'succeeded', progress: { done: 1100, total: 1100 }, result: { queued: 1100 } });
    expect(await eventOf(subscribed)).toEqual([{ deliveries: 1100, events: 1100 }]);
  }, 120_000);

  it('stops with its process after the present step, and another one goes on', async () => {
    const subscribed = await subscribe();
    const id = await behind(subscribed, 1100);
    const hold = world.test.db.createQueryRunner();
    await hold.startTransaction();
    await hold.query('SELECT FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [world.owner.workspaceId, subscribed.id]);
    const second = await (await createApp(world.test.config, world.test.clock)).init();
    await second.get(JobQueue).work();
    const waiting = () =>
      world.test.db.query<object[]>(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    while ((await waiting()).length === 0);

    second.get(LongWork).beforeApplicationShutdown(); // close calls it too, at a time that we do not know
    const closed = second.close();
    await hold.rollbackTransaction();
    await hold.release();
    await closed;
    const left = await job(id);
    const queued = await world.test.db.query<object[]>(
      `SELECT state FROM pgboss.job WHERE name = 'long-work' AND data->>'jobId' = $1 AND state IN ('created', 'retry')`,
      [id],
    );
    await world.test.app.get(LongWork).run({ workspaceId: world.owner.workspaceId, jobId: id });

    expect(left).toMatchObject({ state: 'running', progress: { done: 500, total: 1100 } });
    expect(queued).toHaveLength(1);
    expect(await job(id)).toMatchObject({ state: 'succeeded', result: { queued: 1100 } });
    expect(await eventOf(subscribed)).toEqual([{ deliveries: 1100, events: 1100 }]);
  }, 60_000);

  it('does not make one replay wait for another, and gives a long one up after each turn to go on later', async () => {
    const [stuck, free] = [await subscribe(), await subscribe()];
    TURN.ms = 0; // each step is a turn of its own
    const hold = world.test.db.createQueryRunner();
    await hold.startTransaction();
    const [first, second] = [await behind(stuck, 10), await behind(free, 1100)];
    await hold.query('SELECT FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [world.owner.workspaceId, stuck.id]);
    await world.test.app.get(JobQueue).work();

    let other: Job;
    do other = await job(second);
    while (other.state === 'queued' || other.state === 'running');
    const waiting = await job(first);
    await hold.rollbackTransaction();
    await hold.release();
    let one: Job;
    do one = await job(first);
    while (one.state === 'queued' || one.state === 'running');

    expect(waiting.state).toBe('running');
    expect(other).toMatchObject({ state: 'succeeded', result: { queued: 1100 } });
    expect(one).toMatchObject({ state: 'succeeded', result: { queued: 10 } });
    const turns = await world.test.db.query<{ expires: number }[]>(
      `SELECT expire_seconds AS expires FROM pgboss.job WHERE name = 'long-work' AND data->>'jobId' = $1`,
      [second],
    );
    expect(turns).toHaveLength(4); // three steps, and one that finds nothing left
    for (const { expires } of turns) expect(expires * 1000).toBeGreaterThan(10 * turnMs); // none is believed lost while it works
  }, 120_000);

  it('belongs to its workspace', async () => {
    const subscribed = await subscribe();
    const stranger = await world.test.makeWorkspace();
    const since = world.test.clock.now().toISOString();
    const { body } = await api().post(`/webhook-endpoints/${subscribed.id}/replay`, { since }).expect(202);

    await world.test.as(stranger.key).post(`/webhook-endpoints/${subscribed.id}/replay`, { since }).expect(404);
    await world.test.as(stranger.key).post(`/webhook-endpoints/${newId()}/replay`, { since }).expect(404);
    await world.test
      .as(stranger.key)
      .get(`/jobs/${body.id as string}`)
      .expect(404);
    await world.test
      .as(stranger.key)
      .delete(`/jobs/${body.id as string}`, '*')
      .expect(404);
  });
});
