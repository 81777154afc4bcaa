import { once } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer, constants, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttpsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { PageFetcher, type PageFetcherOptions } from '../../src/platform/web-fetch/net/page-fetcher.js';
import { makeCertificate } from '../support/loopback-tls.js';

const PAGE = '<!doctype html><title>Tea</title><a href="/x">x</a>';
const made = makeCertificate();
const { key, cert } = made ?? { key: '', cert: '' };
const describeTls = made ? describe : describe.skip;

let open: { close(): void }[] = [];
const fetcherWith = (over: Partial<PageFetcherOptions> = {}): PageFetcher => {
  const fetcher = new PageFetcher({
    allowCidrs: ['127.0.0.1/32'],
    forbiddenPorts: [],
    dnsServers: [],
    userAgent: 'Linkwright test',
    ca: [cert],
    ...over,
  });
  open.push({ close: () => void fetcher.close() });
  return fetcher;
};
const listening = async (server: Server | Http2SecureServer | ReturnType<typeof createServer>, scheme = 'https'): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server);
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const http2 = (answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void): Http2SecureServer =>
  createSecureServer({ key, cert, allowHTTP1: true }, answer);

afterEach(() => {
  for (const each of open) each.close();
  open = [];
});

describeTls(`pages over TLS${made ? '' : ' (skipped: no openssl to make a certificate)'}`, () => {
  it('are fetched by HTTP/2 where the server speaks it, with the facts of the connection', async () => {
    let spoken = '';
    const origin = await listening(
      http2((request, response) => {
        spoken = request.httpVersion;
        response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip', 'x-robots-tag': 'noarchive' }).end(gzipSync(PAGE));
      }),
    );

    const outcome = await fetcherWith().fetchPage(`${origin}/a?b=c`);

    expect(spoken).toBe('2.0');
    expect(outcome).toMatchObject({
      ...{ kind: 'page', status: 200, body: PAGE, httpVersion: '2', fetchedFromIp: '127.0.0.1' },
      headers: { 'x-robots-tag': ['noarchive'] },
      tls: {
        protocol: 'TLSv1.3',
        cipher: expect.stringMatching(/^TLS_/),
        subject: 'Tea Test, tea.test',
        issuer: 'Tea Test, tea.test',
        validTo: expect.stringContaining('GMT'),
      },
    });
  });

  it('follow redirects and stop at the limit over HTTP/2, too', async () => {
    const origin = await listening(
      http2((request, response) => {
        if (request.url === '/end') response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${'x'.repeat(300_000)}`);
        else response.writeHead(301, { location: '/end' }).end();
      }),
    );

    const outcome = await fetcherWith({ limits: { maxBytes: 100_000 } }).fetchPage(`${origin}/start`);

    expect(outcome).toMatchObject({ kind: 'page', finalUrl: `${origin}/end`, truncated: true, chain: [{ status: 301 }, { status: 200 }] });
  });

  it('are fetched by HTTP/1.1 from servers that know no other', async () => {
    const origin = await listening(
      createHttpsServer({ key, cert }, (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)),
    );

    expect(await fetcherWith().fetchPage(origin)).toMatchObject({ kind: 'page', body: PAGE, httpVersion: '1.1', tls: { protocol: 'TLSv1.3' } });
  });

  it('are asked for again by HTTP/1.1 when the server breaks HTTP/2 off', async () => {
    const server = http2((request, response) => {
      if (request.httpVersion === '2.0') request.stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED);
      else response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    });

    expect(await fetcherWith().fetchPage(await listening(server))).toMatchObject({ kind: 'page', body: PAGE, httpVersion: '1.1' });
  });

  it('that never answer over HTTP/2 are out of time, not lost', async () => {
    const server = http2(() => undefined);

    expect(await fetcherWith({ limits: { firstByteMs: 200 } }).fetchPage(await listening(server))).toMatchObject({
      kind: 'failure',
      code: 'TIMEOUT',
    });
  });

  it('of a server that nobody vouches for are not read', async () => {
    const origin = await listening(http2((_request, response) => response.end(PAGE)));

    const fetcher = new PageFetcher({ allowCidrs: ['127.0.0.1/32'], forbiddenPorts: [], dnsServers: [], userAgent: 'Linkwright test' });
    const outcome = await fetcher.fetchPage(origin);
    await fetcher.close();

    expect(outcome).toMatchObject({ kind: 'failure', code: 'TLS_FAIL' });
  });

  it('leaves posts on HTTP/1.1', async () => {
    let spoken = '';
    const origin = await listening(http2((request, response) => ((spoken = request.httpVersion), response.end('ok'))));

    await fetcherWith().postJson(origin, { headers: {}, body: '{}', timeoutMs: 2000 });

    expect(spoken).toBe('1.1');
  });
});

describe('cookies of one fetch', () => {
  it('let a site come to an end that sets one and looks for it, and go to no other host', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await listening(
      createServer((request, response) => (seen.push(request.headers.cookie), response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE))),
      'http',
    );
    const site = await listening(
      createServer((request, response) => {
        const known = request.headers.cookie?.includes('seen=1') === true;
        if (request.url === '/leave') response.writeHead(302, { location: `${elsewhere}/x`, 'set-cookie': 'a=b' }).end();
        else if (known) response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
        else response.writeHead(302, { location: '/', 'set-cookie': ['seen=1; Path=/; HttpOnly', 'broken', 'only=tls; Secure'] }).end();
      }),
      'http',
    );
    const fetcher = fetcherWith();

    expect(await fetcher.fetchPage(`${site}/`)).toMatchObject({ kind: 'page', body: PAGE, chain: [{ status: 302 }, { status: 200 }] });
    expect(await fetcher.fetchPage(`${site}/`)).toMatchObject({ chain: [{ status: 302 }, { status: 200 }] }); // forgotten
    expect(await fetcher.fetchPage(`${site}/leave`)).toMatchObject({ kind: 'page' });
    expect(seen).toEqual([undefined]);
  });
});
