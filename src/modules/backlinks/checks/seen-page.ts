import { createHash } from 'node:crypto';
import type { SeenLink } from '../../../domain/link-changes.js';
import type { Judgement } from '../../../domain/link-judge.js';
import type { Clock } from '../../../platform/clock.js';
import { isWorthKeeping, READING, type KnownPage } from '../../../platform/web-fetch/known-page.js';
import type { Look } from '../../../platform/web-fetch/page-look.js';
import type { ClaimedLink } from './link-claims.queries.js';
import type { TargetLook } from './target-looks.service.js';

/** What one look at a page brought. */
export interface SeenPage {
  readonly look: Look;
  readonly judgement: Judgement;
  /** What the target and addresses near it answered, as far as it was asked for. */
  readonly targets: ReadonlyMap<string, TargetLook>;
  /** How the link looks, where it was found. */
  readonly looks?: SeenLink | undefined;
}

const MAX_CANDIDATES = 100;

/** Names all that a judgement depends on beside the page: where one of them changes, the page is read again. */
export function judgedFor({ sourceUrl, targetUrl, expectedAnchor, expectedRel, paid, ignoreTrailingSlash, ignoreWww }: ClaimedLink): string {
  return sha256(JSON.stringify([READING, sourceUrl, targetUrl, expectedAnchor, expectedRel, paid, ignoreTrailingSlash, ignoreWww]));
}

export function bodyHashOf(body: string): string {
  return sha256(body);
}

/** What is kept of a page that bears the link: of its links those that the judge looks at. A miss is always read from the page itself. */
export function seenPageOf({ outcome, facts, known, rendered }: Look, { verdict, candidates }: Judgement, clock: Clock): KnownPage | undefined {
  // what scripts made of a page may change while the server's part stays
  if (outcome.kind !== 'page' || !facts || known || rendered || verdict !== 'live') return undefined;
  if (!isWorthKeeping(outcome, facts) || candidates.length > MAX_CANDIDATES) return undefined;
  const { chain, headers, contentType, body } = outcome;
  return { chain, headers, contentType, bodyHash: bodyHashOf(body), seenAt: clock.now().toISOString(), facts: { ...facts, links: candidates } };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
