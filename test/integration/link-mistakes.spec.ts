import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { judgeLink, type Judgement } from '../../src/domain/link-judge.js';
import { extractPageFacts } from '../../src/platform/web-fetch/html/page-facts.js';
import { PageFetcher } from '../../src/platform/web-fetch/net/page-fetcher.js';
import { siteKeyOf } from '../../src/platform/web-fetch/registrable-domain.js';

const TARGET = 'https://shop.test/foo';
const LINK = `<a href="${TARGET}">shop</a>`;
const WORDS = '<p>Some honest words about tea, and then some more. '.repeat(60);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const html =
  (body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(body);

const status =
  (code: number): Answer =>
  (_request, response) =>
    response.writeHead(code, { 'content-type': 'text/html' }).end(WORDS);

describe('a check of a page', () => {
  let server: Server;
  let answer: Answer;
  let origin: string;
  let fetcher: PageFetcher;

  beforeAll(async () => {
    server = createServer((request, response) => {
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const limits = { firstByteMs: 100, maxBytes: 200_000 };
    fetcher = new PageFetcher({ allowCidrs: ['127.0.0.1/32'], forbiddenPorts: [], dnsServers: [], userAgent: 'Linkwright test', limits });
  });

  afterAll(async () => {
    await fetcher.close();
    server.closeAllConnections();
    server.close();
  });

  async function check(path: string, given: Answer, expected: Partial<Parameters<typeof judgeLink>[0]['expected']> = {}): Promise<Judgement> {
    answer = given;
    const sourceUrl = origin + path;
    const outcome = await fetcher.fetchPage(sourceUrl);
    return judgeLink({
      sourceUrl,
      targetUrl: TARGET,
      fetch: outcome,
      ...(outcome.kind === 'page' && outcome.isHtml && { page: extractPageFacts(outcome.body, outcome.finalUrl) }),
      expected: { rel: 'any', ...expected },
      rules: { siteOf: (url) => siteKeyOf(url, { allowedInnerHost: (host) => fetcher.opensInnerHost(host) }) },
      now: new Date('2026-11-22T09:00:00Z'),
    });
  }

  // The thirteen mistakes that link checkers make in the wild, by their names. What needs a memory stands in backlink-checks.spec.ts: lost
  // links never looked at again ("suspects, loses once, and finds again"), a failed fetch overwriting what was known ("has bad days …").
  it.each<[string, Answer, Judgement['verdict'], string[]]>([
    ['a timeout counted as lost', () => undefined, 'unknown', ['TIMEOUT']],
    ['a 5xx counted as lost', status(503), 'unknown', ['HTTP_5XX', 'LINK_NOT_FOUND']],
    ['a failed fetch taken for a page without the link', (request) => request.socket.destroy(), 'unknown', ['CONNECT_FAIL']],
    ['relative hrefs skipped, or base ignored', html(`<base href="https://shop.test/x/">${WORDS}<a href="../foo">shop</a>`), 'live', []],
    ['/foo satisfied by /foobar', html(`${WORDS}<a href="${TARGET}bar">shop</a>`), 'not_live', ['WRONG_TARGET_PATH']],
    [
      'the first match decides though a better one follows',
      html(`${WORDS}<a href="${TARGET}bar">shop</a><a href="${TARGET}" rel="nofollow">no</a>${LINK}`),
      'live',
      ['DUPLICATE_MATCHES'],
    ],
    [
      'rel read as one value, by substring',
      html(`${WORDS}<a href="${TARGET}" rel="UGC,NoFollow notsponsored">shop</a>`),
      'live',
      ['REL_NOFOLLOW', 'REL_UGC'],
    ],
    ['line-height:0 taken for hidden', html(`${WORDS}<div style="line-height:0;line-height:0.9">${LINK}</div>`), 'live', []],
    ['meta robots case-sensitive', html(`<META NAME="ROBOTS" CONTENT="NoIndex">${WORDS}${LINK}`), 'live', ['NOINDEX_META']],
    ['X-Robots-Tag unread', html(WORDS + LINK, { 'x-robots-tag': 'googlebot: noindex' }), 'live', ['NOINDEX_HEADER']],
    ['a body cut, then lost', html(WORDS + 'x'.repeat(300_000) + LINK), 'unknown', ['TRUNCATED', 'LINK_NOT_FOUND']],
    [
      'inner addresses fetched',
      (_request, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
      'unknown',
      ['TARGET_NOT_PUBLIC'],
    ],
    ['an address without a scheme skipped', html(`${WORDS}<a href=//shop.test/foo>shop</a>`), 'live', []],
  ])('does not make the mistake: %s', async (_, given, verdict, reasonCodes) => {
    expect(await check('/page', given)).toMatchObject({ verdict, reasonCodes });
  });

  // Pages that are not the page: each once brought a false loss.
  it.each<[string, Answer, string[]]>([
    ['a wall with a long text', html(`<title>Just a moment...</title>${WORDS}`), ['CHALLENGE', 'LINK_NOT_FOUND']],
    ['a wall by its script', html(`<script>window._cf_chl_opt={}</script>${WORDS}`), ['CHALLENGE', 'LINK_NOT_FOUND']],
    [
      'a heading that says not found, in typographer’s marks, above a long text',
      html(`<h1>Oops! That page can’t be found.</h1>${WORDS}`),
      ['SOFT_404', 'LINK_NOT_FOUND'],
    ],
    [
      'an app with a little text beside its script',
      html(`<div id=__next>${'Boilerplate. '.repeat(115)}</div><script>${'x'.repeat(50_000)}</script>`),
      ['JS_SUSPECTED', 'LINK_NOT_FOUND'],
    ],
    [
      'a notice that scripts are needed',
      html(`<noscript>Please enable JavaScript.</noscript><script></script>${'Words. '.repeat(200)}`),
      ['JS_SUSPECTED', 'LINK_NOT_FOUND'],
    ],
    ['a form beside a long text', html(`<title>Log in</title>${WORDS}<input type=password>`), ['LOGIN_WALL', 'LINK_NOT_FOUND']],
    ['a parking page with a long list', html(`${WORDS}<script src="//img.sedoparking.com/x.js"></script>`), ['PARKED', 'LINK_NOT_FOUND']],
    ['a page that loads itself until its cookie is there', html(`<meta http-equiv=refresh content=2>${WORDS}`), ['CHALLENGE', 'LINK_NOT_FOUND']],
  ])('is no loss: %s', async (_, given, reasonCodes) => {
    expect(await check('/page', given)).toMatchObject({ verdict: 'unknown', reasonCodes });
  });

  it('follows a page that sends its readers on, and records the hop', async () => {
    const moved: Answer = (request, response) => {
      html(request.url === '/old' ? '<meta http-equiv=refresh content="0;url=/new">Moved.' : WORDS + LINK)(request, response);
    };

    expect(await check('/old', moved)).toMatchObject({ verdict: 'live', reasonCodes: ['REDIRECTED_SAME_SITE'] });
    expect((await fetcher.fetchPage(`${origin}/old`)).chain).toEqual([
      { url: `${origin}/old`, status: 200, refresh: true },
      { url: `${origin}/new`, status: 200 },
    ]);
  });

  it.each([
    ['an inner address', 'http://10.0.0.1/', 'TARGET_NOT_PUBLIC'],
    ['pages that send back and forth', '/page?again', 'CONNECT_FAIL'],
  ])('never calls it a loss when a page sends its readers to %s', async (_, to, code) => {
    const onward: Answer = (request, response) => {
      html(`<meta http-equiv=refresh content="0;url=${request.url?.includes('again') ? to.replace('?again', '') : to}">`)(request, response);
    };

    expect(await check('/page', onward)).toMatchObject({ verdict: 'unknown', reasonCodes: [code] });
  });

  it('takes an error for what it is, wherever the page sends its readers', async () => {
    const gone: Answer = (_request, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<meta http-equiv=refresh content="0;url=/">');

    expect(await check('/page', gone)).toMatchObject({ verdict: 'not_live', reasonCodes: ['HTTP_404', 'LINK_NOT_FOUND'] });
  });

  it('does not make the mistake: always UTF-8', async () => {
    const body = Buffer.from(`${WORDS}<a href="${TARGET}">Gr\xf6\xdfe</a>`, 'latin1');

    const { verdict, compliance } = await check('/page', html(body, { 'content-type': 'text/html; charset=iso-8859-1' }), { anchor: 'größe' });

    expect({ verdict, compliance }).toEqual({ verdict: 'live', compliance: { status: 'ok', codes: [] } });
  });

  it('does not make the mistake: redirects unrecorded', async () => {
    const moved: Answer = (request, response) => {
      if (request.url === '/old') response.writeHead(301, { location: '/new' }).end();
      else html(WORDS + LINK)(request, response);
    };

    expect(await check('/old', moved)).toMatchObject({ verdict: 'live', reasonCodes: ['REDIRECTED_SAME_SITE'], compliance: { status: 'ok' } });
  });

  it('gives nofollow, other words and noindex in one result', async () => {
    const body = `<meta name=robots content=noindex>${WORDS}<a href="${TARGET}" rel=nofollow>shop</a>`;

    expect(await check('/page', html(body), { anchor: 'green tea', rel: ['follow'] })).toMatchObject({
      verdict: 'live',
      reasonCodes: ['NOINDEX_META', 'ANCHOR_MISMATCH', 'REL_NOFOLLOW'],
      compliance: { status: 'violated', codes: ['NOINDEX_META', 'ANCHOR_MISMATCH', 'REL_NOFOLLOW'] },
    });
  });
});
