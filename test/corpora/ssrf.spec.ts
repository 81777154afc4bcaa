import { PageFetcher } from '../../src/platform/web-fetch/net/page-fetcher.js';
import { corpusRows, describeCorpus } from '../support/corpora.js';
import { startLoopbackDns, type LoopbackDns } from '../support/loopback-dns.js';

// The names in the list lead inside in the wild; here a DNS server of our own says so, and nothing is asked outside.
describeCorpus('URLs that try to reach inside', () => {
  const rows = corpusRows<{ url: string }>('ssrf.jsonl').map(({ url }) => url);
  let dns: LoopbackDns;
  let fetcher: PageFetcher;

  beforeAll(async () => {
    dns = await startLoopbackDns(() => ['10.11.12.13']);
    fetcher = new PageFetcher({ allowCidrs: [], forbiddenPorts: [], dnsServers: [dns.address], userAgent: 'Linkwright test' });
  });

  afterAll(async () => {
    await fetcher.close();
    dns.close();
  });

  it('are all refused before anything is stored', async () => {
    const answers = await Promise.all(rows.map(async (url) => [url, await fetcher.resolveTarget(url)]));

    expect(answers.length).toBeGreaterThanOrEqual(240);
    expect(answers.filter(([, answer]) => answer !== 'not_public')).toEqual([]);
  });

  it('are all refused by the connection itself', async () => {
    const outcomes = await Promise.all(rows.map(async (url) => [url, await fetcher.fetchPage(url)] as const));

    expect(outcomes.filter(([, outcome]) => outcome.kind !== 'failure' || outcome.code !== 'TARGET_NOT_PUBLIC')).toEqual([]);
  });

  it('are refused as webhook endpoints too', async () => {
    const posts = await Promise.all(
      rows.map(async (url) => [url, await fetcher.postJson(url, { headers: {}, body: '{}', timeoutMs: 2000 })] as const),
    );

    expect(posts.filter(([, post]) => post.kind !== 'failure' || post.code !== 'TARGET_NOT_PUBLIC')).toEqual([]);
  });
});
