import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { LongWork } from '../../src/platform/jobs/long-work.service.js';
import { settled } from '../support/settled.js';
import { idsOf, webhookWorld, type Endpoint } from '../support/webhook-world.js';

interface Job {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly progress: { readonly done: number; readonly total: number };
  readonly result: { readonly queued: number; readonly since: string } | null;
  readonly error: object | null;
}

describe('the replay of webhooks', () => {
  const world = webhookWorld();
  const { subscribe, emit, emitMany, dispatch, deliver, endpoint } = world;

  const turn = async ({ id }: Endpoint, state: string): Promise<void> => {
    await world.test.as(world.owner.key).patch(`/webhook-endpoints/${id}`, { state }, '*').expect(200);
  };
  const ask = ({ id }: Endpoint, since: Date) =>
    world.test.as(world.owner.key).post(`/webhook-endpoints/${id}/replay`, { since: since.toISOString() });
  const asked = async (subscribed: Endpoint, since: Date): Promise<Job> => (await ask(subscribed, since).expect(202)).body as Job;
  const job = async ({ id }: Pick<Job, 'id'>): Promise<Job> => (await world.test.as(world.owner.key).get(`/jobs/${id}`).expect(200)).body as Job;
  /** Does it here and now, as a worker would. */
  const run = ({ id }: Pick<Job, 'id'>) => world.test.app.get(LongWork).run({ workspaceId: world.owner.workspaceId, jobId: id });
  const replayed = async (subscribed: Endpoint, since: Date): Promise<Job> => {
    const started = await asked(subscribed, since);
    await run(started);
    return job(started);
  };
  const now = (): Date => world.test.clock.now();
  /** An endpoint that missed so many events, and is on again. */
  const behind = async (subscribed: Endpoint, count: number): Promise<{ since: Date; missed: string[] }> => {
    const since = now();
    await turn(subscribed, 'disabled');
    const missed = await emitMany(count, 'backlink.live');
    for (let batches = 0; batches <= count / 500; batches += 1) await dispatch();
    await turn(subscribed, 'active');
    return { since, missed };
  };
  const made = async ({ id }: Endpoint): Promise<{ deliveries: number; events: number }> => {
    const [row] = await world.test.db.query<{ deliveries: number; events: number }[]>(
      `SELECT count(*)::int AS deliveries, count(DISTINCT event_id)::int AS events FROM webhook_deliveries WHERE workspace_id = $1 AND endpoint_id = $2`,
      [world.owner.workspaceId, id],
    );
    return row ?? { deliveries: 0, events: 0 };
  };
  /** Holds what a dispatcher holds while it is at a batch: the last step of a replay waits for it. */
  const beDispatcher = async () => {
    const hold = world.test.db.createQueryRunner();
    await hold.startTransaction();
    await hold.query(`SELECT FROM event_readers WHERE name = 'webhooks' FOR UPDATE`);
    const waiting = (): Promise<object[]> =>
      world.test.db.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%event_readers%'`,
      );
    return {
      replayWaits: async () => {
        while ((await waiting()).length === 0);
      },
      /** Passes by all that has happened, as for an endpoint that is off. */
      passBy: () =>
        hold.query(
          `UPDATE event_readers r SET tx = e.tx, id = e.id FROM (SELECT tx, id FROM events WHERE workspace_id = $1 ORDER BY tx DESC, id DESC LIMIT 1) AS e
            WHERE r.name = 'webhooks'`,
          [world.owner.workspaceId],
        ),
      done: async () => {
        await hold.commitTransaction();
        await hold.release();
      },
    };
  };

  it('brings everything that an endpoint missed while it was off, once each, as a job', async () => {
    const subscribed = await subscribe();
    const had = await emit();
    await deliver();
    const { since, missed } = await behind(subscribed, 1100);
    expect(await endpoint(subscribed)).toMatchObject({ missedSince: since.toISOString() });

    const answer = await ask(subscribed, since).expect(202);
    const started = answer.body as Job;
    await run(started);
    const finished = await job(started);
    await world.test.run('deliver');
    const again = await replayed(subscribed, since);

    expect(started).toMatchObject({ state: 'queued', kind: 'webhooks.replay', progress: { done: 0, total: 1101 }, result: null });
    expect(answer.headers['location']).toBe(`/api/v1/jobs/${started.id}`);
    expect(finished).toMatchObject({ state: 'succeeded', progress: { done: 1101, total: 1101 } });
    expect(finished.result).toEqual({ endpointId: subscribed.id, since: since.toISOString(), queued: 1100 });
    expect(idsOf(subscribed).sort()).toEqual([had, ...missed].sort());
    expect(again).toMatchObject({ state: 'succeeded', result: { queued: 0 } });
    expect(await endpoint(subscribed)).toMatchObject({ missedSince: null });
  }, 60_000);

  it('begins the plan anew for what was given up, and keeps its log', async () => {
    let up = false;
    const subscribed = await subscribe(() => ({ status: up ? 200 : 410 }), ['backlink.live']);
    const id = await emit();
    await deliver();
    up = true;
    await turn(subscribed, 'active');

    await replayed(subscribed, new Date(now().getTime() - HOUR_MS));
    await deliver();

    expect(idsOf(subscribed)).toEqual([id, id]);
    const [delivery] = await world.deliveries(subscribed);
    const { body } = await world.test
      .as(world.owner.key)
      .get(`/webhook-deliveries/${String(delivery?.['id'])}`)
      .expect(200);
    expect(body).toMatchObject({
      state: 'delivered',
      attempts: 2,
      tries: [
        { number: 1, status: 410 },
        { number: 2, status: 200 },
      ],
    });
  });

  it('fails when the endpoint is turned off before it is done, or removed', async () => {
    const [off, gone] = [await subscribe(), await subscribe()];
    const since = now();
    const [one, other] = [await asked(off, since), await asked(gone, since)];
    await turn(off, 'disabled');
    await world.test.as(world.owner.key).delete(`/webhook-endpoints/${gone.id}`, '*').expect(204);

    await run(one);
    await run(other);

    expect(await job(one)).toMatchObject({ state: 'failed', error: { code: 'endpoint_disabled', status: 409 } });
    expect(await job(other)).toMatchObject({ state: 'failed', error: { code: 'not_found', status: 404 } });
  });

  it('reaches back as far as the log does, and says so', async () => {
    const subscribed = await subscribe();

    const { result } = await replayed(subscribed, new Date('2020-01-01T00:00:00Z'));

    expect(result).toMatchObject({ since: new Date(now().getTime() - 89 * DAY_MS).toISOString() });
  });

  it('brings each event once when several are asked for and done at the same time', async () => {
    const subscribed = await subscribe();
    const { since, missed } = await behind(subscribed, 700);

    const jobs = await Promise.all([asked(subscribed, since), asked(subscribed, since), asked(subscribed, since)]);
    await Promise.all(jobs.map(run));
    await deliver();

    expect(idsOf(subscribed).sort()).toEqual([...missed].sort());
    const queued = (await Promise.all(jobs.map(job))).map(({ result }) => result?.queued ?? -1);
    expect(queued.reduce((sum, count) => sum + count, 0)).toBe(700);
  }, 60_000);

  it('brings each event once when one job is done by two workers at the same time', async () => {
    const subscribed = await subscribe();
    const { since } = await behind(subscribed, 1200);
    const started = await asked(subscribed, since);

    await Promise.all([run(started), run(started)]);
    await run(started);

    expect(await job(started)).toMatchObject({ state: 'succeeded', result: { queued: 1200 } });
    expect(await made(subscribed)).toEqual({ deliveries: 1200, events: 1200 });
  }, 60_000);

  it('stops after a step when it is cancelled, which leaves no trace of the step that was under way', async () => {
    const subscribed = await subscribe();
    const { since } = await behind(subscribed, 600);
    const started = await asked(subscribed, since);
    const dispatcher = await beDispatcher();
    const working = run(started);
    await dispatcher.replayWaits();

    await world.test.as(world.owner.key).delete(`/jobs/${started.id}`, '*').expect(200);
    await dispatcher.done();
    await working;

    expect(await job(started)).toMatchObject({ state: 'cancelled', progress: { done: 500, total: 600 }, result: { queued: 500 } });
    expect(await made(subscribed)).toEqual({ deliveries: 500, events: 500 });
    expect(await endpoint(subscribed)).toMatchObject({ missedSince: since.toISOString() }); // the rest is still to be had
  }, 60_000);

  it('leaves nothing out that the dispatcher passes by at this moment', async () => {
    const subscribed = await subscribe();
    const since = now();
    await turn(subscribed, 'disabled');
    await emitMany(3, 'backlink.live');
    await settled(world.test.db);
    const dispatcher = await beDispatcher(); // it has not seen that the endpoint is on, and has not committed
    await dispatcher.passBy();
    await turn(subscribed, 'active');
    const started = await asked(subscribed, since);

    const working = run(started);
    await dispatcher.replayWaits();
    await dispatcher.done();
    await working;

    expect(await made(subscribed)).toEqual({ deliveries: 3, events: 3 });
  });

  it('still says that something is missing when a delivery was given up meanwhile', async () => {
    const subscribed = await subscribe();
    const { since } = await behind(subscribed, 1);
    await emit();
    await dispatch();
    const started = await asked(subscribed, since);
    const dispatcher = await beDispatcher();
    const working = run(started);
    await dispatcher.replayWaits();
    await world.test.db.query(
      `UPDATE webhook_deliveries SET state = 'exhausted', next_at = NULL, created_at = created_at + interval '1 second' WHERE workspace_id = $1 AND endpoint_id = $2`,
      [world.owner.workspaceId, subscribed.id],
    );

    await dispatcher.done();
    await working;

    expect(await endpoint(subscribed)).toMatchObject({ missedSince: new Date(since.getTime() + 1000).toISOString() });
  });
});
