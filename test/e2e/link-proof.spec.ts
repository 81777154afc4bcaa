import { HOUR_MS } from '../../src/platform/clock.js';
import { article } from '../support/fixture-site.js';
import { linkWatch, TARGET } from '../support/link-watch.js';
import { makeBacklink } from '../support/factories.js';

const NASTY = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}';

describe('the proof of a link', () => {
  const watch = linkWatch();
  const get = (path: string) => watch.test.as(watch.test.owner.key).get(path);
  const checked = async (body: string): Promise<{ id: string; checkId: string; path: string }> => {
    const { id, path } = await watch.reported(article(body));
    await watch.look();
    return { id, path, checkId: (await watch.read(id)).lastCheckId };
  };

  it('is one check with all its evidence', async () => {
    const { id, checkId, path } = await checked(`<a href="${TARGET}" rel=ugc>the guide</a>`);

    const { body } = await get(`/backlinks/${id}/checks/${checkId}`).expect(200);

    expect(body).toMatchObject({
      ...{ id: checkId, verdict: 'live', httpStatus: 200, finalUrl: watch.site.origin + path, rel: ['ugc'] },
      compliance: { status: 'ok', codes: [] },
      evidence: {
        headers: { 'content-type': [expect.stringContaining('text/html')] },
        bodyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        ...{ truncated: false, timingMs: expect.any(Number), ip: '127.0.0.1', agent: expect.stringContaining('Linkwright'), failure: null },
        ...{ notModified: false, readAt: null, httpVersion: '1.1', tls: null, robots: 'not_asked', directives: [], targets: [] },
      },
    });
  });

  it('is a file that shows what was seen, and carries its policy with it', async () => {
    const { id, checkId } = await checked(`<a href="${TARGET}">the guide</a>`);

    const { headers, text } = await get(`/backlinks/${id}/checks/${checkId}/proof`).expect(200);

    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-disposition']).toBe(`attachment; filename="link-proof-${checkId}.html"`);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; .*sandbox$/);
    const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/.exec(text)?.[1] ?? '';
    expect(headers['content-security-policy']).toContain(policy.replaceAll('&#x27;', "'").replaceAll('&#x3D;', '='));
    for (const shown of [checkId, TARGET, 'the guide', '127.0.0.1', 'The page was fetched, and it bore the link.']) expect(text).toContain(shown);
  });

  it('tells how a page was fetched that the server did not send again, and what it tells crawlers', async () => {
    const { id } = await watch.reported((request, response) => {
      const status = request.headers['if-none-match'] === '"one"' ? 304 : 200;
      const headers = { 'content-type': 'text/html', etag: '"one"', 'x-robots-tag': 'bingbot: noindex' };
      response.writeHead(status, headers).end(status === 200 ? article(`<a href="${TARGET}">the guide</a>`) : undefined);
    });
    await watch.look();
    const readAt = watch.test.clock.now().toISOString();
    await watch.look(2 * HOUR_MS);
    const checkId = (await watch.read(id)).lastCheckId;

    const { body } = await get(`/backlinks/${id}/checks/${checkId}`).expect(200);
    const { text } = await get(`/backlinks/${id}/checks/${checkId}/proof`).expect(200);

    expect(body.evidence).toMatchObject({
      ...{ notModified: true, readAt, robots: 'allowed', bodyHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      directives: [{ from: 'header', agent: 'bingbot', rules: ['noindex'] }],
    });
    for (const shown of [readAt, 'allows the look', 'bingbot, by header']) expect(text).toContain(shown);
  });

  it('does not let the page speak in it', async () => {
    const { id, checkId } =
      await checked(`<p>${NASTY.replaceAll('<', '&lt;')} <a href="${TARGET}" title='${NASTY}'>${NASTY.replaceAll('<', '&lt;')}</a>
      <a href="javascript:alert(3)//${TARGET}">the guide</a>`);

    const { text } = await get(`/backlinks/${id}/checks/${checkId}/proof`).expect(200);

    expect(text).toContain('&lt;script&gt;alert(1)');
    expect(text).toContain('{{7*7}}');
    expect(text).not.toMatch(/<script|<img|onerror\s*=\s*[a-z]|<iframe/i);
    expect([...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href).filter((href) => !/^https?:\/\//.test(href ?? ''))).toEqual([]);
  });

  it('is found only under its own link', async () => {
    const { id, checkId } = await checked(`<a href="${TARGET}">the guide</a>`);
    const other = await makeBacklink(watch.test.db, watch.test.owner.workspaceId, {});

    for (const end of ['', '/proof']) {
      await get(`/backlinks/${other.id}/checks/${checkId}${end}`).expect(404);
      await get(`/backlinks/${id}/checks/${other.id}${end}`).expect(404);
      await get(`/backlinks/${id}/checks/x${end}`).expect(400);
    }
  });
});
