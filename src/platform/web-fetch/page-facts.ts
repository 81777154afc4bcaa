import type { LinkFact, LinkPlace, PageFacts } from '../../domain/page-facts.js';
import { relTokens } from '../../domain/rel-tokens.js';
import { readHtml } from './html-tokens.js';
import { LinkCollector, type RawLink } from './link-collector.js';

/** A page may be made of nothing but links; past this it counts as seen in part. */
const MAX_LINKS = 20_000;
const MAX_FRAGMENTS = 2000;
const MAX_TEXT = 2000;
const CONTEXT_CHARS = 200;
const TEXT_START_CHARS = 3000;

/** Reads from a page all that the judge needs, in time linear in its length. */
export function extractPageFacts(html: string, finalUrl: string): PageFacts {
  const page = new LinkCollector('anchor');
  readHtml(html, page);
  page.finish();
  const fragments = page.fragments.slice(0, MAX_FRAGMENTS);
  const parts = [page, ...fragments.map(({ html: inner, place }) => readFragment(inner, place))];
  const baseUrl = baseOf(page.baseHref, finalUrl);
  const found = parts.flatMap((part) => part.links.map((link) => ({ link, text: part.allText })));
  return {
    title: squeeze(page.title).slice(0, MAX_TEXT),
    baseUrl,
    robotsMetas: page.robotsMetas,
    canonicals: page.canonicalHrefs.flatMap((href) => URL.parse(href, baseUrl)?.href ?? []),
    links: found.slice(0, MAX_LINKS).map(({ link, text }) => linkFact(link, text, baseUrl)),
    linksCut: found.length > MAX_LINKS || page.fragments.length > MAX_FRAGMENTS,
    textStart: squeeze(page.visibleStart).slice(0, TEXT_START_CHARS),
    visibleTextLength: page.visibleLength,
    scriptCount: page.scriptCount,
    inlineScriptLength: page.inlineScriptLength,
    hasPasswordField: page.hasPasswordField,
  };
}

/** What stands in a comment or an iframe is no part of the page, but tells where a missing link went. */
function readFragment(html: string, place: LinkPlace): LinkCollector {
  const fragment = new LinkCollector(place);
  readHtml(html, fragment);
  fragment.finish();
  return fragment;
}

/** HTML standard, "the base element": the first with an href, unless that is a data: or javascript: URL. */
function baseOf(href: string | undefined, finalUrl: string): string {
  const base = href === undefined ? undefined : URL.parse(href, finalUrl);
  return base && base.protocol !== 'data:' && base.protocol !== 'javascript:' ? base.href : finalUrl;
}

function linkFact(link: RawLink, text: string, baseUrl: string): LinkFact {
  const url = URL.parse(link.href, baseUrl);
  const words = squeeze(text.slice(link.start, Math.min(link.end, link.start + 2 * MAX_TEXT))).slice(0, MAX_TEXT);
  const alt = squeeze(link.alts.join(' ')).slice(0, MAX_TEXT);
  const title = squeeze(link.title).slice(0, MAX_TEXT);
  const [anchorText, anchorFrom] = ((): readonly [string, LinkFact['anchorFrom']] => {
    if (words !== '') return [words, 'text'];
    if (alt !== '') return [alt, 'image'];
    return title !== '' ? [title, 'title'] : ['', 'nothing'];
  })();
  return {
    href: link.href,
    ...(url && (url.protocol === 'http:' || url.protocol === 'https:') && { url: url.href }),
    tag: link.tag,
    rel: relTokens(link.rel),
    anchorText,
    anchorFrom,
    place: link.place,
    hidden: link.hidden,
    context: contextOf(text, link.start, link.end),
  };
}

/** A slice of the page's text by offsets: walking the page again for every link would be quadratic. */
function contextOf(text: string, start: number, end: number): string {
  const middle = squeeze(text.slice(start, Math.min(end, start + CONTEXT_CHARS))).slice(0, CONTEXT_CHARS);
  const side = Math.floor((CONTEXT_CHARS - middle.length) / 2);
  if (side < 2) return middle;
  const before = collapse(text.slice(Math.max(0, start - 3 * side), start)).slice(-side);
  const after = collapse(text.slice(end, end + 3 * side)).slice(0, side);
  return collapse(`${before}${middle}${after}`).trim();
}

function collapse(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function squeeze(text: string): string {
  return collapse(text).trim();
}
