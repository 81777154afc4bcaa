import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/platform/clock.js';
import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { settled } from '../support/settled.js';
import { createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';
import { startReceiver, verified, type Answer, type AnswerTo, type Receiver } from '../support/webhook-receiver.js';

interface Endpoint {
  readonly id: string;
  readonly secret: string;
  readonly receiver: Receiver;
}

describe('webhooks', () => {
  let test: TestApp;
  let owner: TestOwner;
  const receivers: Receiver[] = [];

  beforeAll(async () => {
    test = await createTestApp();
  });

  beforeEach(async () => {
    owner = await test.makeWorkspace();
  });

  afterEach(async () => {
    // what one test leaves in the queue must not be the next one's
    await test.db.query('/* all-workspaces: end of a test */ UPDATE webhook_deliveries SET next_at = NULL WHERE next_at IS NOT NULL');
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  });

  afterAll(() => test.close());

  async function subscribe(answer?: AnswerTo, eventTypes: readonly string[] = ['*']): Promise<Endpoint> {
    const receiver = await startReceiver(answer);
    receivers.push(receiver);
    const { body } = await test.as(owner.key).post('/webhook-endpoints', { url: receiver.url, eventTypes }).expect(201);
    const { id, secret } = body as { id: string; secret: string };
    return { id, secret, receiver };
  }

  /** @returns the webhook-id that its deliveries have */
  async function emit(type = 'backlink.live', workspaceId = owner.workspaceId): Promise<string> {
    const id = newId();
    const place = { projectId: null, campaignId: null, opportunityId: null };
    const event = { id, workspaceId, type, at: test.clock.now(), ...place, data: { object: { type: 'backlink', id: newId() } } };
    await test.db.transaction((tx) => appendEvents(tx, [event]));
    return `evt_${id}`;
  }

  async function dispatch(): Promise<void> {
    await settled(test.db);
    await test.run('dispatch');
  }

  async function deliver(): Promise<void> {
    await dispatch();
    await test.run('deliver');
  }

  async function later(ms: number): Promise<void> {
    test.clock.advance(ms);
    await deliver();
  }

  const endpoint = async ({ id }: Endpoint) => (await test.as(owner.key).get(`/webhook-endpoints/${id}`).expect(200)).body as Record<string, unknown>;
  const deliveries = async ({ id }: Endpoint) =>
    ((await test.as(owner.key).get(`/webhook-endpoints/${id}/deliveries`).expect(200)).body as { data: Record<string, unknown>[] }).data;
  const idsOf = ({ receiver }: Endpoint) => receiver.posts.map(({ id }) => id);
  const typesInOutbox = async () =>
    (await test.db.query<{ type: string }[]>('SELECT type FROM events WHERE workspace_id = $1 ORDER BY tx, id', [owner.workspaceId])).map(
      ({ type }) => type,
    );

  it('delivers an event once, signed, with the id of the event', async () => {
    const subscribed = await subscribe();

    const id = await emit();
    await deliver();
    await deliver();

    expect(idsOf(subscribed)).toEqual([id]);
    const [post] = subscribed.receiver.posts;
    expect(verified(post!, subscribed.secret)).toMatchObject({ id, type: 'backlink.live', workspaceId: owner.workspaceId });
    expect(await deliveries(subscribed)).toMatchObject([{ state: 'delivered', attempts: 1, lastStatus: 204, nextAt: null }]);
  });

  it('sends only what was asked for, and backlink.suspect only to those who name it', async () => {
    const all = await subscribe();
    const some = await subscribe(undefined, ['backlink.suspect', 'message.sent']);

    const [live, suspect, sent] = [await emit('backlink.live'), await emit('backlink.suspect'), await emit('message.sent')];
    await emit('backlink.live', (await test.makeWorkspace()).workspaceId);
    await deliver();

    expect(idsOf(all).sort()).toEqual([live, sent].sort());
    expect(idsOf(some).sort()).toEqual([suspect, sent].sort());
  });

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
    const subscribed = await subscribe(() => ({ status: up ? 200 : 503 }));

    const ids: string[] = [];
    for (let hour = 0; hour < 48; hour += 3) {
      ids.push(await emit());
      await later(3 * HOUR_MS);
    }
    expect(await endpoint(subscribed)).toMatchObject({ state: 'failing' });
    const before = subscribed.receiver.posts.length;
    up = true;
    for (let hour = 0; hour < 30; hour += 3) await later(3 * HOUR_MS);

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

  it('does not let one hanging endpoint hold up another', async () => {
    let release: (answer: Answer) => void = () => undefined;
    const hanging = await subscribe(() => new Promise((resolve) => (release = resolve)), ['message.sent']);
    await emit('message.sent');
    await dispatch();
    const first = test.run('deliver');
    await hanging.receiver.received(1);

    const quick = await subscribe(undefined, ['backlink.live']);
    const id = await emit();
    await dispatch();
    const second = test.run('deliver');
    await quick.receiver.received(1);
    release({ status: 200 });
    await Promise.all([first, second]);

    expect(idsOf(quick)).toEqual([id]);
    expect(await deliveries(hanging)).toMatchObject([{ state: 'delivered' }]);
  });

  it.each([
    ['four tries', 'active', 4],
    ['a single try, to see whether it is back,', 'failing', 1],
  ])('has %s at most under way at an endpoint that is %s', async (_, state, most) => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((open) => (release = open));
    const subscribed = await subscribe(() => gate.then(() => ({ status: 200 })));
    await test.db.query(`UPDATE webhook_endpoints SET state = $2, failures = 3 WHERE workspace_id = $1`, [owner.workspaceId, state]);
    for (let made = 0; made < 6; made += 1) await emit();
    await dispatch();

    const run = test.run('deliver');
    await subscribed.receiver.received(most);
    const underway = await deliveries(subscribed);
    release();
    await run;

    expect(underway.filter((delivery) => delivery['state'] === 'sending')).toHaveLength(most);
    expect(new Set(idsOf(subscribed)).size).toBe(6);
  });

  it('delivers again what a dead worker had claimed', async () => {
    const subscribed = await subscribe();
    const id = await emit();
    await dispatch();
    const minuteAgo = new Date(test.clock.now().getTime() + MINUTE_MS);
    await test.db.query(`UPDATE webhook_deliveries SET state = 'sending', claim_token = $2, claimed_until = $3 WHERE workspace_id = $1`, [
      ...[owner.workspaceId, newId(), minuteAgo],
    ]);

    await deliver();
    expect(idsOf(subscribed)).toEqual([]);
    await later(2 * MINUTE_MS);

    expect(idsOf(subscribed)).toEqual([id]);
  });

  it('signs with both secrets for a day after a rotation', async () => {
    const subscribed = await subscribe();
    const { body } = await test.as(owner.key).post(`/webhook-endpoints/${subscribed.id}/rotate-secret`).expect(200);
    const { secret } = body as { secret: string };

    await emit();
    await deliver();
    await emit();
    await later(DAY_MS + MINUTE_MS);

    const [during, after] = subscribed.receiver.posts;
    expect(String(during?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(verified(during!, subscribed.secret)).toEqual(verified(during!, secret));
    expect(verified(after!, secret)).toBeTruthy();
    expect(() => verified(after!, subscribed.secret)).toThrow('No matching signature');
  });

  it('sends one delivery again under its old id', async () => {
    const subscribed = await subscribe();
    const id = await emit();
    await deliver();
    const [delivery] = await deliveries(subscribed);

    await test
      .as(owner.key)
      .post(`/webhook-deliveries/${String(delivery?.['id'])}/replay`)
      .expect(202);
    await deliver();

    expect(idsOf(subscribed)).toEqual([id, id]);
  });

  it('sends again all since an instant: what was given up, and what was missed while it was turned off', async () => {
    let up = false;
    const subscribed = await subscribe(() => ({ status: up ? 200 : 410 }), ['backlink.live', 'message.sent']);
    const tooOld = await emit();
    await deliver();
    test.clock.advance(HOUR_MS);
    await reopen(subscribed);
    const since = test.clock.now().toISOString();
    const givenUp = await emit();
    await deliver();
    const missed = [await emit(), await emit('message.sent')];
    await deliver();
    up = true;
    await reopen(subscribed);
    const before = subscribed.receiver.posts.length;

    const { body } = await test.as(owner.key).post(`/webhook-endpoints/${subscribed.id}/replay`, { since }).expect(202);
    await test.as(owner.key).post(`/webhook-endpoints/${subscribed.id}/replay`, { since }).expect(202, { queued: 0 });
    await deliver();

    expect(body).toEqual({ queued: 3 });
    const again = idsOf(subscribed).slice(before);
    expect(again.sort()).toEqual([givenUp, ...missed].sort());
    expect(again).not.toContain(tooOld);
  });

  it('seals secrets and never shows them again', async () => {
    const subscribed = await subscribe();

    const rows = await test.db.query<object[]>('SELECT * FROM webhook_endpoints WHERE workspace_id = $1', [owner.workspaceId]);

    expect(JSON.stringify(rows)).not.toContain(subscribed.secret);
    expect(JSON.stringify(rows)).not.toContain(subscribed.secret.slice('whsec_'.length));
    expect(JSON.stringify(await endpoint(subscribed))).not.toMatch(/secret|whsec/i);
    const list = await test.as(owner.key).get('/webhook-endpoints').expect(200);
    expect(JSON.stringify(list.body)).not.toMatch(/secret|whsec/i);
  });

  async function reopen({ id }: Endpoint): Promise<void> {
    await test.as(owner.key).patch(`/webhook-endpoints/${id}`, { state: 'active' }, '*').expect(200);
  }
});
