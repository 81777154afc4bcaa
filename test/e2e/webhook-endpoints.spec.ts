import { HOUR_MS } from '../../src/platform/clock.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const SOMEWHERE = 'http://127.0.0.1:9/hook';

describe('webhook endpoints', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  const create = (body: object, key = t.owner.key) => t.as(key).post('/webhook-endpoints', { url: SOMEWHERE, eventTypes: ['*'], ...body });
  const made = async (): Promise<string> => (await create({}).expect(201)).body.id as string;
  const tested = async (id: string): Promise<string> =>
    (await t.as(t.owner.key).post(`/webhook-endpoints/${id}/test`, {}).expect(202)).body.id as string;

  it.each([
    ['line breaks and a tab', ' http://127.0.0.1:9/a\r\nb\t?c=1\n', 'http://127.0.0.1:9/ab?c=1'],
    ['letters outside of ASCII', 'http://127.0.0.1:9/größe?q=ö', 'http://127.0.0.1:9/gr%C3%B6%C3%9Fe?q=%C3%B6'],
    ['steps up and a scheme in capitals', 'HTTP://127.0.0.1:9/a/../b', 'http://127.0.0.1:9/b'],
    ['another way to write the address', 'http://0x7f.1:9', 'http://127.0.0.1:9/'],
  ])('keeps an address with %s as it is used', async (_, typed, kept) => {
    const { body } = await create({ url: typed }).expect(201);
    const changed = await t
      .as(t.owner.key)
      .patch(`/webhook-endpoints/${await made()}`, { url: typed }, '*')
      .expect(200);

    expect([body.url, changed.body.url]).toEqual([kept, kept]);
  });

  it.each([
    ['a user and a password', 'http://user:pw@127.0.0.1:9/hook', 'url_not_accepted', /no user name and no password/],
    ['a user', 'https://user@hooks.example/', 'url_not_accepted', /no user name/],
    ['too long a form', `http://127.0.0.1:9/${'ö'.repeat(400)}`, 'invalid_url', /at most 2048 characters.*this is 2419/],
  ])('refuses one with %s, and says so', async (_, url, code, detail) => {
    const problem = { code, errors: [{ pointer: '/url', detail: expect.stringMatching(detail) }] };

    expect((await create({ url }).expect(422)).body).toMatchObject(problem);
    const changed = await t
      .as(t.owner.key)
      .patch(`/webhook-endpoints/${await made()}`, { url }, '*')
      .expect(422);
    expect(changed.body).toMatchObject(problem);
  });

  it('finds the deliveries of an event by the id that receivers see, or the bare one', async () => {
    const id = await made();
    const [first] = [await tested(id), await tested(id)];
    const list = async (query = ''): Promise<{ id: string; eventId: string }[]> =>
      (await t.as(t.owner.key).get(`/webhook-endpoints/${id}/deliveries${query}`).expect(200)).body.data as { id: string; eventId: string }[];
    const all = await list();
    const wanted = all.filter((delivery) => delivery.id === first);
    const eventId = wanted[0]?.eventId ?? '';

    expect(all).toHaveLength(2);
    expect(eventId).toMatch(/^evt_/);
    expect(await list(`?filter[eventId]=${eventId}`)).toEqual(wanted);
    expect(await list(`?filter[eventId]=${eventId.replace('evt_', '')}`)).toEqual(wanted);
    await t.as(t.owner.key).get(`/webhook-endpoints/${id}/deliveries?filter[eventId]=evt_x`).expect(400);
    const strange = await t.as(t.owner.key).get(`/webhook-endpoints/${id}/deliveries?filter[eventType]=message.flown`).expect(400);
    expect(strange.body.errors[0].pointer).toBe('?filter[eventType]');
  });

  it('lists deliveries of a span of time', async () => {
    const id = await made();
    const first = await tested(id);
    const between = new Date(t.clock.now().getTime() + HOUR_MS).toISOString();
    t.clock.advance(2 * HOUR_MS);
    const second = await tested(id);
    const list = async (range: string): Promise<string[]> =>
      ((await t.as(t.owner.key).get(`/webhook-endpoints/${id}/deliveries?${range}`).expect(200)).body.data as { id: string }[]).map((row) => row.id);

    expect(await list(`filter[createdAt][lt]=${between}`)).toEqual([first]);
    expect(await list(`filter[createdAt][gte]=${between}`)).toEqual([second]);
    expect(await list(`filter[createdAt][gte]=2026-11-02&filter[createdAt][lte]=2026-11-02&filter[state]=pending`)).toEqual([second, first]);
    const refused = await t.as(t.owner.key).get(`/webhook-endpoints/${id}/deliveries?filter[createdAt]=today`).expect(400);
    expect(refused.body.errors[0].pointer).toBe('?filter[createdAt]');
  });

  it('notes in the audit log who sent a test', async () => {
    const id = await made();
    await tested(id);

    const { body } = await t.as(t.owner.key).get(`/audit-log?filter[subjectId]=${id}`).expect(200);

    expect(body.data).toMatchObject([
      { action: 'webhook_endpoint.tested', subjectType: 'webhook_endpoint', actorId: t.owner.memberId },
      { action: 'webhook_endpoint.created' },
    ]);
  });

  it('keeps since when something is missing when a failure is noted while it is turned off', async () => {
    const id = await made();
    const earlier = new Date(t.clock.now().getTime() - HOUR_MS);
    const outcome = t.db.createQueryRunner(); // of a delivery that is given up at this moment
    await outcome.startTransaction();
    await outcome.query('UPDATE webhook_endpoints SET missed_since = $3 WHERE workspace_id = $1 AND id = $2', [t.owner.workspaceId, id, earlier]);
    const off = t.as(t.owner.key).patch(`/webhook-endpoints/${id}`, { state: 'disabled' }, '*').expect(200);
    const answered = Promise.resolve(off);
    const waits = () => t.db.query<object[]>(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    while ((await waits()).length === 0);

    await outcome.commitTransaction();
    await outcome.release();

    expect((await answered).body).toMatchObject({ state: 'disabled', missedSince: earlier.toISOString() });
  });

  describe('of a key that may not read events', () => {
    let [reader, writer] = ['', ''];

    beforeAll(async () => {
      reader = await t.makeKey(['webhooks:read']);
      writer = await t.makeKey(['webhooks:read', 'webhooks:write']);
    });

    it('shows deliveries and how they went, without what was in them', async () => {
      const id = await made();
      const delivery = await tested(id);
      await t.db.query(`UPDATE webhook_deliveries SET last_answer = 'you sent me this', last_status = 500 WHERE workspace_id = $1 AND id = $2`, [
        t.owner.workspaceId,
        delivery,
      ]);
      const answers = async (key: string): Promise<unknown> => (await t.as(key).get(`/webhook-endpoints/${id}/deliveries`).expect(200)).body.data;

      expect(await answers(reader)).toMatchObject([{ id: delivery, eventType: 'webhook_endpoint.test', lastStatus: 500, lastAnswer: null }]);
      expect(await answers(await t.makeKey(['webhooks:read', 'events:read']))).toMatchObject([{ id: delivery, lastAnswer: 'you sent me this' }]);
      const refused = await t.as(reader).get(`/webhook-deliveries/${delivery}`).expect(403);
      expect(refused.body).toMatchObject({ code: 'forbidden', detail: 'This needs the permission events:read.' });
    });

    it('sends no events where they have not been sent before', async () => {
      const id = await made();

      await create({}, writer).expect(403);
      await t.as(writer).patch(`/webhook-endpoints/${id}`, { url: 'http://127.0.0.1:9/mine' }, '*').expect(403);
      await t.as(writer).post(`/webhook-endpoints/${id}/test`, {}).expect(202);
      await t.as(writer).post(`/webhook-endpoints/${id}/replay`, { since: '2026-11-01T00:00:00Z' }).expect(202);
      await t.as(writer).delete(`/webhook-endpoints/${id}`, '*').expect(204);
      await create({}, await t.makeKey(['webhooks:write', 'events:read'])).expect(201);
    });
  });
});
