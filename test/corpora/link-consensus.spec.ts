import { readFileSync } from 'node:fs';
import { candidatesOf, isMatch } from '../../src/domain/link-candidates.js';
import { judgeLink, type Judgement } from '../../src/domain/link-judge.js';
import type { PageFacts } from '../../src/domain/page-facts.js';
import { relTokens } from '../../src/domain/rel-tokens.js';
import { extractPageFacts } from '../../src/platform/web-fetch/html/page-facts.js';
import { siteKeyOf } from '../../src/platform/web-fetch/registrable-domain.js';
import { corpusPath, corpusRows, describeCorpus } from '../support/corpora.js';

interface LinkRow {
  readonly page: string;
  readonly href: string;
  readonly rel: readonly string[];
  readonly text: string;
  readonly consensus: boolean;
}

const PAGE_URL = 'http://fakehost/test/page.html';

const rules = { siteOf: (url: string) => siteKeyOf(url) };

/** White space is collapsed on both sides, rel read by our rule (commas split too), ours cut at 2,000 characters. */
function keyOf({ href, rel, text }: Pick<LinkRow, 'href' | 'rel' | 'text'>): string {
  return JSON.stringify([href.trim(), relTokens(rel.join(' ')).toSorted(), text.replace(/\s+/g, ' ').trim().slice(0, 2000)]);
}

function readPages(): ReadonlyMap<string, PageFacts> {
  return new Map(
    corpusRows<{ page: string }>('html', 'readability_pages.jsonl').map(({ page }) => [
      page,
      extractPageFacts(readFileSync(corpusPath('html', 'pages', `${page}.html`), 'utf8'), PAGE_URL),
    ]),
  );
}

function judged(page: PageFacts, targetUrl: string, anchor?: string): Judgement {
  return judgeLink({
    ...{ sourceUrl: PAGE_URL, targetUrl, page, now: new Date('2026-11-22T09:00:00Z') },
    fetch: { kind: 'page', finalUrl: PAGE_URL, chain: [{ url: PAGE_URL, status: 200 }], status: 200, headers: {}, truncated: false },
    expected: { rel: 'any', ...(anchor !== undefined && { anchor }) },
    rules,
  });
}

function hostOf(url: string): string {
  return URL.parse(url)?.host.replace(/^www\./, '') ?? '';
}

/** The same address with one letter more, less or other, a slash, or another query. */
function alteredFrom(target: string): readonly string[] {
  const url = new URL(target);
  url.hash = '';
  const path = url.pathname;
  const middle = Math.floor(path.length / 2);
  const paths = [
    ...[`${path}x`, `${path.slice(0, middle)}x${path.slice(middle)}`, path.endsWith('/') ? path.slice(0, -1) : `${path}/`],
    ...(path.length > 2 ? [path.slice(0, -1), path.slice(0, middle) + path.slice(middle + 1)] : []),
  ];
  const queries = [`${url.search}${url.search === '' ? '?' : '&'}page=2`, url.search === '' ? '?a' : ''];
  const hosts = [`www.${url.host}`, `${url.host.replace(/:.*/, '')}.evil.example`];
  return [
    ...paths.map((pathname) => Object.assign(new URL(url), { pathname }).href),
    ...queries.map((search) => Object.assign(new URL(url), { search }).href),
    ...hosts.map((host) => Object.assign(new URL(url), { host, port: '' }).href),
  ];
}

/** What makes two addresses one for us: no fragment, no tracking, http for https. */
function plainKey(url: string): string {
  const plain = new URL(url);
  plain.hash = '';
  const kept = [...new Set(plain.search.slice(1).split('&'))].filter((pair) => !/^(utm_|gclid|fbclid|mc_)/i.test(pair));
  return plain.href.replace(/\?.*$/, '').replace(/^http:/, 'https:') + kept.join('&');
}

describeCorpus('links of real pages as targets', () => {
  const pages = readPages();
  const targets = corpusRows<LinkRow>('html', 'readability_links.jsonl')
    .filter(({ consensus }) => consensus)
    .flatMap((row) => {
      const url = URL.parse(row.href.trim(), pages.get(row.page)?.baseUrl);
      return url && /^https?:$/.test(url.protocol) ? [{ ...row, url: url.href }] : [];
    });

  it('are live with the right address, rel and words, each of them', () => {
    const missed: string[] = [];
    for (const { page, url, rel, text } of targets) {
      const facts = pages.get(page);
      if (!facts) throw new Error(`The corpus has no page ${page}.`);
      const { verdict, candidates } = judged(facts, url, text.trim() === '' ? undefined : text);
      // one address may stand there many times with other words: that one must be among them
      const words = text.replace(/\s+/g, ' ').trim().slice(0, 2000);
      const wanted = relTokens(rel.join(' ')).toSorted().join(' ');
      const among = candidates.some(
        (each) => each.place === 'anchor' && each.rel.toSorted().join(' ') === wanted && (words === '' || each.anchorText === words),
      );
      const many = facts.links.filter((link) => link.url === url).length > 50; // the evidence ends there
      if (verdict !== 'live' || (!among && !many)) missed.push(`${page} ${url} ${words}`);
    }

    expect(targets.length).toBeGreaterThan(5000);
    expect(missed).toEqual([]);
  });

  it('are never live when the target differs by a letter, a slash, a query or a host', () => {
    const wrong: string[] = [];
    for (const [page, { links }] of pages) {
      // another link of the page may be just that address
      const there = new Set(links.flatMap(({ url }) => (url === undefined ? [] : plainKey(url))));
      const byHost = Map.groupBy(links, ({ url }) => hostOf(url ?? ''));
      const own = new Set(targets.filter((row) => row.page === page).map(({ url }) => url));
      for (const altered of [...own].flatMap(alteredFrom)) {
        // a match alone makes a page live, and none has another host
        const near = byHost.get(hostOf(altered)) ?? [];
        const wanted = { targetUrl: altered, expected: { rel: 'any' as const }, rules };
        if (!there.has(plainKey(altered)) && candidatesOf(near, wanted).some(isMatch)) wrong.push(`${page} ${altered}`);
      }
    }

    expect(wrong).toEqual([]);
  });
});

describeCorpus('links of real pages', () => {
  it('are all found with the href, rel and text that two standard parsers agree on', () => {
    const wanted = corpusRows<LinkRow>('html', 'readability_links.jsonl').filter(({ consensus }) => consensus);
    const missed: string[] = [];
    for (const { page } of corpusRows<{ page: string }>('html', 'readability_pages.jsonl')) {
      const html = readFileSync(corpusPath('html', 'pages', `${page}.html`), 'utf8');
      const found = new Map<string, number>();
      for (const link of extractPageFacts(html, PAGE_URL).links.filter(({ tag }) => tag === 'a')) {
        const key = keyOf({ ...link, text: link.anchorFrom === 'text' ? link.anchorText : '' });
        found.set(key, (found.get(key) ?? 0) + 1);
      }
      for (const key of wanted.filter((row) => row.page === page).map(keyOf)) {
        const left = found.get(key) ?? 0;
        if (left === 0) missed.push(`${page} ${key}`);
        found.set(key, left - 1);
      }
    }

    expect(wanted).toHaveLength(6066);
    expect(missed).toEqual([]);
  });
});
