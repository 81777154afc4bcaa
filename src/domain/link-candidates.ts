import type { LinkFact, LinkPlace } from './page-facts.js';
import type { ReasonCode } from './reason-codes.js';
import { relAccepted, relQualifiers, type AcceptedRel } from './rel-tokens.js';
import { targetMatcher, type TargetLevel, type TargetRules } from './link-target.js';

export interface Expectations {
  readonly anchor?: string;
  readonly rel: AcceptedRel;
  /** Money, goods or a link back were given for it. */
  readonly paid?: boolean;
}

/** How the anchor text meets the agreed one; `unasked` when nothing was agreed. */
export type AnchorMatch = 'exact' | 'contains' | 'none' | 'unasked';

/** One link of the page that may be the one that was agreed. */
export interface Candidate extends LinkFact {
  readonly level: TargetLevel;
  readonly anchorMatch: AnchorMatch;
}

/** A page of the target's own network may link it a thousand times; the evidence keeps the best. */
const MAX_CANDIDATES = 50;

const TARGET: readonly TargetLevel[] = ['exact', 'tracking_params', 'redirect'];
const LEVEL_CODES: Partial<Readonly<Record<TargetLevel, ReasonCode>>> = {
  tracking_params: 'TARGET_TRACKING_PARAMS',
  redirect: 'TARGET_REDIRECTS',
  same_site: 'WRONG_TARGET_PATH',
  look_alike: 'WRONG_TARGET_SITE',
};
const PLACE_CODES: Partial<Readonly<Record<LinkPlace, ReasonCode>>> = {
  noscript: 'IN_NOSCRIPT',
  iframe: 'IN_IFRAME',
  non_anchor: 'NOT_ANCHOR_ELEMENT',
  template: 'IN_TEMPLATE',
  comment: 'IN_COMMENT',
};

/** All links that come near the target, best first; the first match in the page is not always the best (F65). */
export function candidatesOf(
  links: readonly LinkFact[],
  wanted: { readonly targetUrl: string; readonly expected: Expectations; readonly rules: TargetRules },
): readonly Candidate[] {
  const { targetUrl, expected, rules } = wanted;
  const levelOf = targetMatcher(targetUrl, rules);
  return links
    .flatMap((link): readonly Candidate[] => {
      if (link.url === undefined) return [];
      const anchorMatch = anchorMatchOf(link.anchorText, expected.anchor);
      const level = levelOf(link.url);
      if (level === 'none' && anchorMatch !== 'exact') return [];
      // the agreed words on a link to somewhere else: most likely our link with a wrong address
      return [{ ...link, anchorMatch, level: level === 'none' ? 'look_alike' : level }];
    })
    .map((candidate) => ({ candidate, rank: rankOf(candidate, expected.rel) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_CANDIDATES)
    .map(({ candidate }) => candidate);
}

/** Does it count as a link to the target: right address, and in a place from which a visitor or a search engine may follow it. */
export function isMatch({ level, place }: Candidate): boolean {
  return TARGET.includes(level) && (place === 'anchor' || place === 'noscript' || place === 'iframe');
}

/** The codes of address and place that keep a candidate from being the plain, exact link. */
export function placeCodes({ level, place }: Candidate): readonly ReasonCode[] {
  return [LEVEL_CODES[level], PLACE_CODES[place]].filter((code) => code !== undefined);
}

function anchorMatchOf(text: string, wanted: string | undefined): AnchorMatch {
  if (wanted === undefined || wanted.trim() === '') return 'unasked';
  const have = plainWords(text);
  const want = plainWords(wanted);
  if (have === want) return 'exact';
  return ` ${have} `.includes(` ${want} `) ? 'contains' : 'none';
}

function plainWords(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** Lower is better; place in the page breaks ties, for the sort is stable. */
function rankOf(candidate: Candidate, accepted: AcceptedRel): number {
  const marks = [
    isMatch(candidate) ? 0 : 1,
    ['anchor', 'noscript', 'iframe', 'non_anchor', 'template', 'comment'].indexOf(candidate.place),
    ['exact', 'tracking_params', 'redirect', 'same_site', 'look_alike'].indexOf(candidate.level),
    candidate.hidden ? 1 : 0,
    relAccepted(relQualifiers(candidate.rel), accepted) ? 0 : 1,
    relQualifiers(candidate.rel).length,
    ['exact', 'unasked', 'contains', 'none'].indexOf(candidate.anchorMatch),
  ];
  return marks.reduce((sum, mark) => sum * 10 + mark, 0);
}
