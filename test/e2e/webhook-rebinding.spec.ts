import { startLoopbackDns, type LoopbackDns } from '../support/loopback-dns.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { startReceiver, type Receiver } from '../support/webhook-receiver.js';

// A name that was public when the endpoint was made, and leads inside when it is used (DNS rebinding). Nothing leaves this machine: the
// public answers are only ever checked, never connected to.
const PUBLIC = '93.184.216.34';

describe('the name of a webhook endpoint that lies', () => {
  let dns: LoopbackDns;
  let test: TestApp;
  let inner: Receiver;
  let answer: (name: string, timesAsked: number) => readonly string[];

  beforeAll(async () => {
    dns = await startLoopbackDns((name, timesAsked) => answer(name, timesAsked));
    inner = await startReceiver();
    test = await createTestApp({ env: { FETCH_ALLOW_CIDRS: '', DNS_SERVERS: dns.address } });
  });

  afterAll(async () => {
    await test.close();
    await inner.close();
    dns.close();
  });

  const lastError = async (id: string): Promise<unknown> => {
    const { body } = await test.as(test.owner.key).get(`/webhook-endpoints/${id}/deliveries`).expect(200);
    return (body as { data: Record<string, unknown>[] }).data[0]?.['lastError'];
  };

  it.each([
    ['an inner address', () => ['127.0.0.1']],
    ['an inner address among public ones', () => [PUBLIC, '10.0.0.1']],
    ['where clouds keep their credentials', () => ['169.254.169.254']],
  ])('is refused at the delivery when it has become %s', async (_, later) => {
    const { port } = new URL(inner.url);
    answer = () => [PUBLIC];
    const { body } = await test
      .as(test.owner.key)
      .post('/webhook-endpoints', { url: `https://hook.example:${port}/`, eventTypes: ['*'] })
      .expect(201);
    const { id } = body as { id: string };
    answer = later;
    const asked = dns.asked.length;

    await test.as(test.owner.key).post(`/webhook-endpoints/${id}/test`, {}).expect(202);
    await test.run('deliver');

    expect(await lastError(id)).toMatch(/^TARGET_NOT_PUBLIC/);
    expect(dns.asked.slice(asked)).toEqual(['hook.example']); // resolved once: what was checked is what is connected to
    expect(inner.posts).toEqual([]);
  });

  it('is refused at a change too', async () => {
    answer = () => [PUBLIC];
    const { body } = await test
      .as(test.owner.key)
      .post('/webhook-endpoints', { url: 'https://good.example/', eventTypes: ['*'] })
      .expect(201);
    answer = () => ['192.168.0.1'];

    const refused = await test
      .as(test.owner.key)
      .patch(`/webhook-endpoints/${(body as { id: string }).id}`, { url: 'https://bad.example/' }, '*')
      .expect(422);

    expect(refused.body).toMatchObject({ code: 'target_not_public', errors: [{ pointer: '/url' }] });
  });
});
