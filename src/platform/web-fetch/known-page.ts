import type { Hop, KeptHeaders, PageFacts } from '../../domain/page-facts.js';
import type { FetchedPage } from './net/page-fetcher.js';

/**
 * A page that was read whole, with what stood on it: kept so that a server may say "not modified" instead of sending it again.
 * What an older reading of pages kept is read anew: raise READING whenever extractPageFacts or the judge see more than before.
 */
export interface KnownPage {
  /** Every answer in order, the page itself last. */
  readonly chain: readonly Hop[];
  readonly headers: KeptHeaders;
  readonly contentType: string;
  readonly bodyHash: string;
  /** When its body was read. */
  readonly seenAt: string;
  readonly facts: PageFacts;
}

export const READING = 2;

const ETAG = /^(W\/)?"[\x21\x23-\x7e]{0,200}"$/;
const HTTP_DATE = /^[A-Za-z]{3}, [\x20-\x7e]{1,40}$/;

/** What a request carries to ask only for what is new (RFC 9110 section 13); nothing when the page bore no mark of its version. */
export function validatorsOf({ headers }: Pick<FetchedPage, 'headers'>): Readonly<Record<string, string>> | undefined {
  const etag = headers.etag?.find((value) => ETAG.test(value));
  const changed = headers['last-modified']?.find((value) => HTTP_DATE.test(value) && !Number.isNaN(Date.parse(value)));
  if (etag === undefined && changed === undefined) return undefined;
  return { ...(etag !== undefined && { 'if-none-match': etag }), ...(changed !== undefined && { 'if-modified-since': changed }) };
}

/** Read whole, and saying the same tomorrow: a date after which it is to be forgotten needs its page. */
export function isWorthKeeping(page: FetchedPage, facts: PageFacts): boolean {
  const says = [...facts.robotsMetas.map(({ content }) => content), ...(page.headers['x-robots-tag'] ?? [])];
  const dated = says.some((text) => /unavailable_after/i.test(text));
  return page.status === 200 && !page.truncated && !facts.linksCut && !dated && validatorsOf(page) !== undefined;
}

/** Header fields of a stored answer after a 304: the newer value of each counts, but for those that describe the body (RFC 9111 section 3.2). */
export function refreshedHeaders(kept: KeptHeaders, fresh: KeptHeaders): KeptHeaders {
  const type = kept['content-type'];
  return { ...kept, ...fresh, ...(type && { 'content-type': type }) };
}
