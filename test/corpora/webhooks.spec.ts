import { existsSync, readFileSync } from 'node:fs';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { keyOf, newWebhookSecret, signatureHeaders } from '../../src/modules/webhooks/delivery/webhook-signer.service.js';
import { corpusPath, corpusRows, describeCorpus } from '../support/corpora.js';
import { startLoopbackDns, type LoopbackDns } from '../support/loopback-dns.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

interface Vector {
  readonly id: string;
  readonly secret: string;
  readonly msg_id: string;
  readonly timestamp: number;
  readonly payload: string;
  readonly signature: string;
}

const VECTORS = corpusPath('webhooks', 'vectors.json');

describeCorpus('the vectors of Standard Webhooks', () => {
  const vectors = existsSync(VECTORS) ? (JSON.parse(readFileSync(VECTORS, 'utf8')) as Vector[]) : [];

  it.each(vectors)('$id is signed as it says', ({ secret, msg_id: id, timestamp, payload: body, signature }) => {
    const at = new Date(timestamp * 1000);

    expect(signatureHeaders({ id, body, at }, [keyOf(secret)])).toEqual({
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature,
    });
  });
});

describe('signatures of ours', () => {
  const [present, old] = [newWebhookSecret(), newWebhookSecret()];
  const sign = (body: string, secrets: readonly string[]) => signatureHeaders({ id: 'evt_1', body, at: new Date(Date.now()) }, secrets.map(keyOf));

  it.each(['{}', '{"name":"茶 🍵"}', '', ' '.repeat(20_000)])('are accepted by both libraries with either secret: %#', (body) => {
    const headers = sign(body, [present, old]);

    for (const secret of [present, old]) {
      expect(() => new StandardWebhook(secret).verify(body, headers, { jsonParse: false })).not.toThrow();
      expect(() => {
        new SvixWebhook(secret).verify(body, headers);
      }).not.toThrow();
    }
  });

  it('are refused by both with another secret and for another body', () => {
    const headers = sign('{}', [present]);

    for (const Library of [StandardWebhook, SvixWebhook]) {
      expect(() => void new Library(old).verify('{}', headers)).toThrow('No matching signature');
      expect(() => void new Library(present).verify('{ }', headers)).toThrow('No matching signature');
    }
  });
});

// The names in the list lead inside in the wild; here a DNS server of our own says so, and nothing is asked outside.
describeCorpus('webhook endpoints that try to reach inside', () => {
  const urls = corpusRows<{ url: string }>('ssrf.jsonl').map(({ url }) => url);
  let dns: LoopbackDns;
  let test: TestApp;

  beforeAll(async () => {
    dns = await startLoopbackDns(() => ['10.11.12.13']);
    test = await createTestApp({ env: { FETCH_ALLOW_CIDRS: '', DNS_SERVERS: dns.address } });
  });

  afterAll(async () => {
    await test.close();
    dns.close();
  });

  it('are refused when they are made and when they are changed', async () => {
    const as = test.as(test.owner.key);
    const { body } = await as.post('/webhook-endpoints', { url: 'https://8.8.8.8/', eventTypes: ['*'] }).expect(201);
    const path = `/webhook-endpoints/${(body as { id: string }).id}`;
    const wrong: string[] = [];

    for (const url of urls) {
      const made = await as.post('/webhook-endpoints', { url, eventTypes: ['*'] });
      const changed = await as.patch(path, { url }, '*');
      for (const answer of [made, changed]) if (answer.status !== 422 && answer.status !== 400) wrong.push(`${answer.status} ${url}`);
    }

    expect(urls.length).toBeGreaterThanOrEqual(240);
    expect(wrong).toEqual([]);
    const list = (await as.get('/webhook-endpoints').expect(200)).body as { data: { url: string }[] };
    expect(list.data.map(({ url }) => url)).toEqual(['https://8.8.8.8/']);
  }, 60_000);
});
