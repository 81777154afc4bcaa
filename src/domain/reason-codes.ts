/** What one check may say about a backlink (state-model 5). A check returns all codes that hold. */
export const FETCH_CODES = [
  'DNS_FAIL',
  'TLS_FAIL',
  'TIMEOUT',
  'CONNECT_FAIL',
  'HTTP_4XX',
  'HTTP_404',
  'HTTP_410',
  'HTTP_429',
  'HTTP_5XX',
  'CHALLENGE',
  'LOGIN_WALL',
  'TRUNCATED',
  'NOT_HTML',
  'TARGET_NOT_PUBLIC',
  'ROBOTS_DISALLOW',
  'ROBOTS_UNREACHABLE',
] as const;

export const PAGE_CODES = [
  'REDIRECTED_SAME_SITE',
  'REDIRECTED_OTHER_SITE',
  'SOFT_404',
  'PARKED',
  'NOINDEX_META',
  'NOINDEX_HEADER',
  'NOFOLLOW_META',
  'NOFOLLOW_HEADER',
  'CANONICAL_OTHER',
  'CANONICAL_OTHER_SITE',
  'UNAVAILABLE_AFTER_PASSED',
  'JS_SUSPECTED',
] as const;

export const LINK_CODES = [
  'LINK_NOT_FOUND',
  'WRONG_TARGET_PATH',
  'WRONG_TARGET_SITE',
  'TARGET_REDIRECTS',
  'TARGET_BROKEN',
  'TARGET_TRACKING_PARAMS',
  'ANCHOR_MISMATCH',
  'ANCHOR_EMPTY',
  'ANCHOR_IMAGE',
  'REL_NOFOLLOW',
  'REL_SPONSORED',
  'REL_UGC',
  'REL_MISSING_SPONSORED',
  'PAID_LINK_FOLLOWED',
  'HIDDEN_CSS',
  'IN_COMMENT',
  'IN_NOSCRIPT',
  'IN_IFRAME',
  'NOT_ANCHOR_ELEMENT',
  'IN_TEMPLATE',
  'DUPLICATE_MATCHES',
] as const;

export const REASON_CODES = [...FETCH_CODES, ...PAGE_CODES, ...LINK_CODES] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** The codes that are true in a table of findings, in the order above. */
export function codesOf(findings: Partial<Readonly<Record<ReasonCode, boolean>>>): readonly ReasonCode[] {
  return REASON_CODES.filter((code) => findings[code]);
}

/** What one fetch saw. Only evidence makes `live` or `not_live`; a check that could not see the page is `unknown`. */
export const VERDICTS = ['live', 'not_live', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** How a live link stands against the agreement and the search engines' rules. */
export const COMPLIANCE_STATUSES = ['ok', 'violated', 'policy_risk', 'not_judged'] as const;
export type ComplianceStatus = (typeof COMPLIANCE_STATUSES)[number];
