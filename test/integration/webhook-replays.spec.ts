import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { idsOf, webhookWorld, type Endpoint } from '../support/webhook-world.js';

interface Replay {
  readonly id: string;
  readonly state: string;
  readonly queued: number;
  readonly since: string;
}

describe('the replay of webhooks', () => {
  const world = webhookWorld();
  const { subscribe, emit, emitMany, dispatch, deliver, endpoint } = world;

  const turn = async ({ id }: Endpoint, state: string): Promise<void> => {
    await world.test.as(world.owner.key).patch(`/webhook-endpoints/${id}`, { state }, '*').expect(200);
  };
  const replay = ({ id }: Endpoint, since: Date) =>
    world.test.as(world.owner.key).post(`/webhook-endpoints/${id}/replay`, { since: since.toISOString() });
  const progress = async ({ id }: Endpoint, { id: replayId }: Replay): Promise<Replay> =>
    (await world.test.as(world.owner.key).get(`/webhook-endpoints/${id}/replays/${replayId}`).expect(200)).body as Replay;
  const now = (): Date => world.test.clock.now();

  it('brings everything that an endpoint missed while it was off, once each, in batches', async () => {
    const subscribed = await subscribe();
    const had = await emit();
    await deliver();
    const since = now();
    await turn(subscribed, 'disabled');
    const missed = await emitMany(1100, 'backlink.live');
    await emitMany(10, 'backlink.suspect');
    await dispatch();
    await dispatch();
    await turn(subscribed, 'active');
    expect(await endpoint(subscribed)).toMatchObject({ missedSince: since.toISOString() });

    const answer = await replay(subscribed, since).expect(202);
    const started = answer.body as Replay;
    await replay(subscribed, since).expect(409);
    await world.test.run('replay');
    const finished = await progress(subscribed, started);
    await world.test.run('deliver');
    const again = (await replay(subscribed, since).expect(202)).body as Replay;
    await world.test.run('replay');

    expect(started).toMatchObject({ state: 'running', queued: 499 }); // the first batch holds the one that came
    expect(answer.headers['location']).toBe(`/api/v1/webhook-endpoints/${subscribed.id}/replays/${started.id}`);
    expect(finished).toMatchObject({ state: 'finished', queued: 1100 });
    expect(idsOf(subscribed).sort()).toEqual([had, ...missed].sort());
    expect(await progress(subscribed, again)).toMatchObject({ state: 'finished', queued: 0 });
    expect(await endpoint(subscribed)).toMatchObject({ missedSince: null });
  }, 60_000);

  it('begins the plan anew for what was given up, and keeps its log', async () => {
    let up = false;
    const subscribed = await subscribe(() => ({ status: up ? 200 : 410 }), ['backlink.live']);
    const id = await emit();
    await deliver();
    up = true;
    await turn(subscribed, 'active');

    await replay(subscribed, new Date(now().getTime() - HOUR_MS)).expect(202);
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

  it('stops when the endpoint is turned off in the middle', async () => {
    const subscribed = await subscribe();
    const since = now();
    await turn(subscribed, 'disabled');
    await emitMany(600, 'backlink.live');
    await dispatch();
    await dispatch();
    await turn(subscribed, 'active');
    const started = (await replay(subscribed, since).expect(202)).body as Replay;

    await turn(subscribed, 'disabled');
    await world.test.run('replay');

    expect(await progress(subscribed, started)).toMatchObject({ state: 'stopped', queued: 500 });
  });

  it('reaches back as far as the log does, and says so', async () => {
    const subscribed = await subscribe();

    const { body } = await replay(subscribed, new Date('2020-01-01T00:00:00Z')).expect(202);

    expect(body).toMatchObject({ since: new Date(now().getTime() - 89 * DAY_MS).toISOString() });
  });

  it('is the same when two ask at once', async () => {
    const subscribed = await subscribe();
    const since = now();
    await turn(subscribed, 'disabled');
    const missed = await emitMany(20, 'backlink.live');
    await dispatch();
    await turn(subscribed, 'active');

    await Promise.all([replay(subscribed, since), replay(subscribed, since), replay(subscribed, since)]);
    await deliver();

    expect(idsOf(subscribed).sort()).toEqual([...missed].sort());
  });
});
