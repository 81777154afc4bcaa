import type { Candidate } from './link-candidates.js';

/** What a live link looked like in one check: what a person would compare (F75). */
export interface SeenLink {
  /** Of the page, after redirects. */
  readonly pageUrl: string;
  /** Where the link leads. */
  readonly linkUrl: string;
  readonly anchorText: string;
  readonly rel: readonly string[];
  /** What the page calls its own address; null when it names none. */
  readonly canonical: string | null;
  readonly noindex: boolean;
  /** Text around the link. */
  readonly context: string;
}

export const LINK_FIELDS = ['pageUrl', 'linkUrl', 'anchorText', 'rel', 'canonical', 'noindex', 'paragraph'] as const;
export type LinkField = (typeof LINK_FIELDS)[number];

/** One difference, in words that fit into an event. A moved paragraph has none: the checks keep the text around the link. */
export interface LinkChange {
  readonly field: LinkField;
  readonly before: string | null;
  readonly after: string | null;
}

/** What is known of a link's looks: what two checks agreed upon, and what only the last one saw. */
export interface LinkLooks {
  readonly seen: SeenLink | null;
  readonly unconfirmed: SeenLink | null;
}

/** Events stay below 20 kB (standards 79), and six texts may change at once, each twice. */
const MAX_SHOWN = 500;
/** Fewer shared words than this share: the link stands in other text. Ads and dates around it change a few words only. */
const SAME_PARAGRAPH = 0.3;

/** @returns undefined when no link was found */
export function seenLink(
  page: { readonly finalUrl: string; readonly canonicals: readonly string[]; readonly indexable: boolean | undefined },
  best: Candidate | undefined,
): SeenLink | undefined {
  if (best?.url === undefined) return undefined;
  return {
    pageUrl: page.finalUrl,
    linkUrl: best.url,
    anchorText: best.anchorText,
    rel: [...best.rel].sort(),
    canonical: page.canonicals[0] ?? null,
    noindex: page.indexable === false,
    context: best.context,
  };
}

/** Every difference between two looks, in the order of LINK_FIELDS. */
export function changesBetween(before: SeenLink, after: SeenLink): LinkChange[] {
  const [was, is] = [shownOf(before), shownOf(after)];
  const changes = LINK_FIELDS.filter((field) => was[field] !== is[field]).map((field) => ({
    field,
    before: was[field]?.slice(0, MAX_SHOWN) ?? null,
    after: is[field]?.slice(0, MAX_SHOWN) ?? null,
  }));
  return sameParagraph(before, after) ? changes : [...changes, { field: 'paragraph', before: null, after: null }];
}

/**
 * Weighs a look against what is known: a change counts when two looks in a row agree on it, so that a page that is different on
 * every visit announces nothing.
 * @returns what is known now, and the changes that were confirmed just now
 */
export function confirmLooks(
  { seen, unconfirmed }: LinkLooks,
  now: SeenLink,
): { readonly looks: LinkLooks; readonly changes: readonly LinkChange[] } {
  if (seen === null) return { looks: { seen: now, unconfirmed: null }, changes: [] };
  const changes = changesBetween(seen, now);
  if (changes.length === 0) return { looks: { seen, unconfirmed: null }, changes: [] };
  const agreed = unconfirmed !== null && changesBetween(unconfirmed, now).length === 0;
  return agreed ? { looks: { seen: now, unconfirmed: null }, changes } : { looks: { seen, unconfirmed: now }, changes: [] };
}

function shownOf({ pageUrl, linkUrl, anchorText, rel, canonical, noindex }: SeenLink): Readonly<Record<LinkField, string | null>> {
  return { pageUrl, linkUrl, anchorText, rel: rel.join(' '), canonical, noindex: String(noindex), paragraph: null };
}

function sameParagraph(one: SeenLink, other: SeenLink): boolean {
  const [a, b] = [wordsAround(one), wordsAround(other)];
  const smaller = Math.min(a.size, b.size);
  if (smaller === 0) return a.size === b.size;
  return [...a].filter((word) => b.has(word)).length / smaller >= SAME_PARAGRAPH;
}

/** Its own words go with the link wherever it stands. */
function wordsAround({ context, anchorText }: SeenLink): ReadonlySet<string> {
  const own = new Set(wordsOf(anchorText));
  return new Set(wordsOf(context).filter((word) => !own.has(word)));
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
