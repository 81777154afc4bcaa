import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { PageFetcher, type PageFetcherOptions } from '../../src/platform/web-fetch/net/page-fetcher.js';
import { startLoopbackDns } from '../support/loopback-dns.js';

const USER_AGENT = 'Linkwright test (+https://linkwright.test/bot)';
const PAGE = '<!doctype html><title>Tea</title><p>Größe <a href="/x">x</a>';

let server: Server;
let port: number;
let handler: RequestListener = (_request, response) => response.end();
let fetchers: PageFetcher[] = [];

function fetcherWith(over: Partial<PageFetcherOptions> = {}): PageFetcher {
  const fetcher = new PageFetcher({ allowCidrs: ['127.0.0.1/32'], forbiddenPorts: [], dnsServers: [], userAgent: USER_AGENT, ...over });
  fetchers.push(fetcher);
  return fetcher;
}

function url(path: string, host = '127.0.0.1'): string {
  return `http://${host}:${port}${path}`;
}

function serve(headers: Record<string, string | string[]>, body: string | Buffer): void {
  handler = (_request, response) => response.writeHead(200, headers).end(body);
}

beforeAll(async () => {
  server = createServer((request, response) => {
    handler(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  await Promise.all(fetchers.map((fetcher) => fetcher.close()));
  fetchers = [];
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('fetchPage', () => {
  it('keeps the body, the headers that count and the address it came from', async () => {
    let agent: string | undefined;
    handler = (request, response) => {
      agent = request.headers['user-agent'];
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'x-robots-tag': ['googlebot: noindex', 'nofollow'],
        'set-cookie': 'a=b',
      });
      response.end(PAGE);
    };

    const outcome = await fetcherWith().fetchPage(url('/a?b=c#d'));

    expect(outcome).toMatchObject({
      kind: 'page',
      status: 200,
      finalUrl: url('/a?b=c#d'),
      chain: [{ status: 200 }],
      headers: { 'content-type': ['text/html; charset=utf-8'], 'x-robots-tag': ['googlebot: noindex', 'nofollow'] },
      isHtml: true,
      truncated: false,
      body: PAGE,
      fetchedFromIp: '127.0.0.1',
    });
    expect(outcome).not.toHaveProperty('headers.set-cookie');
    expect(agent).toBe(USER_AGENT);
  });

  it('records every redirect and stops after ten', async () => {
    handler = (request, response) => {
      const step = Number(request.url?.slice(1));
      if (step === 0) response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
      else response.writeHead(step % 2 === 0 ? 301 : 307, { location: `/${step - 1}` }).end();
    };

    const three = await fetcherWith().fetchPage(url('/3'));
    const ten = await fetcherWith().fetchPage(url('/10'));
    const eleven = await fetcherWith().fetchPage(url('/11'));

    expect(three).toMatchObject({ finalUrl: url('/0') });
    expect(three.chain).toEqual([
      { url: url('/3'), status: 307 },
      { url: url('/2'), status: 301 },
      { url: url('/1'), status: 307 },
      { url: url('/0'), status: 200 },
    ]);
    expect(ten).toMatchObject({ kind: 'page' });
    expect(eleven).toMatchObject({ kind: 'failure', code: 'TOO_MANY_REDIRECTS' });
  });

  it('follows a redirect whose address is in plain UTF-8', async () => {
    handler = (request, response) => {
      if (request.url !== '/') response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
      else response.writeHead(301, { location: Buffer.from('/größe').toString('latin1') }).end();
    };

    expect(await fetcherWith().fetchPage(url('/'))).toMatchObject({ finalUrl: url('/gr%C3%B6%C3%9Fe') });
  });

  it.each([
    ['an inner address', () => `http://127.0.0.2:${port}/`],
    ['a metadata address that the settings open', () => 'http://169.254.169.254/latest/'],
    ['another scheme', () => 'file:///etc/passwd'],
    ['a URL with credentials', () => `http://user:secret@127.0.0.1:${port}/`],
  ])('does not follow a redirect to %s', async (_, location) => {
    handler = (_request, response) => response.writeHead(302, { location: location() }).end();

    const outcome = await fetcherWith({ allowCidrs: ['127.0.0.1/32', '169.254.0.0/16'] }).fetchPage(url('/start'));

    expect(outcome).toMatchObject({ kind: 'failure', code: 'TARGET_NOT_PUBLIC', chain: [{ url: url('/start'), status: 302 }] });
  });

  it('never connects to a forbidden port of an opened range', async () => {
    expect(await fetcherWith({ forbiddenPorts: [port] }).fetchPage(url('/'))).toMatchObject({ code: 'TARGET_NOT_PUBLIC' });
  });

  it('refuses a name of which one answer is inner, and asks a name only once for check and use', async () => {
    const dns = await startLoopbackDns((name, times) => {
      if (name === 'mixed.test') return ['127.0.0.1', '10.0.0.1'];
      return name === 'rebind.test' ? [times === 0 ? '127.0.0.1' : '127.0.0.2'] : [];
    });
    serve({ 'content-type': 'text/html' }, PAGE);
    const fetcher = fetcherWith({ dnsServers: [dns.address] });

    const mixed = await fetcher.fetchPage(url('/', 'mixed.test'));
    const rebind = await fetcher.fetchPage(url('/', 'rebind.test'));
    const unknown = await fetcher.fetchPage(url('/', 'nowhere.test'));
    dns.close();

    expect(mixed).toMatchObject({ code: 'TARGET_NOT_PUBLIC' });
    expect(rebind).toMatchObject({ kind: 'page', fetchedFromIp: '127.0.0.1' });
    expect(dns.asked.filter((name) => name === 'rebind.test')).toHaveLength(1);
    expect(unknown).toMatchObject({ code: 'DNS_FAIL' });
  });

  it.each([
    ['gzip', gzipSync(PAGE)],
    ['br', brotliCompressSync(PAGE)],
    ['zstd', zstdCompressSync(PAGE)],
    ['deflate', deflateSync(PAGE)],
    ['gzip, br', brotliCompressSync(gzipSync(PAGE))],
    ['none-such', Buffer.from(PAGE)],
  ])('reads a body encoded with %s', async (encoding, body) => {
    serve({ 'content-type': 'text/html; charset=utf-8', 'content-encoding': encoding }, body);

    expect(await fetcherWith().fetchPage(url('/'))).toMatchObject({ kind: 'page', truncated: false, body: PAGE });
  });

  it.each([
    ['plain', 'identity', (text: string) => Buffer.from(text)],
    ['gzip', 'gzip', (text: string) => gzipSync(text)],
    ['br', 'br', (text: string) => brotliCompressSync(text)],
    ['zstd', 'zstd', (text: string) => zstdCompressSync(text)],
  ])('keeps the beginning of a body that is too long once decompressed: %s', async (_, encoding, compress) => {
    serve({ 'content-type': 'text/html', 'content-encoding': encoding }, compress(`<p>start${'x'.repeat(20_000_000)}`));

    const outcome = await fetcherWith({ limits: { maxBytes: 100_000 } }).fetchPage(url('/'));

    expect(outcome).toMatchObject({ kind: 'page', truncated: true });
    expect(outcome.kind === 'page' && outcome.body.length).toBe(100_000);
  });

  it.each([
    ['plain', {}, Buffer.from('<p>seen')],
    ['gzip', { 'content-encoding': 'gzip' }, gzipSync(`<p>seen${Math.PI}`.repeat(100)).subarray(0, 40)],
  ])('keeps what came before the connection broke: %s', async (_, headers, beginning) => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '100000', ...headers });
      response.write(beginning, () => response.destroy());
    };

    const outcome = await fetcherWith().fetchPage(url('/'));

    expect(outcome).toMatchObject({ kind: 'page', truncated: true, body: expect.stringContaining('<p>seen') });
  });

  it.each([
    ['the header', 'text/html; charset=windows-1252', Buffer.from('<p>Gr\xf6\xdfe', 'latin1')],
    ['a meta', 'text/html', Buffer.from('<meta charset=iso-8859-1><p>Gr\xf6\xdfe', 'latin1')],
    ['a byte order mark', 'text/html; charset=windows-1252', Buffer.from('\ufeff<p>Größe')],
    ['the header, a NUL in it made visible', 'text/html; charset=utf-8', Buffer.from('\0<p>Größe')],
    ['UTF-16', 'text/html', Buffer.from('\ufeff<p>Größe', 'utf16le')],
    ['nothing, in UTF-8', 'text/html', Buffer.from('<p>Größe')],
    ['nothing, in windows-1252', 'text/html', Buffer.from('<p>Gr\xf6\xdfe', 'latin1')],
  ])('decodes the text by %s', async (_, type, body) => {
    serve({ 'content-type': type }, body);

    expect(await fetcherWith().fetchPage(url('/'))).toMatchObject({ body: expect.stringMatching(/^[^\0]*<p>Größe$/) });
  });

  it.each([
    ['application/pdf', '%PDF-1.7', false],
    ['text/html', '  \n', false],
  ])('says that %s %j is no HTML', async (type, body, isHtml) => {
    serve({ 'content-type': type }, body);

    expect(await fetcherWith().fetchPage(url('/'))).toMatchObject({ kind: 'page', isHtml });
  });

  it('gives up when the first byte or the end does not come in time', async () => {
    handler = () => undefined;
    const silent = await fetcherWith({ limits: { firstByteMs: 50 } }).fetchPage(url('/'));
    handler = (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).write('<p>…');
    const endless = await fetcherWith({ limits: { totalMs: 100 } }).fetchPage(url('/'));

    expect(silent).toMatchObject({ kind: 'failure', code: 'TIMEOUT' });
    expect(endless).toMatchObject({ kind: 'failure', code: 'TIMEOUT' });
  });

  it('tells a refused connection from a broken handshake', async () => {
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const freePort = (closed.address() as AddressInfo).port;
    closed.close();
    await once(closed, 'close');

    expect(await fetcherWith().fetchPage(`http://127.0.0.1:${freePort}/`)).toMatchObject({ code: 'CONNECT_FAIL' });
    expect(await fetcherWith().fetchPage(`https://127.0.0.1:${port}/`)).toMatchObject({ code: 'TLS_FAIL' });
  });

  it('throws only when the caller gives up', async () => {
    handler = () => undefined;

    await expect(fetcherWith().fetchPage(url('/'), { signal: AbortSignal.timeout(30) })).rejects.toThrow(/timeout/);
  });
});

describe('resolveTarget', () => {
  it.each([
    ['http://8.8.8.8/', 'public'],
    ['https://[2606:4700::1111]/', 'public'],
    ['http://127.0.0.1/', 'public'], // opened by allowCidrs
    ['http://localhost/', 'not_public'],
    ['http://10.0.0.1/', 'not_public'],
    ['https://user@8.8.8.8/', 'not_public'],
    ['ftp://8.8.8.8/', 'not_public'],
    ['not a url', 'not_public'],
  ])('says of %s: %s', async (target, answer) => {
    expect(await fetcherWith().resolveTarget(target)).toBe(answer);
  });

  it('leaves a name that does not resolve for later', async () => {
    const dns = await startLoopbackDns(() => []);
    const answer = await fetcherWith({ dnsServers: [dns.address] }).resolveTarget('https://not-yet.test/');
    dns.close();

    expect(answer).toBe('unresolved');
  });
});

describe('postJson', () => {
  it('hands over body and headers and gives the answer as it is', async () => {
    let received = '';
    handler = (request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.toString()));
      request.on('end', () =>
        response.writeHead(429, { 'retry-after': '120' }).end(`${request.headers['webhook-id'] as string} ${'x'.repeat(5000)}`),
      );
    };

    const outcome = await fetcherWith().postJson(url('/hook'), { headers: { 'webhook-id': 'msg_1' }, body: '{"a":1}', timeoutMs: 5000 });

    expect(received).toBe('{"a":1}');
    expect(outcome).toMatchObject({ kind: 'answer', status: 429, retryAfter: '120', bodyStart: expect.stringMatching(/^msg_1 x{2042}$/) });
  });

  it('does not follow a redirect', async () => {
    handler = (_request, response) => response.writeHead(302, { location: '/other' }).end();

    expect(await fetcherWith().postJson(url('/hook'), { headers: {}, body: '{}', timeoutMs: 5000 })).toMatchObject({ kind: 'answer', status: 302 });
  });

  it('fails with a code', async () => {
    handler = () => undefined;
    const post = { headers: {}, body: '{}', timeoutMs: 50 };

    expect(await fetcherWith().postJson(url('/hook'), post)).toMatchObject({ kind: 'failure', code: 'TIMEOUT' });
    expect(await fetcherWith({ allowCidrs: [] }).postJson(url('/hook'), post)).toMatchObject({ kind: 'failure', code: 'TARGET_NOT_PUBLIC' });
  });
});
