import { judgeLink, type JudgeInput } from './link-judge.js';
import type { FetchedHead, FetchFailureCode, LinkFact, PageFacts } from './page-facts.js';

const SOURCE = 'https://blog.test/tea';
const TARGET = 'https://shop.test/green';

const link: LinkFact = {
  href: TARGET,
  url: TARGET,
  tag: 'a',
  rel: [],
  anchorText: 'green tea',
  anchorFrom: 'text',
  place: 'anchor',
  hidden: false,
  context: 'the best green tea there is',
};
const page: PageFacts = {
  title: 'About tea',
  baseUrl: SOURCE,
  robotsMetas: [],
  canonicals: [],
  links: [link],
  linksCut: false,
  textStart: 'About tea '.repeat(200),
  visibleTextLength: 4000,
  headings: ['All about tea'],
  scriptCount: 3,
  inlineScriptLength: 900,
  scriptDataLength: 0,
  scriptStarts: [],
  loads: [],
  noscriptStart: '',
  hasPasswordField: false,
};
const head: FetchedHead = { kind: 'page', finalUrl: SOURCE, chain: [{ url: SOURCE, status: 200 }], status: 200, headers: {}, truncated: false };

interface Change {
  readonly head?: Partial<FetchedHead>;
  readonly page?: Partial<PageFacts>;
  readonly link?: Partial<LinkFact>;
  readonly expected?: Partial<JudgeInput['expected']>;
  readonly targetStatus?: number;
  readonly redirects?: readonly (readonly [string, string])[];
}

function judge(change: Change = {}) {
  return judgeLink({
    sourceUrl: SOURCE,
    targetUrl: TARGET,
    fetch: { ...head, ...change.head },
    page: { ...page, ...(change.link && { links: [{ ...link, ...change.link }] }), ...change.page },
    expected: { rel: 'any', ...change.expected },
    rules: { siteOf: (url) => URL.parse(url)?.hostname.split('.').slice(-2).join('.'), redirects: new Map(change.redirects) },
    now: new Date('2026-11-22T09:00:00Z'),
    ...(change.targetStatus !== undefined && { targetStatus: change.targetStatus }),
  });
}

const hop = (url: string) => ({
  finalUrl: url,
  chain: [
    { url: SOURCE, status: 301 },
    { url, status: 200 },
  ],
});
const empty = { links: [] };

describe('judgeLink', () => {
  it('says live, without a word, of the plain link', () => {
    expect(judge()).toMatchObject({
      verdict: 'live',
      reasonCodes: [],
      compliance: { status: 'ok', codes: [] },
      indexable: true,
      anchorText: 'green tea',
      rel: [],
      best: { level: 'exact', anchorMatch: 'unasked' },
    });
  });

  it.each<[string, Change, string, string[]]>([
    ['no link at all', { page: empty }, 'not_live', ['LINK_NOT_FOUND']],
    ['a link to another page of the site', { link: { url: `${TARGET}er` } }, 'not_live', ['WRONG_TARGET_PATH']],
    ['a look-alike', { link: { url: 'https://shop.test.evil.io/green' } }, 'not_live', ['WRONG_TARGET_SITE']],
    [
      'the agreed words, linked elsewhere',
      { link: { url: 'https://a.test/' }, expected: { anchor: 'Green  Tea' } },
      'not_live',
      ['WRONG_TARGET_SITE'],
    ],
    ['a link in a comment', { link: { place: 'comment' } }, 'not_live', ['IN_COMMENT']],
    ['a link in a template', { link: { place: 'template' } }, 'not_live', ['IN_TEMPLATE']],
    ['something like a link', { link: { place: 'non_anchor' } }, 'not_live', ['NOT_ANCHOR_ELEMENT']],
    ['a page that is gone', { head: { status: 404 }, page: empty }, 'not_live', ['HTTP_404', 'LINK_NOT_FOUND']],
    ['a page that is gone for good and still lists the link', { head: { status: 410 } }, 'not_live', ['HTTP_410']],
    [
      'a redirect to another site without the link',
      { head: hop('https://sold.test/'), page: empty },
      'not_live',
      ['REDIRECTED_OTHER_SITE', 'LINK_NOT_FOUND'],
    ],

    ['403', { head: { status: 403 }, page: empty }, 'unknown', ['HTTP_4XX', 'LINK_NOT_FOUND']],
    ['401', { head: { status: 401 }, page: empty }, 'unknown', ['HTTP_4XX', 'LOGIN_WALL', 'LINK_NOT_FOUND']],
    ['429', { head: { status: 429 }, page: empty }, 'unknown', ['HTTP_429', 'LINK_NOT_FOUND']],
    ['503', { head: { status: 503 }, page: empty }, 'unknown', ['HTTP_5XX', 'LINK_NOT_FOUND']],
    ['a challenge by header', { head: { headers: { 'cf-mitigated': ['challenge'] } }, page: empty }, 'unknown', ['CHALLENGE', 'LINK_NOT_FOUND']],
    [
      'a challenge by its words',
      { page: { ...empty, title: 'Just a moment...', visibleTextLength: 900 } },
      'unknown',
      ['CHALLENGE', 'LINK_NOT_FOUND'],
    ],
    ['a log-in form', { page: { ...empty, hasPasswordField: true, visibleTextLength: 900 } }, 'unknown', ['LOGIN_WALL', 'LINK_NOT_FOUND']],
    ['a body cut before the link', { head: { truncated: true }, page: empty }, 'unknown', ['TRUNCATED', 'LINK_NOT_FOUND']],
    ['a page that says it is not there', { page: { ...empty, title: 'Page not found' } }, 'unknown', ['SOFT_404', 'LINK_NOT_FOUND']],
    ['a parked domain', { page: { ...empty, textStart: 'Buy this domain', visibleTextLength: 900 } }, 'unknown', ['PARKED', 'LINK_NOT_FOUND']],
    ['a shell filled by scripts', { page: { ...empty, visibleTextLength: 20 } }, 'unknown', ['JS_SUSPECTED', 'LINK_NOT_FOUND']],

    ['a body cut after the link', { head: { truncated: true } }, 'live', ['TRUNCATED']],
    ['tracking parameters', { link: { url: `${TARGET}?utm_source=a` } }, 'live', ['TARGET_TRACKING_PARAMS']],
    ['a link in noscript', { link: { place: 'noscript' } }, 'live', ['IN_NOSCRIPT']],
    ['a link in an iframe', { link: { place: 'iframe' } }, 'live', ['IN_IFRAME']],
    ['a hidden link', { link: { hidden: true } }, 'live', ['HIDDEN_CSS']],
    ['a move within the site', { head: hop('https://www.blog.test/tea') }, 'live', ['REDIRECTED_SAME_SITE']],
    ['two links', { page: { links: [link, link] } }, 'live', ['DUPLICATE_MATCHES']],
    ['an image', { link: { anchorFrom: 'image' } }, 'live', ['ANCHOR_IMAGE']],
    [
      'a page that search engines keep out',
      { page: { robotsMetas: [{ name: 'Robots', content: 'NONE' }] } },
      'live',
      ['NOINDEX_META', 'NOFOLLOW_META'],
    ],
    ['a header that keeps it out', { head: { headers: { 'x-robots-tag': ['noindex, nofollow'] } } }, 'live', ['NOINDEX_HEADER', 'NOFOLLOW_HEADER']],
    [
      'a page past its date',
      { page: { robotsMetas: [{ name: 'robots', content: 'unavailable_after: 2026-01-01' }] } },
      'live',
      ['UNAVAILABLE_AFTER_PASSED'],
    ],
    ['another canonical page', { page: { canonicals: ['https://blog.test/other'] } }, 'live', ['CANONICAL_OTHER']],
    [
      'a canonical page on another site',
      { head: { headers: { link: ['<https://a.test/tea>; rel="canonical"'] } } },
      'live',
      ['CANONICAL_OTHER_SITE'],
    ],
    ['a canonical page that is this one', { page: { canonicals: ['http://www.blog.test/tea/'] } }, 'live', []],
    ['a page without much text, but with the link', { page: { visibleTextLength: 20 } }, 'live', ['JS_SUSPECTED']],
    ['a page that speaks of missing pages, but has the link', { page: { title: '404 Not found' } }, 'live', ['SOFT_404']],
    ['a page beside a log-in form, but with the link', { page: { hasPasswordField: true, visibleTextLength: 900 } }, 'live', ['LOGIN_WALL']],
    ['a wall that names itself, whatever stands on it', { head: { headers: { 'cf-mitigated': ['challenge'] } } }, 'unknown', ['CHALLENGE']],
    ['a broken target', { targetStatus: 404 }, 'live', ['TARGET_BROKEN']],
    ['a target that is gone for good', { targetStatus: 410 }, 'live', ['TARGET_BROKEN']],
    ['a target that does not let us in', { targetStatus: 403 }, 'live', []],
    ['a target that has moved', { redirects: [[TARGET, 'https://shop.test/new']] }, 'live', ['TARGET_REDIRECTS']],
    ['a target that has got a slash', { redirects: [[TARGET, 'https://www.shop.test/green/']] }, 'live', []],
    [
      'a link that leads to the target',
      { link: { url: 'https://s.test/1' }, redirects: [['https://s.test/1', TARGET]] },
      'live',
      ['TARGET_REDIRECTS'],
    ],
  ])('%s', (_, change, verdict, reasonCodes) => {
    expect(judge(change)).toMatchObject({ verdict, reasonCodes });
  });

  it.each<FetchFailureCode>(['DNS_FAIL', 'TLS_FAIL', 'TIMEOUT', 'CONNECT_FAIL', 'TARGET_NOT_PUBLIC', 'TOO_MANY_REDIRECTS'])(
    'a failed fetch (%s) is never a loss',
    (code) => {
      const fetch = { kind: 'failure' as const, code, detail: '', chain: [] };

      expect(
        judgeLink({ sourceUrl: SOURCE, targetUrl: TARGET, fetch, expected: { rel: 'any' }, rules: { siteOf: () => undefined }, now: new Date(0) }),
      ).toEqual({
        verdict: 'unknown',
        reasonCodes: [code === 'TOO_MANY_REDIRECTS' ? 'CONNECT_FAIL' : code],
        compliance: { status: 'not_judged', codes: [] },
        candidates: [],
      });
    },
  );

  it.each([
    [200, 'unknown', ['NOT_HTML']],
    [404, 'not_live', ['HTTP_404']],
    [503, 'unknown', ['HTTP_5XX']],
  ] as const)('judges an answer of %d that is no HTML by its status', (status, verdict, reasonCodes) => {
    const fetch = { ...head, status };

    expect(
      judgeLink({ sourceUrl: SOURCE, targetUrl: TARGET, fetch, expected: { rel: 'any' }, rules: { siteOf: () => undefined }, now: new Date(0) }),
    ).toMatchObject({
      verdict,
      reasonCodes,
    });
  });

  it.each<[string, Change, string, string[]]>([
    ['the agreed words', { expected: { anchor: 'Green tea' } }, 'ok', []],
    ['the agreed words among others', { expected: { anchor: 'tea' } }, 'ok', []],
    ['other words', { expected: { anchor: 'oolong' } }, 'violated', ['ANCHOR_MISMATCH']],
    ['part of a word', { expected: { anchor: 'ea' } }, 'violated', ['ANCHOR_MISMATCH']],
    ['no words', { expected: { anchor: 'tea' }, link: { anchorText: '', anchorFrom: 'nothing' } }, 'violated', ['ANCHOR_MISMATCH', 'ANCHOR_EMPTY']],
    ['nofollow where any is fine', { link: { rel: ['nofollow'] } }, 'ok', []],
    ['nofollow where follow was agreed', { link: { rel: ['nofollow'] }, expected: { rel: ['follow'] } }, 'violated', ['REL_NOFOLLOW']],
    ['follow where sponsored was agreed', { expected: { rel: ['sponsored'] } }, 'violated', ['REL_MISSING_SPONSORED']],
    [
      'nofollow where sponsored was agreed',
      { link: { rel: ['nofollow'] }, expected: { rel: ['sponsored'] } },
      'violated',
      ['REL_NOFOLLOW', 'REL_MISSING_SPONSORED'],
    ],
    ['both where sponsored was agreed', { link: { rel: ['nofollow', 'sponsored'] }, expected: { rel: ['sponsored'] } }, 'ok', []],
    ['a followed paid link', { expected: { rel: 'any', paid: true } }, 'policy_risk', ['PAID_LINK_FOLLOWED']],
    ['a paid link with ugc only', { link: { rel: ['ugc'] }, expected: { paid: true } }, 'policy_risk', ['PAID_LINK_FOLLOWED']],
    [
      'a paid link that stands there followed too',
      { page: { links: [{ ...link, rel: ['sponsored'] }, link] }, expected: { rel: ['sponsored'], paid: true } },
      'policy_risk',
      ['PAID_LINK_FOLLOWED'],
    ],
    ['a paid link with nofollow', { link: { rel: ['nofollow'] }, expected: { paid: true } }, 'ok', []],
    [
      'a page-wide nofollow where follow was agreed',
      { page: { robotsMetas: [{ name: 'robots', content: 'nofollow' }] }, expected: { rel: ['follow'] } },
      'violated',
      ['NOFOLLOW_META'],
    ],
    ['a hidden link', { link: { hidden: true } }, 'violated', ['HIDDEN_CSS']],
    ['a link that moved to another site with the page', { head: hop('https://sold.test/') }, 'violated', ['REDIRECTED_OTHER_SITE']],
    ['nothing to judge', { page: empty }, 'not_judged', []],
  ])('compliance: %s', (_, change, status, codes) => {
    expect(judge(change).compliance).toEqual({ status, codes });
  });

  it('gives all codes at once', () => {
    const { verdict, reasonCodes } = judge({
      link: { rel: ['nofollow'] },
      page: { robotsMetas: [{ name: 'robots', content: 'noindex' }] },
      expected: { anchor: 'oolong', rel: ['follow'] },
    });

    expect({ verdict, reasonCodes }).toEqual({ verdict: 'live', reasonCodes: ['NOINDEX_META', 'ANCHOR_MISMATCH', 'REL_NOFOLLOW'] });
  });

  it('chooses the best of several and lists the others after it', () => {
    const wrong = { ...link, url: `${TARGET}er` };
    const hidden = { ...link, hidden: true };
    const nofollow = { ...link, rel: ['nofollow'] };
    const good = { ...link, anchorText: 'best' };

    const { best, candidates } = judge({ page: { links: [wrong, hidden, nofollow, good] }, expected: { anchor: 'best', rel: ['follow'] } });

    expect(best).toMatchObject(good);
    expect(candidates.map(({ url, hidden: isHidden, rel }) => [url, isHidden, rel])).toEqual([
      [TARGET, false, []],
      [TARGET, false, ['nofollow']],
      [TARGET, true, []],
      [`${TARGET}er`, false, []],
    ]);
  });
});
