import type { Candidate } from '../../../domain/link-candidates.js';
import { seenLink, type SeenLink } from '../../../domain/link-changes.js';
import type { Judgement } from '../../../domain/link-judge.js';
import type { PageFacts } from '../../../domain/page-facts.js';
import { storableText } from '../../../platform/database/storable-text.js';
import type { KnownPage } from '../../../platform/web-fetch/known-page.js';
import type { FetchedPage } from '../../../platform/web-fetch/net/page-fetcher.js';
import { bodyHashOf, type SeenPage } from './seen-page.js';

/** What the evidence row of one check holds beside verdict and codes. */
export interface Evidence {
  readonly httpStatus: number | null;
  readonly finalUrl: string | null;
  readonly anchorText: string | null;
  readonly rel: readonly string[];
  readonly indexable: boolean | null;
  /** JSON. */
  readonly details: string;
}

// As the columns hold it.
const MAX_URL = 4096;
const MAX_ANCHOR = 1000;
const MAX_CANDIDATES = 20;

/** Turns what was fetched and judged into the row that is kept for good (F73). */
export function evidenceOf({ look, judgement, targets }: SeenPage, agent: string): Evidence {
  const { outcome, known, rendered } = look;
  const { anchorText, rel, indexable, compliance, candidates, robots } = judgement;
  const details = {
    ...(outcome.kind === 'page' ? ofPage(outcome, known) : { chain: outcome.chain, failure: outcome.detail }),
    compliance,
    candidates: candidates.slice(0, MAX_CANDIDATES).map(candidateOf),
    ...(robots && robots.length > 0 && { directives: robots }),
    ...(targets.size > 0 && { targets: [...targets].map(([url, target]) => ({ url, ...target })) }),
    agent,
    robots: look.robots,
    ...(rendered && { rendered: true }),
  };
  return {
    httpStatus: outcome.chain.at(-1)?.status ?? null,
    finalUrl: outcome.kind === 'page' && outcome.finalUrl.length <= MAX_URL ? outcome.finalUrl : null,
    anchorText: anchorText === undefined ? null : storableText(anchorText, MAX_ANCHOR),
    rel: (rel ?? []).map((token) => storableText(token)),
    indexable: indexable ?? null,
    details: JSON.stringify(details, (_, value: unknown) => (typeof value === 'string' ? storableText(value) : value)),
  };
}

/** How a link that was found looks, to be compared with later checks; as jsonb takes it. */
export function looksOf(page: PageFacts, finalUrl: string, { best, indexable, verdict }: Judgement): SeenLink | undefined {
  const looks = verdict === 'live' ? seenLink({ finalUrl, canonicals: page.canonicals, indexable }, best) : undefined;
  if (!looks) return undefined;
  const { anchorText, context, rel } = looks;
  return { ...looks, anchorText: storableText(anchorText, MAX_ANCHOR), context: storableText(context), rel: rel.map((token) => storableText(token)) };
}

function ofPage({ chain, headers, body, truncated, timingMs, fetchedFromIp, httpVersion, tls }: FetchedPage, known: KnownPage | undefined) {
  const read = known ? { notModified: true, bodyHash: known.bodyHash, readAt: known.seenAt } : { bodyHash: bodyHashOf(body) };
  return { chain, headers, ...read, truncated, timingMs, ip: fetchedFromIp ?? null, httpVersion, tls: tls ?? null };
}

function candidateOf({ anchorText, ...candidate }: Candidate) {
  return { ...candidate, anchorText: anchorText.slice(0, MAX_ANCHOR) };
}
