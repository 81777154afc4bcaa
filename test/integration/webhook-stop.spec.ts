import { PATIENCE } from '../../src/modules/webhooks/delivery/webhook-deliverer.service.js';
import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { startReceiver, type Receiver } from '../support/webhook-receiver.js';

describe('a worker that stops', () => {
  let test: TestApp;
  let receiver: Receiver;
  const { graceMs } = PATIENCE;

  beforeAll(async () => {
    PATIENCE.graceMs = 100;
    test = await createTestApp();
    receiver = await startReceiver(() => new Promise<never>(() => undefined));
    await test
      .as(test.owner.key)
      .post('/webhook-endpoints', { url: receiver.url, eventTypes: ['*'] })
      .expect(201);
  });

  afterAll(async () => {
    PATIENCE.graceMs = graceMs;
    await test.close();
    await receiver.close();
  });

  it('breaks off a post that gets no answer, and hands it back as if it had not begun', async () => {
    const place = { projectId: null, campaignId: null, opportunityId: null };
    const event = { workspaceId: test.owner.workspaceId, type: 'message.sent', at: test.clock.now(), ...place, data: { object: {} }, id: newId() };
    await test.db.transaction((tx) => appendEvents(tx, [event]));
    test.loops.start();
    await receiver.received(1);

    await test.loops.beforeApplicationShutdown();

    const rows: unknown = await test.db.query(
      'SELECT state, attempts, claim_token, claimed_until, next_at IS NOT NULL AS due FROM webhook_deliveries WHERE workspace_id = $1',
      [test.owner.workspaceId],
    );
    expect(rows).toEqual([{ state: 'pending', attempts: 0, claim_token: null, claimed_until: null, due: true }]);
    expect(await test.db.query('SELECT FROM webhook_attempts WHERE workspace_id = $1', [test.owner.workspaceId])).toEqual([]);
  });
});
