import { PATIENCE } from '../../src/modules/webhooks/delivery/webhook-deliverer.service.js';
import { newId } from '../../src/platform/ids.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/platform/clock.js';
import { verified } from '../support/webhook-receiver.js';
import { idsOf, webhookWorld } from '../support/webhook-world.js';

describe('webhooks that fail', () => {
  const world = webhookWorld();
  const { subscribe, emit, emitMany, dispatch, deliver, later, endpoint, deliveries } = world;

  const typesInOutbox = async () =>
    (await world.test.db.query<{ type: string }[]>('SELECT type FROM events WHERE workspace_id = $1 ORDER BY tx, id', [world.owner.workspaceId])).map(
      ({ type }) => type,
    );

  it('tries again after a failure, with the same id and body and a fresh signature', async () => {
    const subscribed = await subscribe((_, earlier) => ({ status: earlier.length === 0 ? 500 : 200 }));

    const id = await emit();
    await deliver();
    expect(await deliveries(subscribed)).toMatchObject([{ state: 'retrying', lastStatus: 500, lastError: 'HTTP 500' }]);
    await later(4 * SECOND_MS);
    expect(idsOf(subscribed)).toEqual([id]);
    await later(2 * SECOND_MS);

    expect(idsOf(subscribed)).toEqual([id, id]);
    expect(subscribed.receiver.posts[1]?.body).toBe(subscribed.receiver.posts[0]?.body);
    expect(verified(subscribed.receiver.posts[1]!, subscribed.secret)).toMatchObject({ id });
    expect(await deliveries(subscribed)).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    expect(await endpoint(subscribed)).toMatchObject({ state: 'active', failures: 0, failingSince: null });
  });

  it('brings every event once to an endpoint that was down for two days', async () => {
    let up = false;
    PATIENCE.timeoutMs = 50;
    // refuses, never answers, and answers with a page of its proxy, in turn
    const down = [() => ({ status: 503 }), () => new Promise<never>(() => undefined), () => ({ status: 302, headers: { location: '/sorry' } })];
    const subscribed = await subscribe((_, earlier) => (up ? { status: 200 } : (down[earlier.length % 3]?.() ?? { status: 500 })));

    const ids: string[] = [];
    for (let hour = 0; hour < 48; hour += 3) {
      ids.push(...(await emitMany(2, 'backlink.live')));
      await later(3 * HOUR_MS);
    }
    PATIENCE.timeoutMs = 20 * SECOND_MS;
    expect(await endpoint(subscribed)).toMatchObject({ state: 'failing' });
    const before = subscribed.receiver.posts.length;
    up = true;
    for (let hour = 0; hour < 30; hour += 3) await later(3 * HOUR_MS);

    expect(before).toBeGreaterThan(16);
    expect(idsOf(subscribed).slice(before).sort()).toEqual([...ids].sort());
    expect(await endpoint(subscribed)).toMatchObject({ state: 'active' });
  });

  it('turns an endpoint off at once that answers 410, and says so', async () => {
    const subscribed = await subscribe(() => ({ status: 410 }));

    await emit();
    await deliver();
    await emit();
    await later(DAY_MS);

    expect(subscribed.receiver.posts).toHaveLength(1);
    expect(await endpoint(subscribed)).toMatchObject({ state: 'disabled', stateReason: 'answered 410 Gone', version: 2 });
    expect(await typesInOutbox()).toEqual(['backlink.live', 'webhook_endpoint.disabled', 'backlink.live']);
  });

  it('turns an endpoint off that has only failed for five days', async () => {
    const subscribed = await subscribe(() => ({ status: 500 }));

    for (let hour = 0; hour < 5 * 24; hour += 6) {
      await emit();
      await later(6 * HOUR_MS);
      if (hour < 4 * 24) expect(await endpoint(subscribed)).not.toMatchObject({ state: 'disabled' });
    }
    await later(6 * HOUR_MS);

    expect(await endpoint(subscribed)).toMatchObject({ state: 'disabled', stateReason: 'every try failed for five days' });
    expect((await typesInOutbox()).filter((type) => type === 'webhook_endpoint.disabled')).toHaveLength(1);
  });

  it('leaves an endpoint on that has taken one event in five days', async () => {
    let taken = 0;
    const subscribed = await subscribe(() => ({ status: taken++ === 20 ? 200 : 500 }));

    for (let hour = 0; hour < 6 * 24; hour += 6) {
      await emit();
      await later(6 * HOUR_MS);
    }

    expect(await endpoint(subscribed)).toMatchObject({ state: 'failing' });
  });

  it('asks a worker to tell the owners, in the transaction that turns it off', async () => {
    const subscribed = await subscribe(() => ({ status: 410 }));

    await emit();
    await deliver();

    const jobs: unknown = await world.test.db.query(
      `SELECT data FROM pgboss.job WHERE name = 'webhooks.endpoint-disabled' AND data->>'endpointId' = $1`,
      [subscribed.id],
    );
    expect(jobs).toEqual([{ data: { workspaceId: world.owner.workspaceId, endpointId: subscribed.id, reason: 'answered 410 Gone' } }]);
    expect(await endpoint(subscribed)).toMatchObject({ missedSince: world.test.clock.now().toISOString() });
  });

  it('takes a redirect for a failure and does not follow it', async () => {
    const inner = await subscribe(undefined, ['message.sent']);
    const subscribed = await subscribe(() => ({ status: 307, headers: { location: inner.receiver.url } }));

    await emit();
    await deliver();

    expect(await deliveries(subscribed)).toMatchObject([{ state: 'retrying', lastStatus: 307, lastError: 'HTTP 307' }]);
    expect(inner.receiver.posts).toEqual([]);
  });

  it('obeys Retry-After, for the whole endpoint when it is asked to slow down', async () => {
    let busy = true;
    const subscribed = await subscribe(() => (busy ? { status: 429, headers: { 'retry-after': '3600' } } : { status: 200 }));

    const first = await emit();
    await deliver();
    const second = await emit();
    await later(59 * MINUTE_MS);
    expect(idsOf(subscribed)).toEqual([first]);
    busy = false;
    await later(7 * MINUTE_MS);

    expect(idsOf(subscribed).slice(1).sort()).toEqual([first, second].sort());
  });

  it('delivers again what a dead worker had claimed', async () => {
    const subscribed = await subscribe();
    const id = await emit();
    await dispatch();
    const minuteAgo = new Date(world.test.clock.now().getTime() + MINUTE_MS);
    await world.test.db.query(`UPDATE webhook_deliveries SET state = 'sending', claim_token = $2, claimed_until = $3 WHERE workspace_id = $1`, [
      ...[world.owner.workspaceId, newId(), minuteAgo],
    ]);

    await deliver();
    expect(idsOf(subscribed)).toEqual([]);
    await later(2 * MINUTE_MS);

    expect(idsOf(subscribed)).toEqual([id]);
  });
});
