/** Where on the page a link stood. Only `anchor` is a link for everyone; `non_anchor` is anything but `<a href>` (standards 49). */
export const LINK_PLACES = ['anchor', 'noscript', 'iframe', 'non_anchor', 'template', 'comment'] as const;
export type LinkPlace = (typeof LINK_PLACES)[number];

export interface LinkFact {
  /** As written, entities decoded. */
  readonly href: string;
  /** Absolute, against `<base href>` of the final URL; absent when it is no http(s) URL. */
  readonly url?: string;
  readonly tag: string;
  /** Lower-case tokens, in order. */
  readonly rel: readonly string[];
  /** Text content, else the `alt` of its images, else its `title` (standards 50). */
  readonly anchorText: string;
  readonly anchorFrom: 'text' | 'image' | 'title' | 'nothing';
  readonly place: LinkPlace;
  /** Out of a visitor's sight, by its own style, those around it, or the page's style blocks; found out when it is asked for. */
  readonly hidden: boolean;
  /** Up to 200 characters of the page's text with the link in the middle. */
  readonly context: string;
}

/** What a parser saw on one page; the judge never sees HTML. */
export interface PageFacts {
  readonly title: string;
  readonly baseUrl: string;
  readonly robotsMetas: readonly { readonly name: string; readonly content: string }[];
  /** Absolute URLs of `<link rel=canonical>` in the head. */
  readonly canonicals: readonly string[];
  readonly links: readonly LinkFact[];
  /** More links than are listed stood on the page. */
  readonly linksCut: boolean;
  /** The first 3,000 characters of visible text. */
  readonly textStart: string;
  readonly visibleTextLength: number;
  /** Texts of the first `<h1>` elements. */
  readonly headings: readonly string[];
  readonly scriptCount: number;
  readonly inlineScriptLength: number;
  /** Characters of JSON that scripts make the page from. */
  readonly scriptDataLength: number;
  /** How the inline scripts begin, of the first of them. */
  readonly scriptStarts: readonly string[];
  /** Addresses of scripts and frames as written, of the first of them. */
  readonly loads: readonly string[];
  /** What `<noscript>` says to browsers without scripts, its beginning. */
  readonly noscriptStart: string;
  /** An element that script frameworks fill, and how many visible characters stand in it. */
  readonly app?: { readonly textLength: number };
  /** `<meta http-equiv=refresh>`: where the page itself sends browsers. */
  readonly refresh?: PageRefresh;
  readonly hasPasswordField: boolean;
}

export interface PageRefresh {
  readonly afterSeconds: number;
  /** Absolute. */
  readonly url: string;
}

export const FETCH_FAILURES = [
  'DNS_FAIL',
  'TLS_FAIL',
  'TIMEOUT',
  'CONNECT_FAIL',
  'TARGET_NOT_PUBLIC',
  'TOO_MANY_REDIRECTS',
  // not asked at all: its robots.txt says no, or cannot be had, or the host asked us to wait
  'ROBOTS_DISALLOW',
  'ROBOTS_UNREACHABLE',
  'HTTP_429',
] as const;
export type FetchFailureCode = (typeof FETCH_FAILURES)[number];

export interface Hop {
  readonly url: string;
  readonly status: number;
  /** The page led on by `<meta http-equiv=refresh>`, not its server by a status. */
  readonly refresh?: true;
}

/** Response headers that count as evidence; a name may stand several times. */
export const KEPT_HEADERS = [
  'content-type',
  'x-robots-tag',
  'link',
  'cf-mitigated',
  'x-amzn-waf-action',
  'x-vercel-mitigated',
  'x-datadome',
  'etag',
  'last-modified',
  'retry-after',
  'location',
  'server',
] as const;
export type KeptHeaders = Partial<Readonly<Record<(typeof KEPT_HEADERS)[number], readonly string[]>>>;

export interface FailedFetch {
  readonly kind: 'failure';
  readonly code: FetchFailureCode;
  /** For members of the team; names no address inside. */
  readonly detail: string;
  /** The redirects that were followed before it failed. */
  readonly chain: readonly Hop[];
}

export interface FetchedHead {
  readonly kind: 'page';
  readonly finalUrl: string;
  /** Every answer in order, redirects first, the final one last. */
  readonly chain: readonly Hop[];
  readonly status: number;
  readonly headers: KeptHeaders;
  /** The body is only the beginning of what the server would have sent. */
  readonly truncated: boolean;
}

export type FetchFacts = FailedFetch | FetchedHead;
