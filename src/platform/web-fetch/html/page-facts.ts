import type { LinkFact, LinkPlace, PageFacts, PageRefresh } from '../../../domain/page-facts.js';
import { leadsOn, refreshOf } from '../../../domain/page-refresh.js';
import { relTokens } from '../../../domain/rel-tokens.js';
import { ElementVisibility } from './element-visibility.js';
import { readHtml } from './html-tokens.js';
import { LinkCollector, type RawLink } from './link-collector.js';
import { PageStyles } from './page-styles.js';

/** A page may be made of nothing but links; past this it counts as seen in part. */
const MAX_LINKS = 20_000;
const MAX_FRAGMENTS = 2000;
const MAX_TEXT = 2000;
const MAX_HEADING = 300;
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
  const baseUrl = baseOf(page.signs.baseHref, finalUrl);
  const found = parts.flatMap((part) => {
    // a frame and a comment have no styles but their own
    const visibility = visibilityIn(part);
    return part.links.map((link) => ({ link, text: part.allText, visibility }));
  });
  const { signs } = page;
  return {
    title: cut(squeeze(signs.title), MAX_TEXT),
    baseUrl,
    robotsMetas: signs.robotsMetas,
    canonicals: signs.canonicalHrefs.flatMap((href) => URL.parse(href, baseUrl)?.href ?? []),
    links: found.slice(0, MAX_LINKS).map(({ link, text, visibility }) => linkFact(link, text, { baseUrl, visibility })),
    linksCut: found.length > MAX_LINKS || page.fragments.length > MAX_FRAGMENTS,
    textStart: cut(squeeze(page.visibleStart), TEXT_START_CHARS),
    visibleTextLength: page.visibleLength,
    headings: signs.headings.map(({ start, end }) =>
      cut(squeeze(page.allText.slice(start, Math.min(end ?? Infinity, start + MAX_HEADING))), MAX_HEADING),
    ),
    ...ofScripts(page),
    ...refreshIn(page, finalUrl, baseUrl),
    hasPasswordField: signs.hasPasswordField,
  };
}

/** Styles are read when somebody asks after one of the links: a page has hundreds, and one or none is ours. */
function visibilityIn({ signs, opened }: LinkCollector): () => ElementVisibility {
  let visibility: ElementVisibility | undefined;
  return () => (visibility ??= new ElementVisibility(new PageStyles(signs.styles), opened));
}

function ofScripts({ signs }: LinkCollector) {
  const { scriptCount, inlineScriptLength, scriptDataLength, scriptStarts, loads, app } = signs;
  return {
    ...{ scriptCount, inlineScriptLength, scriptDataLength, scriptStarts, loads },
    noscriptStart: squeeze(signs.noscript),
    ...(app && { app: { textLength: app.textLength } }),
  };
}

/** The first refresh that means anything counts (HTML standard: a page that will leave already is not told again). */
function refreshIn({ signs }: LinkCollector, finalUrl: string, baseUrl: string): { readonly refresh?: PageRefresh } {
  for (const content of signs.refreshes) {
    const refresh = refreshOf(content, finalUrl, baseUrl);
    if (refresh) return { refresh };
  }
  return {};
}

/** Where a page sends its visitors before they can read it, by `<meta http-equiv=refresh>`; most pages are answered without reading them. */
export function onwardOf(html: string, finalUrl: string): string | undefined {
  const at = /http-equiv\s*=\s*["']?\s*refresh/i.exec(html)?.index;
  if (at === undefined) return undefined;
  const page = new LinkCollector('anchor');
  readHtml(html.slice(0, at + MAX_HREF), page);
  page.finish();
  const { refresh } = refreshIn(page, finalUrl, baseOf(page.signs.baseHref, finalUrl));
  return refresh && leadsOn(refresh, finalUrl) ? refresh.url : undefined;
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

interface Around {
  readonly baseUrl: string;
  readonly visibility: () => ElementVisibility;
}

function linkFact(link: RawLink, text: string, { baseUrl, visibility }: Around): LinkFact {
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
    get hidden() {
      return isOutOfSight(link, visibility());
    },
    context: contextOf(text, link.start, link.end),
  };
}

/** A link is seen where any of its words or pictures is. */
function isOutOfSight({ element, shownIn, blank }: RawLink, visibility: ElementVisibility): boolean {
  if (shownIn.length === 0 && blank) return true;
  const pieces = shownIn.length > 0 ? shownIn : [element];
  return pieces.every((piece) => visibility.hides(piece));
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
