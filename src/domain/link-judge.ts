import { candidatesOf, isMatch, placeCodes, type Candidate, type Expectations } from './link-candidates.js';
import { linkKey } from './link-key.js';
import { samePage, type TargetRules } from './link-target.js';
import type { FetchedHead, FetchFacts, PageFacts } from './page-facts.js';
import { challengedByHeader, pageSigns } from './page-signs.js';
import { codesOf, REASON_CODES, type ComplianceStatus, type ReasonCode, type Verdict } from './reason-codes.js';
import { relAccepted, relQualifiers, type AcceptedRel, type RelQualifier } from './rel-tokens.js';
import { headerDirectives, metaDirectives, robotsStatements, type RobotsStatement } from './robots-directives.js';

export interface JudgeInput {
  /** The page that should bear the link, as reported. */
  readonly sourceUrl: string;
  readonly targetUrl: string;
  readonly fetch: FetchFacts;
  /** Absent when the fetch failed or the answer is no HTML. */
  readonly page?: PageFacts;
  readonly expected: Expectations;
  readonly rules: TargetRules;
  /** What a fetch of the target answered, when there was one. */
  readonly targetStatus?: number;
  readonly now: Date;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** All that hold, in the order of REASON_CODES. */
  readonly reasonCodes: readonly ReasonCode[];
  readonly compliance: { readonly status: ComplianceStatus; readonly codes: readonly ReasonCode[] };
  /** The link that counts, or, where none does, the one that comes nearest. */
  readonly best?: Candidate;
  readonly candidates: readonly Candidate[];
  /** May a search engine index the page; absent when the page was not seen. */
  readonly indexable?: boolean;
  /** What the page tells each crawler by name. */
  readonly robots?: readonly RobotsStatement[];
  readonly anchorText?: string;
  readonly rel?: readonly string[];
}

const NOT_JUDGED: Judgement['compliance'] = { status: 'not_judged', codes: [] };

const OUT_OF_INDEX: readonly ReasonCode[] = ['NOINDEX_META', 'NOINDEX_HEADER', 'UNAVAILABLE_AFTER_PASSED'];

/** The answer is not the page, whatever it contains. */
const NO_ANSWER: readonly ReasonCode[] = ['HTTP_4XX', 'HTTP_429', 'HTTP_5XX', 'NOT_HTML'];

/** The page was not seen, or not all of it: a missing link is no evidence of a loss (F70). */
const UNSEEN: readonly ReasonCode[] = ['CHALLENGE', 'LOGIN_WALL', 'TRUNCATED', 'JS_SUSPECTED', 'SOFT_404', 'PARKED'];

/** What spoils a live link whatever was agreed; rel and anchor depend on the agreement. */
const ALWAYS_WRONG: readonly ReasonCode[] = [
  'REDIRECTED_OTHER_SITE',
  'NOINDEX_META',
  'NOINDEX_HEADER',
  'CANONICAL_OTHER',
  'CANONICAL_OTHER_SITE',
  'UNAVAILABLE_AFTER_PASSED',
  'TARGET_BROKEN',
  'HIDDEN_CSS',
  'IN_NOSCRIPT',
  'IN_IFRAME',
  'ANCHOR_MISMATCH',
  'PAID_LINK_FOLLOWED',
];
const REL_CODES: readonly ReasonCode[] = ['REL_NOFOLLOW', 'REL_SPONSORED', 'REL_UGC', 'REL_MISSING_SPONSORED'];
const PAGE_NOFOLLOW: readonly ReasonCode[] = ['NOFOLLOW_META', 'NOFOLLOW_HEADER'];

/** Judges one look at a page (state-model 5, standards 49 to 75). Never stops at the first finding. */
export function judgeLink(input: JudgeInput): Judgement {
  const { fetch, page } = input;
  if (fetch.kind === 'failure') {
    // state-model 5 has no code for an endless redirect; the evidence row keeps the chain
    return unseen([fetch.code === 'TOO_MANY_REDIRECTS' ? 'CONNECT_FAIL' : fetch.code]);
  }
  const answer = [...statusCodes(fetch), ...redirectCodes(input, fetch)];
  if (page) return judgePage(input, fetch, page, answer);
  const codes = inOrder(fetch.status < 400 ? [...answer, 'NOT_HTML'] : answer);
  return { ...unseen(codes), verdict: verdictOf(codes, false) };
}

function judgePage(input: JudgeInput, head: FetchedHead, page: PageFacts, answer: readonly ReasonCode[]): Judgement {
  const candidates = candidatesOf(page.links, input);
  const best = candidates[0];
  const match = best && isMatch(best) ? best : undefined;
  const codes = inOrder([
    ...answer,
    ...(head.truncated || page.linksCut ? (['TRUNCATED'] as const) : []),
    ...pageSigns(head, page),
    ...indexCodes(input, head, page),
    ...(match ? linkCodes(input, match, candidates) : missCodes(candidates)),
  ]);
  // a wall that names itself stands before the page, whatever it lets through
  const verdict = challengedByHeader(head) ? 'unknown' : verdictOf(codes, match !== undefined);
  return {
    verdict,
    reasonCodes: codes,
    compliance: match && verdict === 'live' ? complianceOf(input, match, codes) : NOT_JUDGED,
    candidates,
    robots: robotsStatements(page.robotsMetas, head.headers['x-robots-tag'] ?? []),
    indexable: !codes.some((code) => OUT_OF_INDEX.includes(code)),
    ...(best && { best, anchorText: best.anchorText, rel: best.rel }),
  };
}

function unseen(codes: readonly ReasonCode[]): Judgement {
  return { verdict: 'unknown', reasonCodes: codes, compliance: NOT_JUDGED, candidates: [] };
}

function inOrder(codes: readonly ReasonCode[]): readonly ReasonCode[] {
  return REASON_CODES.filter((code) => codes.includes(code));
}

function verdictOf(codes: readonly ReasonCode[], found: boolean): Verdict {
  if (codes.includes('CHALLENGE') && !found) return 'unknown';
  if (codes.includes('HTTP_404') || codes.includes('HTTP_410')) return 'not_live';
  if (codes.some((code) => NO_ANSWER.includes(code))) return 'unknown';
  if (found) return 'live';
  return codes.some((code) => UNSEEN.includes(code)) ? 'unknown' : 'not_live';
}

function statusCodes(head: FetchedHead): readonly ReasonCode[] {
  const { status } = head;
  return codesOf({
    CHALLENGE: challengedByHeader(head),
    LOGIN_WALL: status === 401 || status === 407,
    HTTP_404: status === 404,
    HTTP_410: status === 410,
    HTTP_429: status === 429,
    HTTP_4XX: status >= 400 && status < 500 && ![404, 410, 429].includes(status),
    HTTP_5XX: status >= 500,
  });
}

function redirectCodes({ sourceUrl, rules }: JudgeInput, { chain, finalUrl }: FetchedHead): readonly ReasonCode[] {
  if (chain.length < 2) return [];
  return [rules.siteOf(sourceUrl) === rules.siteOf(finalUrl) ? 'REDIRECTED_SAME_SITE' : 'REDIRECTED_OTHER_SITE'];
}

function indexCodes({ rules, now }: JudgeInput, head: FetchedHead, page: PageFacts): readonly ReasonCode[] {
  const meta = metaDirectives(page.robotsMetas, now);
  const header = headerDirectives(head.headers['x-robots-tag'] ?? [], now);
  const elsewhere = [...page.canonicals, ...linkHeaderCanonicals(head)].filter((canonical) => !samePage(canonical, head.finalUrl));
  const site = rules.siteOf(head.finalUrl);
  return codesOf({
    NOINDEX_META: meta.noindex,
    NOINDEX_HEADER: header.noindex,
    NOFOLLOW_META: meta.nofollow,
    NOFOLLOW_HEADER: header.nofollow,
    UNAVAILABLE_AFTER_PASSED: meta.unavailable || header.unavailable,
    CANONICAL_OTHER: elsewhere.some((canonical) => rules.siteOf(canonical) === site),
    CANONICAL_OTHER_SITE: elsewhere.some((canonical) => rules.siteOf(canonical) !== site),
  });
}

/** `Link: <https://example.com/a>; rel="canonical"` (RFC 8288 section 3, RFC 6596). */
function linkHeaderCanonicals(head: FetchedHead): readonly string[] {
  return (head.headers.link ?? [])
    .flatMap((value) => [...value.matchAll(/<([^<>]*)>([^<]*)/g)])
    .filter(([, , params = '']) => /;\s*rel\s*=\s*("[^"]*\bcanonical\b[^"]*"|canonical\b)/i.test(params))
    .flatMap(([, href = '']) => URL.parse(href, head.finalUrl)?.href ?? []);
}

function missCodes(candidates: readonly Candidate[]): readonly ReasonCode[] {
  return candidates.length === 0 ? ['LINK_NOT_FOUND'] : candidates.flatMap(placeCodes);
}

function linkCodes(
  { expected, targetStatus, targetUrl, rules }: JudgeInput,
  best: Candidate,
  candidates: readonly Candidate[],
): readonly ReasonCode[] {
  const rel = relQualifiers(best.rel);
  const matches = candidates.filter(isMatch);
  const findings = codesOf({
    REL_NOFOLLOW: rel.includes('nofollow'),
    REL_SPONSORED: rel.includes('sponsored'),
    REL_UGC: rel.includes('ugc'),
    REL_MISSING_SPONSORED: missesQualifier(rel, expected.rel),
    // one of several is enough
    PAID_LINK_FOLLOWED: expected.paid === true && matches.some(followed),
    ANCHOR_MISMATCH: best.anchorMatch === 'none',
    ANCHOR_EMPTY: best.anchorFrom === 'nothing',
    ANCHOR_IMAGE: best.anchorFrom === 'image',
    HIDDEN_CSS: best.hidden,
    // what else a target answers to our fetcher says nothing of what it answers to visitors
    TARGET_BROKEN: targetStatus === 404 || targetStatus === 410,
    TARGET_REDIRECTS: movedAway(targetUrl, rules),
    DUPLICATE_MATCHES: matches.length > 1,
  });
  return [...placeCodes(best), ...findings];
}

/** The target was seen to lead to another page: no matter of `http:`, `www.` or a slash. */
function movedAway(targetUrl: string, { redirects }: TargetRules): boolean {
  const endsAt = redirects?.get(linkKey(targetUrl) ?? targetUrl);
  return endsAt !== undefined && !samePage(endsAt, targetUrl);
}

/** A paid link must say nofollow or sponsored itself (standards 53); ugc, or a nofollow for the whole page, is something else. */
function followed({ rel }: Candidate): boolean {
  return !rel.includes('nofollow') && !rel.includes('sponsored');
}

/** The agreement asks for a qualifier and the link has none, or not the `sponsored` it asks for. */
function missesQualifier(rel: readonly RelQualifier[], accepted: AcceptedRel): boolean {
  return accepted !== 'any' && !relAccepted(rel, accepted) && (rel.length === 0 || accepted.includes('sponsored'));
}

function complianceOf({ expected }: JudgeInput, best: Candidate, codes: readonly ReasonCode[]): Judgement['compliance'] {
  const relWrong = !relAccepted(relQualifiers(best.rel), expected.rel);
  const followAgreed = expected.rel !== 'any' && expected.rel.includes('follow') && !expected.rel.includes('nofollow');
  const wrong: readonly ReasonCode[] = [
    ...ALWAYS_WRONG,
    ...(relWrong ? REL_CODES : []),
    ...(followAgreed ? PAGE_NOFOLLOW : []),
    ...(expected.anchor === undefined ? [] : (['ANCHOR_EMPTY'] as const)),
  ];
  const against = codes.filter((code) => wrong.includes(code));
  if (against.includes('PAID_LINK_FOLLOWED')) return { status: 'policy_risk', codes: against };
  return { status: against.length > 0 ? 'violated' : 'ok', codes: against };
}

/** The link is not in what the server sent, and scripts may make it: only a browser can tell. */
export function wantsRendering({ verdict, reasonCodes }: Pick<Judgement, 'verdict' | 'reasonCodes'>): boolean {
  return verdict !== 'live' && reasonCodes.includes('JS_SUSPECTED') && !reasonCodes.includes('TRUNCATED');
}
