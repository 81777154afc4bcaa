import { createHash } from 'node:crypto';
import type { Candidate } from '../../domain/link-candidates.js';
import type { Judgement } from '../../domain/link-judge.js';
import type { FetchOutcome } from '../../platform/web-fetch/page-fetcher.js';

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
export function evidenceOf(outcome: FetchOutcome, judgement: Judgement, agent: string): Evidence {
  const seen = outcome.kind === 'page' ? outcome : undefined;
  const details = {
    chain: outcome.chain,
    compliance: judgement.compliance,
    candidates: judgement.candidates.slice(0, MAX_CANDIDATES).map(candidateOf),
    agent,
    ...(outcome.kind === 'failure' && { failure: outcome.detail }),
    ...(seen && {
      headers: seen.headers,
      bodyHash: createHash('sha256').update(seen.body).digest('hex'),
      truncated: seen.truncated,
      timingMs: seen.timingMs,
      ip: seen.fetchedFromIp ?? null,
    }),
  };
  return {
    httpStatus: seen?.status ?? outcome.chain.at(-1)?.status ?? null,
    finalUrl: seen && seen.finalUrl.length <= MAX_URL ? seen.finalUrl : null,
    anchorText: judgement.anchorText === undefined ? null : storable(judgement.anchorText.slice(0, MAX_ANCHOR)),
    rel: (judgement.rel ?? []).map(storable),
    indexable: judgement.indexable ?? null,
    details: JSON.stringify(details, (_, value: unknown) => (typeof value === 'string' ? storable(value) : value)),
  };
}

function candidateOf({ anchorText, ...candidate }: Candidate) {
  return { ...candidate, anchorText: anchorText.slice(0, MAX_ANCHOR) };
}

/** PostgreSQL takes neither NUL nor half of a surrogate pair; pages hold both, and cutting makes the second. */
function storable(text: string): string {
  return text.replaceAll(/\0|\p{Cs}/gu, '\uFFFD');
}
