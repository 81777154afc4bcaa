import { linkKey } from './link-key.js';

/** How near a link comes to the agreed target, best first (standards 68). */
export const TARGET_LEVELS = ['exact', 'tracking_params', 'redirect', 'same_site', 'look_alike', 'none'] as const;
export type TargetLevel = (typeof TARGET_LEVELS)[number];

/** The registrable domain of a URL, by the public suffix list; absent when it has none. */
export type SiteOf = (url: string) => string | undefined;

export interface TargetRules {
  readonly siteOf: SiteOf;
  /** Redirects that were really seen, from the key of a URL to its final URL, of the link or of the target. */
  readonly redirects?: ReadonlyMap<string, string>;
  /** `/foo` and `/foo/` are the same page; off unless the team says so (standards 67). */
  readonly ignoreTrailingSlash?: boolean;
  /** `www.example.com` and `example.com` are the same host; off unless the team says so. */
  readonly ignoreWww?: boolean;
}

const TRACKING_PARAM =
  /^(utm_[a-z0-9_]*|[gd]clid|gclsrc|[gw]braid|fbclid|msclkid|yclid|ttclid|twclid|igshid|srsltid|mc_[ce]id|mkt_tok|_ga|_gl|_hsenc|_hsmi|vero_id)$/i;
const UNRESERVED = /[a-z0-9\-._~]/i;

/**
 * Compares a link with the target. Only `exact`, `tracking_params` and `redirect` are the target.
 *
 * The fragment never counts. An http link to an https target counts as `exact`: that host answers both. Trailing slash and
 * `www` are differences, unless the rules say otherwise.
 */
export function targetLevelOf(link: string, target: string, rules: TargetRules): TargetLevel {
  return targetMatcher(target, rules)(link);
}

/** The same for many links of one target, which is taken apart once. */
export function targetMatcher(target: string, rules: TargetRules): (link: string) => TargetLevel {
  const to = URL.parse(target);
  if (!to) return () => 'none';
  const wanted = { host: hostOf(to, rules), exact: comparable(to, rules), plain: comparable(withoutTracking(to), rules) };
  const site = rules.siteOf(target);
  return (link) => {
    const from = URL.parse(link);
    if (!from) return 'none';
    if (upgrades(from, to)) from.protocol = 'https:';
    if (hostOf(from, rules) === wanted.host) {
      if (comparable(from, rules) === wanted.exact) return 'exact';
      if (comparable(withoutTracking(from), rules) === wanted.plain) return 'tracking_params';
    }
    return redirectMeets(link, target, rules) ? 'redirect' : nearnessOf(link, from.hostname, site, rules);
  };
}

function upgrades(from: URL, to: URL): boolean {
  return from.protocol === 'http:' && to.protocol === 'https:' && from.port === '' && to.port === '';
}

function nearnessOf(link: string, hostname: string, site: string | undefined, { siteOf }: TargetRules): TargetLevel {
  if (site === undefined) return 'none';
  if (siteOf(link) === site) return 'same_site';
  return looksLike(hostname, site) ? 'look_alike' : 'none';
}

/** Is it the same page to a search engine: canonical tags point freely between http and https, www and bare, with and without slash. */
export function samePage(one: string, other: string): boolean {
  const a = URL.parse(one);
  const b = URL.parse(other);
  if (!a || !b) return false;
  const rules = { siteOf: () => undefined, ignoreTrailingSlash: true, ignoreWww: true };
  b.protocol = a.protocol;
  return comparable(withoutTracking(a), rules) === comparable(withoutTracking(b), rules);
}

function hostOf(url: URL, { ignoreWww }: TargetRules): string {
  return ignoreWww ? url.host.replace(/^www\./, '') : url.host;
}

function comparable(url: URL, rules: TargetRules): string {
  const path = rules.ignoreTrailingSlash ? url.pathname.replace(/\/$/, '') : url.pathname;
  return `${url.protocol}//${hostOf(url, rules)}${normalEscapes(path)}${normalEscapes(url.search)}`;
}

/** RFC 3986 section 6.2.2: hex in capitals, unreserved characters plain. WHATWG parsing leaves both as written. */
function normalEscapes(part: string): string {
  return part.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const char = String.fromCharCode(parseInt(escape.slice(1), 16));
    return UNRESERVED.test(char) ? char : escape.toUpperCase();
  });
}

function withoutTracking(url: URL): URL {
  if (url.search === '') return url;
  const copy = new URL(url);
  const kept = url.search
    .slice(1)
    .split('&')
    .filter((pair) => !TRACKING_PARAM.test(pair.split('=', 1)[0] ?? ''));
  copy.search = kept.join('&');
  return copy;
}

function redirectMeets(link: string, target: string, rules: TargetRules): boolean {
  if (!rules.redirects) return false;
  const linkEnds = rules.redirects.get(linkKey(link) ?? link);
  const targetEnds = rules.redirects.get(linkKey(target) ?? target);
  if (linkEnds === undefined && targetEnds === undefined) return false;
  return targetLevelOf(linkEnds ?? link, targetEnds ?? target, { ...rules, redirects: new Map() }) === 'exact';
}

/** `example.com.evil.io` and `example.net` for `example.com`: near enough to be told, never the target. */
function looksLike(hostname: string, site: string): boolean {
  const name = site.split('.', 1)[0] ?? '';
  return hostname.includes(site) || (name.length > 3 && hostname.split('.').includes(name));
}
