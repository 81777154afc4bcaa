import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const UNITS = Number(process.env.BENCH_UNITS ?? 500);
/** What the product fetches side by side. */
export const AT_ONCE = 20;
const PAGES = 50;
const CORPUS = join(process.env.CORPORA_DIR ?? join(import.meta.dirname, '../../../shared/corpora'), 'html/pages');

/** The link that stands on each page, once. */
export const anchorOf = (page) => `the kettle guide, part ${page}`;
export const targetOf = (page) => `https://shop.example/guides/kettles-${page}`;

/** Which page a link of the round stands on, and its address there. Neighbours in the queue are never of one site. */
export const linksOf = (origins) =>
  Array.from({ length: UNITS }, (_, n) => {
    const page = n % origins.length;
    return { page, sourceUrl: `${origins[page]}/post?copy=${Math.floor(n / origins.length)}`, targetUrl: targetOf(page), anchor: anchorOf(page) };
  });

/** Real pages where the corpus lies, else made ones of the same size; each with its link. */
export function loadPages() {
  const real = existsSync(CORPUS)
    ? readdirSync(CORPUS)
        .filter((file) => file.endsWith('.html'))
        .map((file) => readFileSync(join(CORPUS, file), 'utf8'))
        .filter((html) => /<\/body>/i.test(html))
    : [];
  const pages = real.length >= PAGES ? real.slice(0, PAGES) : Array.from({ length: PAGES }, (_, n) => madePage(n));
  return pages.map((html, page) => withLink(anonymous(html), page));
}

/** A copy names another site as its original, or asks not to be indexed: true, but not what is measured. */
function anonymous(html) {
  return html
    .replace(/<link\b[^>]*\bcanonical\b[^>]*>/gi, '')
    .replace(/<meta\b[^>]*\brobots\b[^>]*>/gi, '')
    .replace(/<base\b[^>]*>/gi, '');
}

function withLink(html, page) {
  const link = `<p>More in <a rel="noopener" href="${targetOf(page)}">${anchorOf(page)}</a>, which we liked.</p>`;
  return html.replace(/<\/body>(?![\s\S]*<\/body>)/i, (end) => link + end);
}

function madePage(page) {
  const paragraph = (n) =>
    `<div class="entry entry-${n}"><h2 id="h${n}">Part ${n} of ${page}</h2><p>Some honest words about tea, <a href="/part/${n}" class="more">part ${n}</a> and ` +
    `<a href="https://site-${n}.example/leaf?from=${page}" rel="nofollow noopener">elsewhere ${n}</a>, then more of it. `.padEnd(
      480,
      'Leaves and water. ',
    ) +
    '</p></div>\n';
  return `<!doctype html><html lang="en"><head><title>Tea ${page}</title></head><body>${Array.from({ length: 330 }, (_, n) => paragraph(n)).join('')}</body></html>`;
}
