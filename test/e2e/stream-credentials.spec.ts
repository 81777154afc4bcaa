import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { readStream, type EventReader } from '../support/event-reader.js';
import { createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';

describe('the credential of a stream', () => {
  let test: TestApp;
  let owner: TestOwner;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    test = await createTestApp();
  });

  beforeEach(async () => {
    owner = await test.makeWorkspace();
  });

  afterEach(async () => {
    for (const reader of readers) reader.close();
    await Promise.all(readers.splice(0).map((reader) => reader.ended));
  });

  afterAll(() => test.close());

  const open = async (headers: Record<string, string> = {}): Promise<EventReader> => {
    const reader = await readStream(`${test.url}/api/v1/stream`, { authorization: `Bearer ${owner.key}`, ...headers });
    readers.push(reader);
    return reader;
  };
  const emit = async (): Promise<string> => {
    const place = { projectId: null, campaignId: null, opportunityId: null };
    const event = { workspaceId: owner.workspaceId, id: newId(), type: 'message.sent', at: test.clock.now(), ...place };
    await test.db.transaction((tx) => appendEvents(tx, [{ ...event, data: { object: { type: 'message', id: newId() } } }]));
    return `evt_${event.id}`;
  };

  it.each([
    ['the key is revoked', `UPDATE api_keys SET revoked_at = now() WHERE workspace_id = $1 AND member_id = $2`],
    ['its maker gets another role', `UPDATE members SET role = 'viewer' WHERE workspace_id = $1 AND id = $2`],
    ['the border of its maker is drawn anew', `UPDATE members SET project_ids = ARRAY[$2]::uuid[] WHERE workspace_id = $1 AND id = $2`],
    ['its maker is deactivated', `UPDATE members SET deactivated_at = now() WHERE workspace_id = $1 AND id = $2`],
  ])('ends within five seconds when %s', async (_, sql) => {
    const reader = await open();
    await test.db.query(sql, [owner.workspaceId, owner.memberId]);
    const changed = performance.now();

    await reader.ended;

    expect(performance.now() - changed).toBeLessThan(5000);
  });

  it.each([
    ['hangs', () => takeAllConnections()],
    ['fails', () => takeTableAway()],
  ])(
    'ends it within ten seconds when the look at it %s, and it goes on without loss',
    async (_, spoil) => {
      const reader = await open();
      const mend = await spoil();
      const spoilt = performance.now();
      await reader.ended;
      const lasted = performance.now() - spoilt;
      await mend();
      const ids = [await emit(), await emit()];

      const resumed = await open({ 'last-event-id': reader.lastId });
      await resumed.received(2);

      expect(lasted).toBeGreaterThan(3000); // a hiccup ends nothing
      expect(lasted).toBeLessThan(10_000);
      expect(resumed.events.map(({ id }) => id)).toEqual(ids);
    },
    60_000,
  );

  /** Whoever asks the database waits. */
  async function takeAllConnections(): Promise<() => Promise<void>> {
    const { poolSize = 0 } = test.db.options as { poolSize?: number };
    const taken = Array.from({ length: poolSize }, () => test.db.createQueryRunner());
    await Promise.all(taken.map((one) => one.connect()));
    return async () => {
      for (const one of taken) await one.release();
    };
  }

  /** Whoever asks for a key gets an error. */
  async function takeTableAway(): Promise<() => Promise<void>> {
    await test.db.query('ALTER TABLE api_keys RENAME TO api_keys_away');
    return async () => {
      await test.db.query('ALTER TABLE api_keys_away RENAME TO api_keys');
    };
  }
});
