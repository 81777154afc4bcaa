import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { SECOND_MS } from '../../src/platform/clock.js';
import { Housekeeping } from '../../src/platform/jobs/housekeeping.service.js';
import { webhookWorld, type Endpoint } from '../support/webhook-world.js';

interface Delivery {
  readonly id: string;
  readonly body: string;
  readonly lastAnswer: string | null;
  readonly tries: readonly { request: { headers: Record<string, string> }; answer: string | null; [name: string]: unknown }[];
}

describe('the log of webhooks', () => {
  const world = webhookWorld();
  const { subscribe, emit, deliver, later } = world;

  const detail = async (endpoint: Endpoint): Promise<Delivery> => {
    const [delivery] = await world.deliveries(endpoint);
    const answer = await world.test
      .as(world.owner.key)
      .get(`/webhook-deliveries/${String(delivery?.['id'])}`)
      .expect(200);
    return answer.body as Delivery;
  };

  it('shows what was sent and every try, as the receiver saw it', async () => {
    const subscribed = await subscribe((_, earlier) => ({ status: earlier.length === 0 ? 500 : 200, body: `answer ${earlier.length + 1}` }));

    const id = await emit();
    await deliver();
    await later(6 * SECOND_MS);

    const delivery = await detail(subscribed);
    const { posts } = subscribed.receiver;
    expect(delivery.body).toBe(posts[0]?.body);
    expect(delivery.tries).toEqual([
      {
        ...{ number: 1, at: '2026-11-02T10:00:00.000Z', durationMs: expect.any(Number), status: 500, error: 'HTTP 500', answer: 'answer 1' },
        request: expect.anything(),
      },
      {
        ...{ number: 2, at: '2026-11-02T10:00:06.000Z', durationMs: expect.any(Number), status: 200, error: null, answer: 'answer 2' },
        request: expect.anything(),
      },
    ]);
    for (const [at, { request }] of delivery.tries.entries()) {
      expect(posts[at]?.headers).toMatchObject(request.headers);
      expect(request.headers['webhook-id']).toBe(id);
    }
    expect(JSON.stringify(delivery)).not.toContain(subscribed.secret);
  });

  it('holds signatures that both libraries of the standard accept', async () => {
    const subscribed = await subscribe();
    await emit();
    await deliver();

    const [post] = subscribed.receiver.posts;
    const headers = post?.headers as Record<string, string>;

    expect(new StandardWebhook(subscribed.secret).verify(post!.body, headers)).toMatchObject({ type: 'backlink.live' });
    expect(() => {
      new SvixWebhook(subscribed.secret).verify(post!.body, headers); // throws unless it is good
    }).not.toThrow();
    expect(() => {
      new SvixWebhook(subscribed.secret).verify(`${post!.body} `, headers);
    }).toThrow('No matching signature');
  });

  it.each([
    ['2,048 bytes of a long one', 'a'.repeat(5000), 'a'.repeat(2048)],
    ['whole characters', `a${'茶'.repeat(2000)}`, `a${'茶'.repeat(682)}`],
    ['what PostgreSQL can store', 'a\0b', 'a\uFFFDb'],
    ['nothing of an empty one', '', ''],
  ])('keeps of an answer %s', async (_, body, kept) => {
    const subscribed = await subscribe(() => ({ status: 200, body }));
    await emit();
    await deliver();

    const { lastAnswer, tries } = await detail(subscribed);

    expect(lastAnswer).toBe(kept);
    expect(tries).toMatchObject([{ answer: kept }]);
  });

  it('is for managers only', async () => {
    const subscribed = await subscribe();
    await emit();
    await deliver();
    const { id } = await detail(subscribed);
    const get = async (key: string, path: string) => (await world.test.as(key).get(path)).status;

    for (const role of ['member', 'viewer'] as const) {
      const key = await world.test.makeKey(role, { of: world.owner });
      expect([await get(key, `/webhook-deliveries/${id}`), await get(key, `/webhook-endpoints/${subscribed.id}/deliveries`)]).toEqual([403, 403]);
    }
    expect(await get(await world.test.makeKey('manager', { of: world.owner }), `/webhook-deliveries/${id}`)).toBe(200);
    expect(await get((await world.test.makeWorkspace()).key, `/webhook-deliveries/${id}`)).toBe(404);
  });

  it('is filtered by state and kind of event', async () => {
    const subscribed = await subscribe((post) => ({ status: post.body.includes('backlink.lost') ? 500 : 200 }));
    await emit('backlink.live');
    await emit('backlink.lost');
    await deliver();
    const read = async (query: string) => {
      const { body } = await world.test.as(world.owner.key).get(`/webhook-endpoints/${subscribed.id}/deliveries?${query}`).expect(200);
      return (body as { data: { eventType: string }[] }).data.map(({ eventType }) => eventType);
    };

    expect(await read('filter[state]=retrying')).toEqual(['backlink.lost']);
    expect(await read('filter[eventType]=backlink.live')).toEqual(['backlink.live']);
    expect(await read('filter[state]=delivered&filter[eventType]=backlink.lost')).toEqual([]);
  });

  it('is forgotten by the month', async () => {
    const months = async () => {
      const found: { name: string }[] = await world.test.db
        .query(`SELECT relname AS name FROM pg_class WHERE relname ~ '^(webhook_|events_|messages_)' AND relispartition
        AND relkind = 'r' AND relname ~ '_20(19|20)_'`);
      return found.map(({ name }) => name).sort();
    };
    for (const table of ['webhook_attempts', 'webhook_deliveries', 'events']) {
      await world.test.db.query(
        `CREATE TABLE ${table}_2020_01 PARTITION OF ${table} FOR VALUES FROM ('016f5e66-e800-0000-0000-000000000000') TO ('016ffe0c-8c00-0000-0000-000000000000')`,
      );
    }

    await world.test.app.get(Housekeeping).run();
    await world.test.app.get(Housekeeping).run();

    expect(await months()).toEqual(['events_2020_01']); // the history of a workspace is kept
    const [present] = await world.test.db.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM pg_class WHERE relname ~ '^webhook_attempts_20'`,
    );
    expect(present?.count).toBeGreaterThanOrEqual(3);
  });
});
