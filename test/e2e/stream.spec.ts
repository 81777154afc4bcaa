import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createApp } from '../../src/bootstrap.js';
import { Listener } from '../../src/platform/database/listener.js';
import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { readStream, type EventReader } from '../support/event-reader.js';
import { makeProject } from '../support/factories.js';
import { settled } from '../support/settled.js';
import { createTestApp, TEST_PASSWORD, type TestApp, type TestOwner } from '../support/test-app.js';

describe('/stream', () => {
  let test: TestApp;
  let owner: TestOwner;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    test = await createTestApp();
    await test.app.get(Listener).start();
  });

  beforeEach(async () => {
    owner = await test.makeWorkspace();
  });

  afterEach(async () => {
    for (const reader of readers) reader.close();
    await Promise.all(readers.splice(0).map((reader) => reader.ended));
  });

  afterAll(() => test.close());

  const open = async (query = '', { key = owner.key, url = test.url, ...headers }: Record<string, string> = {}): Promise<EventReader> => {
    const reader = await readStream(`${url}/api/v1/stream${query}`, { authorization: `Bearer ${key}`, ...headers });
    readers.push(reader);
    return reader;
  };
  const emit = async (count = 1, over: { type?: string; projectId?: string; workspaceId?: string; text?: string } = {}): Promise<string[]> => {
    const { text, ...rest } = over;
    const event = { workspaceId: owner.workspaceId, type: 'message.sent', projectId: null, campaignId: null, opportunityId: null, ...rest };
    const events = Array.from({ length: count }, () => ({
      ...{ ...event, id: newId(), at: test.clock.now() },
      data: { object: { type: 'message', id: newId(), ...(text !== undefined && { text }) } },
    }));
    await test.db.transaction((tx) => appendEvents(tx, events));
    return events.map(({ id }) => `evt_${id}`);
  };
  const idsOf = (reader: EventReader): string[] => reader.events.map(({ id }) => id);

  it('shows what happens from now on, as /events does, and nothing of another workspace', async () => {
    await emit();
    await settled(test.db);
    const reader = await open();
    await emit(1, { workspaceId: (await test.makeWorkspace()).workspaceId });

    const ids = await emit(2);
    await reader.received(2);

    expect(idsOf(reader)).toEqual(ids);
    expect(reader.headers).toMatchObject({
      ...{ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      ...{ 'x-request-id': expect.any(String), 'content-security-policy': expect.any(String) },
    });
    const { body } = await test.as(owner.key).get('/events').expect(200);
    const { cursor, ...envelope } = reader.events[1]!;
    expect((body as { data: object[] }).data.at(-1)).toEqual(envelope);
    expect((body as { nextCursor: string }).nextCursor).toBe(cursor);
  });

  it('goes on where a reader was, without loss or double, however large the gap', async () => {
    const first = await open();
    const ids = await emit(3);
    await first.received(3);
    first.close();
    ids.push(...(await emit(1200)));
    await settled(test.db);

    const resumed = await open('', { 'last-event-id': first.events[1]!.cursor });
    ids.push(...(await emit(5)));
    await resumed.received(ids.length - 2);
    const byAddress = await open(`?lastEventId=${first.lastId}`);
    await byAddress.received(ids.length - 3);
    const both = await open(`?lastEventId=${first.events[0]!.cursor}`, { 'last-event-id': resumed.lastId });
    const [next] = await emit();
    await both.received(1);

    expect(idsOf(resumed).slice(0, ids.length - 2)).toEqual(ids.slice(2));
    expect(idsOf(byAddress).slice(0, ids.length - 3)).toEqual(ids.slice(3));
    expect(idsOf(both)).toEqual([next]);
  });

  it('loses none of many that are written at once while it is being read', async () => {
    const early = await open();
    const writers = Array.from({ length: 20 }, async () => {
      const written: string[] = [];
      for (let made = 0; made < 10; made += 1) written.push(...(await emit()));
      return written;
    });
    const late = await open(`?lastEventId=${early.lastId}`);

    const ids = (await Promise.all(writers)).flat();
    await Promise.all([early.received(200), late.received(200)]);

    expect(idsOf(early).toSorted()).toEqual(ids.toSorted());
    expect(idsOf(late)).toEqual(idsOf(early));
  });

  it('shows only the kinds that were asked for', async () => {
    const reader = await open('?filter[type]=backlink.live,backlink.lost');
    await emit(1, { type: 'message.sent' });
    const [live] = await emit(1, { type: 'backlink.live' });
    await emit(1, { type: 'backlink.suspect' });
    const [lost] = await emit(1, { type: 'backlink.lost' });

    await reader.received(2);

    expect(idsOf(reader)).toEqual([live, lost]);
  });

  it('shows someone who sees one project only its events', async () => {
    const [mine, theirs] = [await makeProject(test.db, owner.workspaceId), await makeProject(test.db, owner.workspaceId)];
    const key = await test.makeKey('viewer', { of: owner });
    await test.db.query(`UPDATE members SET project_ids = $2 WHERE workspace_id = $1 AND role = 'viewer'`, [owner.workspaceId, [mine.id]]);
    const start = (await open()).lastId;
    await emit(1, { projectId: theirs.id });
    const [past] = await emit(1, { projectId: mine.id });
    await settled(test.db);

    const reader = await open(`?lastEventId=${start}`, { key });
    await reader.received(1);
    await emit(1);
    await emit(1, { projectId: theirs.id });
    const [present] = await emit(1, { projectId: mine.id });
    await reader.received(2);

    expect(idsOf(reader)).toEqual([past, present]);
  });

  it('is served by every process', async () => {
    const second: NestFastifyApplication = await createApp(test.config, test.clock);
    try {
      await second.listen(0, '127.0.0.1');
      const url = `http://127.0.0.1:${(second.getHttpServer().address() as AddressInfo).port}`;
      const reader = await open('', { url }); // without a listener: it looks every second by itself

      const ids = await emit(2);
      await reader.received(2);

      expect(idsOf(reader)).toEqual(ids);
      const goodbye = reader.ended;
      await second.close();
      await goodbye; // a process that stops ends its streams
    } finally {
      await second.close().catch(() => undefined);
    }
  });

  it('works with the cookie of the web UI', async () => {
    const login = await test.request().post('/api/v1/auth/login').send({ email: owner.email, password: TEST_PASSWORD }).expect(200);
    const [cookie = ''] = login.headers['set-cookie'] as unknown as string[];
    const reader = await readStream(`${test.url}/api/v1/stream`, { cookie: cookie.split(';')[0] ?? '' });
    readers.push(reader);

    const ids = await emit();
    await reader.received(1);
    await test
      .request()
      .post('/api/v1/auth/logout')
      .set('cookie', cookie.split(';')[0] ?? '')
      .expect(204);
    const left = performance.now();
    await reader.ended;

    expect(idsOf(reader)).toEqual(ids);
    expect(performance.now() - left).toBeLessThan(5000);
  });

  it('refuses a cursor that it did not give, an unknown kind and an unknown parameter', async () => {
    const problem = async (query: string, headers: Record<string, string> = {}): Promise<object> => {
      const { status, text, ended } = await open(query, headers);
      await ended;
      return { status, ...(JSON.parse(readers.at(-1)?.text ?? text) as object) };
    };

    const cursor = { status: 400, code: 'invalid_cursor', detail: expect.stringMatching(/must be an id that came with the stream/) };
    expect(await problem('?lastEventId=bm9uc2Vuc2U')).toMatchObject({ ...cursor, errors: [{ pointer: '?lastEventId' }] });
    expect(await problem('?lastEventId=bm9uc2Vuc2U', { 'last-event-id': 'evt_1' })).toMatchObject({
      ...cursor,
      errors: [{ pointer: 'Last-Event-ID' }],
    });
    expect(await problem('?filter[type]=backlink.gone')).toMatchObject({ status: 400, errors: [{ pointer: '?filter[type]' }] });
    expect(await problem('?filter[colour]=red')).toMatchObject({ status: 400 });
    expect(await problem('?from=now')).toMatchObject({ status: 400 });
    expect(await problem('', { key: 'lw_wrong' })).toMatchObject({ status: 401 });
    expect(await problem('', { key: await test.makeKey(['prospects:read'], { of: owner }) })).toMatchObject({ status: 403 });
  });

  it('lets one key read ten streams, and others go on', async () => {
    for (let opened = 0; opened < 10; opened += 1) expect((await open()).status).toBe(200);

    const refused = await open();
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '10' } });
    expect((await open('', { key: await test.makeKey(['events:read'], { of: owner }) })).status).toBe(200);
    readers[0]?.close();
    await readers[0]?.ended;
    await expect(eventually(async () => (await open()).status === 200)).resolves.toBe(true);
  });

  it('cuts a reader that does not read, and holds up no other', async () => {
    const lazy = await open();
    const eager = await open();
    lazy.pause();

    // what the two kernels hold between them is some megabytes
    for (let batch = 0; batch < 40; batch += 1) await emit(40, { text: 'x'.repeat(17_000) });
    await eager.received(1600);
    await eventually(async () => (await connections()) === 1);
    lazy.resume();
    await lazy.ended;

    expect(new Set(idsOf(eager)).size).toBe(1600);
    expect(lazy.events.length).toBeLessThan(1600);
  }, 90_000);

  it('asks the database once for all its readers', async () => {
    const three = [await open(), await open(), await open()];
    const asked: string[] = [];
    const ask = test.db.query.bind(test.db);
    Object.assign(test.db, {
      query: (sql: string, values: unknown[]) => {
        if (sql.includes('FROM events')) asked.push(sql);
        return ask(sql, values);
      },
    });
    await emit();
    await Promise.all(three.map((reader) => reader.received(1)));
    Reflect.deleteProperty(test.db, 'query'); // what it was before lies in its class

    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThan(12); // a read that finds it, and those that find nothing more; not three times as many
  });

  const connections = (): Promise<number> =>
    new Promise((tell, fail) => {
      test.app.getHttpServer().getConnections((error: Error | null, count: number) => {
        if (error) fail(error);
        else tell(count);
      });
    });

  /** Looks until it holds; how long between two looks decides nothing. */
  async function eventually(holds: () => Promise<boolean>): Promise<boolean> {
    for (let looks = 0; looks < 600; looks += 1) {
      if (await holds()) return true;
      await pause(100);
    }
    return false;
  }
});
