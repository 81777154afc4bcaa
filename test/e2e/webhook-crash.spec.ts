import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { newWebhookSecret } from '../../src/modules/webhooks/delivery/webhook-signer.service.js';
import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { SecretBox } from '../../src/platform/secrets/secret-box.js';
import { BuiltWorker } from '../support/built-worker.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startReceiver, verified, type Receiver } from '../support/webhook-receiver.js';

// The built product itself is killed here: `npm run build` must be up to date.

/** Two processes are started, on whatever machine this is. */
const PATIENCE_MS = 180_000;

describe('a worker that is killed between the post and the note of its outcome', () => {
  let database: TestDatabase;
  let db: DataSource;
  let receiver: Receiver;
  const workers: BuiltWorker[] = [];
  const key = randomBytes(32).toString('base64');
  const [workspaceId, endpointId, secret] = [newId(), newId(), newWebhookSecret()];

  beforeAll(async () => {
    database = await createTestDatabase();
    db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    receiver = await startReceiver((_, earlier) => (earlier.length === 0 ? new Promise<never>(() => undefined) : { status: 200 }));
    await db.query(`INSERT INTO workspaces (id, name, created_at) VALUES ($1, 'Tea links', now())`, [workspaceId]);
    await db.query(
      `INSERT INTO webhook_endpoints (workspace_id, id, url, event_types, secret_sealed, created_at) VALUES ($1, $2, $3, '{*}', $4, now())`,
      [workspaceId, endpointId, receiver.url, new SecretBox(key).seal(secret, `webhook.secret:${endpointId}`)],
    );
  });

  afterAll(async () => {
    for (const worker of workers) await worker.kill();
    await receiver.close();
    await db.destroy();
    await database.drop();
  });

  const startWorker = (): BuiltWorker => {
    const worker = new BuiltWorker({ DATABASE_URL: database.url, SECRET_KEY: key, FETCH_ALLOW_CIDRS: '127.0.0.0/8' });
    workers.push(worker);
    return worker;
  };
  const delivery = async (): Promise<{ state: string; attempts: number } | undefined> =>
    (
      await db.query<{ state: string; attempts: number }[]>('SELECT state, attempts FROM webhook_deliveries WHERE workspace_id = $1', [workspaceId])
    )[0];

  it(
    'leaves it to the next one, which delivers it under the same id',
    async () => {
      const id = newId();
      const place = { projectId: null, campaignId: null, opportunityId: null };
      const event = {
        id,
        workspaceId,
        type: 'message.sent',
        at: new Date('2026-11-02T10:00:00Z'),
        ...place,
        data: { object: { type: 'message', id } },
      };
      const first = startWorker();
      await db.transaction((tx) => appendEvents(tx, [event]));
      await first.until('the receiver has it', () => receiver.posts.length === 1);

      await first.kill();
      expect(await delivery()).toEqual({ state: 'sending', attempts: 1 });
      await db.query('INSERT INTO sandbox_clock (offset_seconds) VALUES (3600)'); // the claim has run out
      const second = startWorker();
      await second.until('it is delivered', async () => (await delivery())?.state === 'delivered');

      expect(receiver.posts.map((post) => post.id)).toEqual([`evt_${id}`, `evt_${id}`]);
      expect(verified(receiver.posts[1]!, secret)).toMatchObject({ id: `evt_${id}`, type: 'message.sent' });
      expect(await delivery()).toEqual({ state: 'delivered', attempts: 2 });
    },
    PATIENCE_MS,
  );
});
