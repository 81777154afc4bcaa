import type { Expectations } from './link-candidates.js';
import { targetLevelOf, type TargetRules } from './link-target.js';
import type { LinkFact } from './page-facts.js';

const MAX_SUSPECTS = 3;
const SHORTENERS = new Set(
  'bit.ly t.co tinyurl.com goo.gl ow.ly buff.ly lnkd.in rebrand.ly cutt.ly is.gd t.ly rb.gy dlvr.it trib.al amzn.to fb.me wp.me tiny.cc short.io bl.ink shorturl.at geni.us hubs.ly go2l.ink mailchi.mp'.split(
    ' ',
  ),
);
/** Where plug-ins put links that they count and send on. */
const SENDS_ON = /\/(go|goto|out|outgoing|outbound|recommends?|refers?|redirect|redir|visit|links?|away|exit|track|click|jump)(\.php)?(\/|$|\?)/i;

interface Wanted {
  readonly sourceUrl: string;
  readonly targetUrl: string;
  readonly expected: Pick<Expectations, 'anchor'>;
  readonly rules: TargetRules;
}

/**
 * Links of a page without a match that may still lead to the target by a redirect, likeliest first and few: with the agreed words, to
 * the target's site, by a shortener, by a plug-in of the page's own site, or with the target in their query.
 */
export function redirectSuspects(links: readonly LinkFact[], wanted: Wanted): readonly string[] {
  const ranked = links.flatMap((link) => {
    const url = link.url === undefined ? null : URL.parse(link.url);
    if (!url || !['anchor', 'noscript', 'iframe'].includes(link.place)) return [];
    url.hash = '';
    const rank = rankOf(link, url, wanted);
    return rank === undefined ? [] : [{ url: url.href, rank }];
  });
  return [...new Set(ranked.toSorted((a, b) => a.rank - b.rank).map(({ url }) => url))].slice(0, MAX_SUSPECTS);
}

function rankOf(link: LinkFact, url: URL, { sourceUrl, targetUrl, expected, rules }: Wanted): number | undefined {
  const wanted = expected.anchor?.trim().toLowerCase();
  if (wanted && link.anchorText.toLowerCase().includes(wanted)) return 0;
  if (mentions(url, targetUrl)) return 1;
  if (targetLevelOf(url.href, targetUrl, rules) === 'same_site') return 2;
  if (SHORTENERS.has(url.hostname.replace(/^www\./, ''))) return 3;
  const ownSite = rules.siteOf(url.href) === rules.siteOf(sourceUrl);
  return ownSite && SENDS_ON.test(url.pathname) ? 4 : undefined;
}

/** `…/out?to=https%3A%2F%2Fshop.example%2Fguide` */
function mentions(url: URL, targetUrl: string): boolean {
  const target = URL.parse(targetUrl);
  if (!target || url.search === '') return false;
  const address = `${target.host}${target.pathname.replace(/\/$/, '')}`;
  return [...url.searchParams.values()].some((value) => value.includes(address));
}
