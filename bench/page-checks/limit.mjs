// undici alone: every page fetched and decompressed, nothing read.
import { measure } from '../measure.mjs';
import { inParallel } from '../support/work.mjs';
import { fetchPage } from './fetch-page.mjs';
import { AT_ONCE, linksOf } from './pages.mjs';

const links = linksOf(JSON.parse(process.env.BENCH_ORIGINS));
await measure(async () => {
  let fetched = 0;
  await inParallel(links, AT_ONCE, async ({ sourceUrl }) => {
    if ((await fetchPage(sourceUrl)).length > 0) fetched += 1;
  });
  return fetched;
});
