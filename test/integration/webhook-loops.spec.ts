import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { startReceiver, type Answer, type Receiver } from '../support/webhook-receiver.js';

describe('the loops of a worker', () => {
  let test: TestApp;
  let hanging: Receiver;
  let quick: Receiver;
  let release: (answer: Answer) => void = () => undefined;

  beforeAll(async () => {
    test = await createTestApp();
    hanging = await startReceiver(() => new Promise((resolve) => (release = resolve)));
    quick = await startReceiver();
    for (const [receiver, type] of [
      [hanging, 'message.sent'],
      [quick, 'backlink.live'],
    ] as const) {
      await test
        .as(test.owner.key)
        .post('/webhook-endpoints', { url: receiver.url, eventTypes: [type] })
        .expect(201);
    }
    test.loops.start();
  });

  afterAll(async () => {
    await test.close();
    await Promise.all([hanging.close(), quick.close()]);
  });

  async function emit(type: string): Promise<void> {
    const place = { projectId: null, campaignId: null, opportunityId: null };
    const event = { workspaceId: test.owner.workspaceId, type, at: test.clock.now(), ...place, data: { object: {} } };
    await test.db.transaction((tx) => appendEvents(tx, [{ ...event, id: newId() }]));
  }

  it('bring an event to its receiver while another receiver hangs, and the stop waits for the answer', async () => {
    await emit('message.sent');
    await hanging.received(1);

    await emit('backlink.live');
    await quick.received(1);
    const stopped = test.loops.beforeApplicationShutdown();
    release({ status: 200 });
    await stopped;

    const states: unknown = await test.db.query('SELECT state FROM webhook_deliveries WHERE workspace_id = $1', [test.owner.workspaceId]);
    expect(states).toEqual([{ state: 'delivered' }, { state: 'delivered' }]);
  });
});
