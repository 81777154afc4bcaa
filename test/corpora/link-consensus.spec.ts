import { readFileSync } from 'node:fs';
import { relTokens } from '../../src/domain/rel-tokens.js';
import { extractPageFacts } from '../../src/platform/web-fetch/html/page-facts.js';
import { corpusPath, corpusRows, describeCorpus } from '../support/corpora.js';

interface LinkRow {
  readonly page: string;
  readonly href: string;
  readonly rel: readonly string[];
  readonly text: string;
  readonly consensus: boolean;
}

/** White space is collapsed on both sides, rel read by our rule (commas split too), ours cut at 2,000 characters. */
function keyOf({ href, rel, text }: Pick<LinkRow, 'href' | 'rel' | 'text'>): string {
  return JSON.stringify([href.trim(), relTokens(rel.join(' ')).toSorted(), text.replace(/\s+/g, ' ').trim().slice(0, 2000)]);
}

describeCorpus('links of real pages', () => {
  it('are all found with the href, rel and text that two standard parsers agree on', () => {
    const wanted = corpusRows<LinkRow>('html', 'readability_links.jsonl').filter(({ consensus }) => consensus);
    const missed: string[] = [];
    for (const { page } of corpusRows<{ page: string }>('html', 'readability_pages.jsonl')) {
      const html = readFileSync(corpusPath('html', 'pages', `${page}.html`), 'utf8');
      const found = new Map<string, number>();
      for (const link of extractPageFacts(html, 'http://fakehost/test/page.html').links.filter(({ tag }) => tag === 'a')) {
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
