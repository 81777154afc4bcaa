import type { ReasonCode } from './reason-codes.js';

/** What a check found, for the person who reported the page: plain, and only what they can see themselves on their page. */
const WORDS: Partial<Readonly<Record<ReasonCode, string>>> = {
  DNS_FAIL: 'We could not open this website. Is the address right? We will try again.',
  TLS_FAIL: 'The secure connection to the website failed.',
  TIMEOUT: 'The website did not answer in time. We will try again.',
  CONNECT_FAIL: 'We could not open this website. Is the address right? We will try again.',
  HTTP_4XX: 'The website did not let us see the page.',
  HTTP_404: 'The page does not exist (404). Is it published already?',
  HTTP_410: 'The page has been removed (410).',
  HTTP_429: 'The website asked us to come back later. We will try again.',
  HTTP_5XX: 'The website reported an error. We will try again.',
  CHALLENGE: 'The website asked us to prove that we are human, so we could not see the page.',
  LOGIN_WALL: 'The page can only be seen after logging in.',
  TRUNCATED: 'The page is very long; we could see only its beginning.',
  NOT_HTML: 'The address does not lead to a web page.',
  TARGET_NOT_PUBLIC: 'We could not open this website. Is the address right? We will try again.',
  REDIRECTED_OTHER_SITE: 'The address leads on to another website.',
  SOFT_404: 'The page says that it was not found.',
  PARKED: 'The website shows a parking page.',
  NOINDEX_META: 'The page asks search engines not to list it (noindex).',
  NOINDEX_HEADER: 'The page asks search engines not to list it (X-Robots-Tag: noindex).',
  NOFOLLOW_META: 'The page marks all of its links as nofollow.',
  NOFOLLOW_HEADER: 'The page marks all of its links as nofollow (X-Robots-Tag).',
  CANONICAL_OTHER: 'The page names another page as its original (canonical).',
  CANONICAL_OTHER_SITE: 'The page names a page of another website as its original (canonical).',
  UNAVAILABLE_AFTER_PASSED: 'The page asks search engines to drop it after a date that has passed.',
  JS_SUSPECTED: 'The page is built by scripts; a colleague will look at it.',
  LINK_NOT_FOUND: 'There is no link to our page yet.',
  WRONG_TARGET_PATH: 'There is a link to our website, but to another page.',
  WRONG_TARGET_SITE: 'There is a link that looks like ours, but it leads to another website.',
  TARGET_BROKEN: 'The link leads to a page of ours that does not open.',
  ANCHOR_MISMATCH: 'The link has other words than agreed.',
  ANCHOR_EMPTY: 'The link has no words.',
  REL_NOFOLLOW: 'The link is marked rel="nofollow".',
  REL_SPONSORED: 'The link is marked rel="sponsored".',
  REL_UGC: 'The link is marked rel="ugc".',
  REL_MISSING_SPONSORED: 'The link lacks the rel value that was agreed.',
  PAID_LINK_FOLLOWED: 'The link lacks rel="sponsored" or rel="nofollow".',
  HIDDEN_CSS: 'The link is hidden from visitors.',
  IN_COMMENT: 'The link stands in an HTML comment, where nobody sees it.',
  IN_NOSCRIPT: 'The link is only there for browsers without scripts.',
  IN_IFRAME: 'The link stands in a frame, not on the page itself.',
  NOT_ANCHOR_ELEMENT: 'Our address is on the page, but not as a link.',
  IN_TEMPLATE: 'The link stands in a template, where nobody sees it.',
};

/** @returns undefined for a code that says nothing to people outside */
export function wordsFor(code: ReasonCode): string | undefined {
  return WORDS[code];
}

/** One sentence for each code that says something to the reporter, in the order given. */
export function wordsOf(codes: readonly ReasonCode[]): readonly string[] {
  return [...new Set(codes.flatMap((code) => WORDS[code] ?? []))];
}
