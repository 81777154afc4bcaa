// What one would write in an afternoon: undici and htmlparser2, every link of the page with its text and rel, no database.
import { Parser } from 'htmlparser2';
import { measure } from '../measure.mjs';
import { inParallel } from '../support/work.mjs';
import { fetchPage } from './fetch-page.mjs';
import { AT_ONCE, linksOf } from './pages.mjs';

const links = linksOf(JSON.parse(process.env.BENCH_ORIGINS));
await measure(async () => {
  let found = 0;
  await inParallel(links, AT_ONCE, async ({ sourceUrl, targetUrl, anchor }) => {
    const html = (await fetchPage(sourceUrl)).toString('utf8');
    const link = readLinks(html).find(({ href }) => URL.parse(href, sourceUrl)?.href === targetUrl);
    if (link?.text.trim() === anchor && link.rel === 'noopener') found += 1;
  });
  return found;
});

function readLinks(html) {
  const read = [];
  let open;
  const parser = new Parser({
    onopentag: (name, { href, rel }) => {
      if (name === 'a' && href !== undefined) read.push((open = { href, rel, text: '' }));
    },
    ontext: (text) => {
      if (open) open.text += text;
    },
    onclosetag: (name) => {
      if (name === 'a') open = undefined;
    },
  });
  parser.end(html);
  return read;
}
