import type { LinkFact, LinkPlace, PageFacts } from '../../../domain/page-facts.js';
import { relTokens } from '../../../domain/rel-tokens.js';
import { readHtml } from './html-tokens.js';
import { LinkCollector, type RawLink } from './link-collector.js';

/** A page may be made of nothing but links; past this it counts as seen in part. */
const MAX_LINKS = 20_000;
const MAX_FRAGMENTS = 2000;
const MAX_TEXT = 2000;
const MAX_HREF = 8000;
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
    title: cut(squeeze(page.title), MAX_TEXT),
    baseUrl,
    robotsMetas: page.robotsMetas,
    canonicals: page.canonicalHrefs.flatMap((href) => URL.parse(href, baseUrl)?.href ?? []),
    links: found.slice(0, MAX_LINKS).map(({ link, text }) => linkFact(link, text, baseUrl)),
    linksCut: found.length > MAX_LINKS || page.fragments.length > MAX_FRAGMENTS,
    textStart: cut(squeeze(page.visibleStart), TEXT_START_CHARS),
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
  const url = link.href.length > MAX_HREF ? null : URL.parse(link.href, baseUrl);
  const [anchorText, anchorFrom] = anchorOf(link, text.slice(link.start, Math.min(link.end, link.start + 2 * MAX_TEXT)));
  return {
    href: cut(link.href, MAX_TEXT),
    ...(url && (url.protocol === 'http:' || url.protocol === 'https:') && { url: url.href }),
    tag: link.tag,
    rel: relTokens(cut(link.rel, MAX_TEXT)),
    anchorText,
    anchorFrom,
    place: link.place,
    hidden: link.hidden,
    context: contextOf(text, link.start, link.end),
  };
}

function anchorOf(link: RawLink, text: string): readonly [string, LinkFact['anchorFrom']] {
  const words = cut(squeeze(text), MAX_TEXT);
  if (words !== '') return [words, 'text'];
  const alt = cut(squeeze(link.alts.join(' ')), MAX_TEXT);
  if (alt !== '') return [alt, 'image'];
  const title = cut(squeeze(link.title), MAX_TEXT);
  return title === '' ? ['', 'nothing'] : [title, 'title'];
}

/** A slice of the page's text by offsets: walking the page again for every link would be quadratic. */
function contextOf(text: string, start: number, end: number): string {
  const middle = squeeze(text.slice(start, Math.min(end, start + CONTEXT_CHARS))).slice(0, CONTEXT_CHARS);
  const side = Math.floor((CONTEXT_CHARS - middle.length) / 2);
  const before = side === 0 ? '' : collapse(text.slice(Math.max(0, start - 3 * side), start)).slice(-side);
  const after = collapse(text.slice(end, end + 3 * side)).slice(0, side);
  return cut(squeeze(`${before}${middle}${after}`), CONTEXT_CHARS);
}

function collapse(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function squeeze(text: string): string {
  return collapse(text).trim();
}

/** No longer than `length`, and without the half characters that cutting leaves: jsonb refuses those. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/\p{Surrogate}/gu, '');
}
