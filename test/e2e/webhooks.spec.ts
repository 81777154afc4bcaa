import { EVENT_TYPES } from '../../src/domain/pipeline-announcements.js';
import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { faultsOf } from '../support/catalogued-events.js';
import { settled } from '../support/settled.js';
import { createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';

const SOMEWHERE = 'http://127.0.0.1:9/hook';

describe('/webhook-endpoints', () => {
  let test: TestApp;
  let key: string;

  beforeAll(async () => {
    test = await createTestApp();
    key = test.owner.key;
  });

  afterAll(() => test.close());

  const create = (body: object, by = key) => test.as(by).post('/webhook-endpoints', body);
  const made = async (by = key): Promise<string> => ((await create({ url: SOMEWHERE, eventTypes: ['*'] }, by).expect(201)).body as { id: string }).id;

  it('shows the secret when it is made, and the endpoint from then on', async () => {
    const answer = await create({ url: SOMEWHERE, eventTypes: ['backlink.live'], description: 'Ours' }).expect(201);

    const { id, secret, ...rest } = answer.body as { id: string; secret: string };
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(rest).toMatchObject({ version: 1, url: SOMEWHERE, eventTypes: ['backlink.live'], description: 'Ours', state: 'active', failures: 0 });
    const got = await test.as(key).get(`/webhook-endpoints/${id}`).expect(200).expect('etag', '"1"');
    expect(got.body).toEqual({ id, ...rest });
  });

  it.each([
    ['an event that does not exist', { url: SOMEWHERE, eventTypes: ['backlink.gone'] }, '/eventTypes'],
    ['no event at all', { url: SOMEWHERE, eventTypes: [] }, '/eventTypes'],
    ['an event twice', { url: SOMEWHERE, eventTypes: ['message.sent', 'message.sent'] }, '/eventTypes'],
    ['no address', { eventTypes: ['*'] }, '/url'],
    ['an address without end', { url: `https://x.example/${'a'.repeat(2048)}`, eventTypes: ['*'] }, '/url'],
    ['a description without end', { url: SOMEWHERE, eventTypes: ['*'], description: 'x'.repeat(301) }, '/description'],
    ['an unknown field', { url: SOMEWHERE, eventTypes: ['*'], secret: 'mine' }, '/secret'],
  ])('refuses %s with 400', async (_, body, pointer) => {
    const { body: problem } = await create(body).expect(400);

    expect((problem as { errors: { pointer: string }[] }).errors.map((error) => error.pointer.slice(0, pointer.length))).toContain(pointer);
  });

  it.each([
    ['an inner address that no setting opens', 'https://10.0.0.1/', 'target_not_public'],
    ['a metadata address', 'https://169.254.169.254/', 'target_not_public'],
    ['something that is no web address', 'ftp://127.0.0.1/', 'https_required'],
    ['plain http to the world', 'http://8.8.8.8/', 'https_required'],
    ['no address', 'hook', 'invalid_url'],
    ['a port that cannot be', 'https://hooks.example:99999/', 'invalid_url'],
  ])('refuses %s with 422', async (_, url, code) => {
    const { body } = await create({ url, eventTypes: ['*'] }).expect(422);

    expect(body).toMatchObject({ code, errors: [{ pointer: '/url' }] });
  });

  it('changes an endpoint for the version that was read', async () => {
    const id = await made();
    const path = `/webhook-endpoints/${id}`;

    await test.as(key).patch(path, { description: 'x' }).expect(428);
    await test.as(key).patch(path, { description: 'x' }, '"7"').expect(412);
    const { body } = await test
      .as(key)
      .patch(path, { description: 'x', eventTypes: ['message.sent'], state: 'disabled' }, '"1"')
      .expect(200);
    await test.as(key).patch(path, { url: 'https://10.0.0.1/' }, '*').expect(422);
    await test.as(key).patch(path, { url: null }, '*').expect(400);

    expect(body).toMatchObject({ version: 2, description: 'x', eventTypes: ['message.sent'], state: 'disabled' });
  });

  it('asks to turn a disabled endpoint on before anything is sent to it', async () => {
    const id = await made();
    await test.as(key).patch(`/webhook-endpoints/${id}`, { state: 'disabled' }, '*').expect(200);

    for (const path of ['test', 'replay']) {
      const body = path === 'replay' ? { since: '2026-11-01T00:00:00Z' } : {};
      expect((await test.as(key).post(`/webhook-endpoints/${id}/${path}`, body).expect(409)).body).toMatchObject({ code: 'endpoint_disabled' });
    }
  });

  it('queues a test event, and does not take it again while it is being tried', async () => {
    const id = await made();

    const { body } = await test.as(key).post(`/webhook-endpoints/${id}/test`, {}).expect(202);

    const delivery = body as { id: string };
    expect(delivery).toMatchObject({ endpointId: id, eventType: 'webhook_endpoint.test', state: 'pending', attempts: 0 });
    expect((await test.as(key).post(`/webhook-deliveries/${delivery.id}/replay`).expect(409)).body).toMatchObject({ code: 'delivery_in_progress' });
    const log = await test.as(key).get(`/webhook-endpoints/${id}/deliveries?filter[state]=pending`).expect(200);
    expect(log.body).toMatchObject({ data: [{ id: delivery.id }], hasMore: false });
    await test.as(key).get(`/webhook-endpoints/${id}/deliveries?filter[colour]=red`).expect(400);
  });

  it('asks for an instant to replay from', async () => {
    const id = await made();

    await test.as(key).post(`/webhook-endpoints/${id}/replay`, { since: 'yesterday' }).expect(400);
    await test.as(key).post(`/webhook-endpoints/${id}/replay`, {}).expect(400);
  });

  it('removes an endpoint with what it still had to get', async () => {
    const id = await made();
    const { body } = await test.as(key).post(`/webhook-endpoints/${id}/test`, {}).expect(202);

    await test.as(key).delete(`/webhook-endpoints/${id}`).expect(428);
    await test.as(key).delete(`/webhook-endpoints/${id}`, '"1"').expect(204);

    await test.as(key).get(`/webhook-endpoints/${id}`).expect(404);
    await test
      .as(key)
      .post(`/webhook-deliveries/${(body as { id: string }).id}/replay`)
      .expect(404);
  });

  it('pages through endpoints, the newest first', async () => {
    const owner = await test.makeWorkspace();
    const ids = [await made(owner.key), await made(owner.key), await made(owner.key)];

    const first = (await test.as(owner.key).get('/webhook-endpoints?limit=2').expect(200)).body as Page;
    const rest = (await test.as(owner.key).get(`/webhook-endpoints?limit=2&after=${first.nextCursor}`).expect(200)).body as Page;

    expect([...first.data, ...rest.data].map(({ id }) => id)).toEqual(ids.reverse());
    expect(rest).toMatchObject({ hasMore: false, nextCursor: null });
  });

  describe('of another workspace', () => {
    let stranger: TestOwner;
    let id: string;

    beforeAll(async () => {
      stranger = await test.makeWorkspace();
      id = await made();
    });

    it.each([
      ['get', '', undefined],
      ['patch', '', { description: 'mine' }],
      ['delete', '', undefined],
      ['get', '/deliveries', undefined],
      ['post', '/test', {}],
      ['post', '/rotate-secret', {}],
      ['post', '/replay', { since: '2026-11-01T00:00:00Z' }],
    ] as const)('%s %s is 404', async (method, path, body) => {
      const caller = test.as(stranger.key);
      const whole = `/webhook-endpoints/${id}${path}`;
      const call =
        method === 'get'
          ? caller.get(whole)
          : method === 'delete'
            ? caller.delete(whole, '*')
            : method === 'patch'
              ? caller.patch(whole, body, '*')
              : caller.post(whole, body);

      expect((await call.expect(404)).body).toMatchObject({ code: 'not_found' });
    });

    it('its deliveries are 404', async () => {
      const { body } = await test.as(key).post(`/webhook-endpoints/${id}/test`, {}).expect(202);

      await test
        .as(stranger.key)
        .post(`/webhook-deliveries/${(body as { id: string }).id}/replay`)
        .expect(404);
    });
  });

  it('is nothing for viewers and strangers', async () => {
    await test
      .as(await test.makeKey('viewer'))
      .get('/webhook-endpoints')
      .expect(403);
    await create({ url: SOMEWHERE, eventTypes: ['*'] }, await test.makeKey(['webhooks:read'])).expect(403);
    await test.request().get('/api/v1/webhook-endpoints').expect(401);
  });
});

describe('/webhook-endpoints without FETCH_ALLOW_CIDRS', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await createTestApp({ env: { FETCH_ALLOW_CIDRS: '' } });
  });

  afterAll(() => test.close());

  it.each([SOMEWHERE, 'https://127.0.0.1/', 'https://[::1]/', 'https://localhost/'])('refuses %s', async (url) => {
    const { body } = await test
      .as(test.owner.key)
      .post('/webhook-endpoints', { url, eventTypes: ['*'] })
      .expect(422);

    expect(body).toMatchObject({ code: 'target_not_public' });
  });

  it('does not post to an address that has become an inner one', async () => {
    const { key, workspaceId } = test.owner;
    const { body } = await test
      .as(key)
      .post('/webhook-endpoints', { url: 'https://8.8.8.8/', eventTypes: ['*'] })
      .expect(201);
    const { id } = body as { id: string };
    await test.db.query('UPDATE webhook_endpoints SET url = $2 WHERE workspace_id = $1', [workspaceId, SOMEWHERE]);
    await test.as(key).post(`/webhook-endpoints/${id}/test`, {}).expect(202);

    await test.run('deliver');

    const log = (await test.as(key).get(`/webhook-endpoints/${id}/deliveries`).expect(200)).body as { data: { lastError: string }[] };
    expect(log.data).toMatchObject([{ state: 'retrying', lastStatus: null, lastError: expect.stringContaining('TARGET_NOT_PUBLIC') }]);
  });
});

interface Page {
  readonly data: { readonly id: string; readonly type: string }[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

describe('/events', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await createTestApp();
  });

  afterAll(() => test.close());

  const emit = (workspaceId: string, id = newId()) =>
    test.db.transaction((tx) =>
      appendEvents(tx, [
        {
          ...{ id, workspaceId, type: 'message.sent', at: test.clock.now(), data: { object: { id } } },
          ...{ projectId: null, campaignId: null, opportunityId: null },
        },
      ]),
    );
  const read = async (query: string) => (await test.as(test.owner.key).get(`/events?${query}`).expect(200)).body as Page;

  it('is read without a gap or a double, also on from the end when more has happened', async () => {
    const ids = Array.from({ length: 5 }, () => newId());
    for (const id of ids.slice(0, 3)) await emit(test.owner.workspaceId, id);
    await emit((await test.makeWorkspace()).workspaceId);
    await settled(test.db);

    const first = await read('limit=2');
    const second = await read(`limit=2&after=${first.nextCursor}`);
    const nothing = await read(`limit=2&after=${second.nextCursor}`);
    for (const id of ids.slice(3)) await emit(test.owner.workspaceId, id);
    await settled(test.db);
    const third = await read(`limit=2&after=${nothing.nextCursor}`);

    expect([first, second, nothing, third].map(({ data }) => data.length)).toEqual([2, 1, 0, 2]);
    expect([first, second, nothing, third].map(({ hasMore }) => hasMore)).toEqual([true, false, false, false]);
    expect([...first.data, ...second.data, ...third.data].map(({ id }) => id)).toEqual(ids.map((id) => `evt_${id}`));
    expect(first.data[0]).toEqual({
      ...{ id: `evt_${ids[0]}`, type: 'message.sent', timestamp: test.clock.now().toISOString() },
      ...{ workspaceId: test.owner.workspaceId, data: { object: { id: ids[0] } } },
    });
  });

  it('refuses a cursor that it did not give', async () => {
    const { body } = await test.as(test.owner.key).get('/events?after=bm9uc2Vuc2U').expect(400);

    expect(body).toMatchObject({ code: 'invalid_cursor' });
  });

  it('lists every event by name, with what it means, its schema and one of it', async () => {
    const { body } = await test.as(test.owner.key).get('/event-types').expect(200);

    const types = body as { name: string; version: number; description: string; schema: object; example: { type: string } }[];
    expect(types.map(({ name }) => name)).toEqual([...EVENT_TYPES]);
    for (const { name, description, version, schema, example } of types) {
      expect(description).toMatch(/^[A-Z].{9,}[.…]$/);
      expect(version).toBe(1);
      expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', properties: { type: { const: name } } });
      expect(faultsOf(example)).toEqual([]);
    }
  });
});
