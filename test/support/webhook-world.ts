import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { settled } from './settled.js';
import { createTestApp, type TestApp, type TestOwner } from './test-app.js';
import { startReceiver, type AnswerTo, type Receiver } from './webhook-receiver.js';

export interface Endpoint {
  readonly id: string;
  readonly secret: string;
  readonly receiver: Receiver;
}

/** What a test says about an event of its own; one with a subject is about the same thing as others with it. */
export interface EmittedEvent {
  readonly workspaceId?: string;
  readonly projectId?: string;
  readonly campaignId?: string;
  readonly subjectId?: string;
}

/** The product and the receivers of its webhooks, in a workspace of its own for each test. Call it in a describe block. */
export function webhookWorld() {
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

  const subscribe = async (answer?: AnswerTo, eventTypes: readonly string[] = ['*'], more: object = {}): Promise<Endpoint> => {
    const receiver = await startReceiver(answer);
    receivers.push(receiver);
    const { body } = await test
      .as(owner.key)
      .post('/webhook-endpoints', { url: receiver.url, eventTypes, ...more })
      .expect(201);
    const { id, secret } = body as { id: string; secret: string };
    return { id, secret, receiver };
  };

  /** @returns the webhook-id that its deliveries have */
  const emit = async (type = 'backlink.live', over: EmittedEvent = {}): Promise<string> => (await emitMany(1, type, over))[0] ?? '';

  const emitMany = async (count: number, type: string, { subjectId, ...over }: EmittedEvent = {}): Promise<string[]> => {
    const place = { workspaceId: owner.workspaceId, projectId: null, campaignId: null, opportunityId: null };
    const events = Array.from({ length: count }, () => ({
      ...{ id: newId(), type, at: test.clock.now(), ...place, ...over },
      data: { object: { type: 'backlink', id: subjectId ?? newId() } },
    }));
    await test.db.transaction((tx) => appendEvents(tx, events));
    return events.map(({ id }) => `evt_${id}`);
  };

  const dispatch = async (): Promise<void> => {
    await settled(test.db);
    await test.run('dispatch');
  };

  const deliver = async (): Promise<void> => {
    await dispatch();
    await test.run('deliver');
  };

  const later = async (ms: number): Promise<void> => {
    test.clock.advance(ms);
    await deliver();
  };

  const endpoint = async ({ id }: Endpoint) => (await test.as(owner.key).get(`/webhook-endpoints/${id}`).expect(200)).body as Record<string, unknown>;
  const deliveries = async ({ id }: Endpoint) =>
    ((await test.as(owner.key).get(`/webhook-endpoints/${id}/deliveries`).expect(200)).body as { data: Record<string, unknown>[] }).data;

  return {
    get test() {
      return test;
    },
    get owner() {
      return owner;
    },
    ...{ subscribe, emit, emitMany, dispatch, deliver, later, endpoint, deliveries },
  };
}

/** The webhook-ids that came in, oldest first. */
export const idsOf = ({ receiver }: Endpoint): string[] => receiver.posts.map(({ id }) => id);
