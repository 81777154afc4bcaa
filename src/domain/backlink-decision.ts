import { nextCheckAt, RETRY_WAITS_MS } from './check-cadence.js';
import type { BacklinkState } from './machines/backlink.js';
import { FETCH_CODES, type ReasonCode, type Verdict } from './reason-codes.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What is gathered towards lost, rejected or a person's look. */
export interface EvidenceCounters {
  /** Misses since the link was last seen, or since suspicion began. */
  readonly negativeChecks: number;
  readonly firstNegativeAt: Date | null;
  /** Unknowns in a row. */
  readonly unknownChecks: number;
}

/** A link as it stands before a check is weighed. */
export interface LinkStanding extends EvidenceCounters {
  readonly state: BacklinkState;
  readonly stateSince: Date;
  readonly lastLiveAt: Date | null;
  readonly reviewDueAt: Date | null;
  /** What was against the agreement when the link was last seen. */
  readonly complianceCodes: readonly ReasonCode[];
  /** All that the check before said; empty when there was none. */
  readonly lastCodes: readonly ReasonCode[];
  readonly paid: boolean;
}

export interface CheckFinding {
  readonly verdict: Verdict;
  readonly reasonCodes: readonly ReasonCode[];
  readonly complianceCodes: readonly ReasonCode[];
  readonly retryAt?: Date | undefined;
}

export interface LinkDecision {
  /** What the link is believed to be now; null: the check moves nothing. */
  readonly to: BacklinkState | null;
  readonly counters: EvidenceCounters;
  readonly nextCheckAt: Date | null;
  /** From when on a person should look, though the state stays. */
  readonly reviewDueAt: Date | null;
  /** The second parked page in a row: the site is no longer what it was. */
  readonly siteParked: boolean;
}

/** Misses that make a loss or a rejection, and the time they must span. */
const CONFIRMED = { checks: 3, overMs: DAY_MS };
const GONE = { checks: 2, overMs: 6 * HOUR_MS };
const GONE_CODES: readonly ReasonCode[] = ['HTTP_404', 'HTTP_410'];

/** Another look will not change it: a person is asked when two looks in a row say so. */
const LASTING: readonly ReasonCode[] = ['LOGIN_WALL', 'TRUNCATED', 'JS_SUSPECTED'];
/** May pass by itself: a person is asked when all retries say so. */
const PASSING: readonly ReasonCode[] = ['CHALLENGE', 'SOFT_404'];
/** A live link that nobody could see for so long wants a person's look. */
const UNSEEN = { checks: 5, overMs: 7 * DAY_MS };

interface Weighed {
  readonly to: BacklinkState | null;
  readonly counters: EvidenceCounters;
  readonly reviewDueAt: Date | null;
  readonly unconfirmed: boolean;
}

/**
 * What one check means for a link (state-model 5). Unknown never moves a link towards lost, and no single check makes one lost.
 * @param jitter  -1 to 1, spreads the next look
 */
export function decideBacklink(link: LinkStanding, check: CheckFinding, now: Date, jitter: number): LinkDecision {
  const siteParked = parkedAgain(link, check);
  const verdict = siteParked ? 'not_live' : check.verdict;
  const { unconfirmed, ...weighed } = weigh(link, { ...check, verdict }, now);
  const { to, counters } = weighed;
  const next = nextCheckAt(
    {
      ...counters,
      state: to ?? link.state,
      since: to === null ? link.stateSince : now,
      verdict,
      unconfirmed,
      paid: link.paid,
      retryAt: check.retryAt,
    },
    now,
    jitter,
  );
  return { ...weighed, nextCheckAt: next, siteParked };
}

function weigh(link: LinkStanding, check: CheckFinding, now: Date): Weighed {
  switch (check.verdict) {
    case 'live':
      return weighLive(link, check);
    case 'not_live':
      return weighMiss(link, check, now);
    case 'unknown':
      return weighUnknown(link, check, now);
  }
}

function weighLive(link: LinkStanding, check: CheckFinding): Weighed {
  const against = againstTerms(check.complianceCodes);
  const confirmed = against && againstTerms(link.complianceCodes);
  const seen = link.state === 'live' && confirmed ? 'degraded' : SEEN[link.state]?.[against ? 'against' : 'good'];
  return {
    to: seen ?? null,
    counters: { negativeChecks: 0, firstNegativeAt: null, unknownChecks: 0 },
    reviewDueAt: null,
    unconfirmed: link.state === 'live' && against && !confirmed,
  };
}

/** A risk of policy alone leaves the link live: its card does not count it (state-model 5). */
function againstTerms(codes: readonly ReasonCode[]): boolean {
  return codes.some((code) => code !== 'PAID_LINK_FOLLOWED');
}

/** Where a link goes that is seen: as agreed, or against the terms. A state that is left out stays. */
const SEEN: Partial<Readonly<Record<BacklinkState, { readonly good?: BacklinkState; readonly against?: BacklinkState }>>> = {
  reported: { good: 'live', against: 'degraded' },
  verifying: { good: 'live', against: 'degraded' },
  suspect: { good: 'live', against: 'degraded' },
  needs_review: { good: 'live', against: 'degraded' },
  lost: { good: 'live', against: 'degraded' },
  degraded: { good: 'live' },
  rejected: { good: 'live' },
};

function weighMiss(link: LinkStanding, check: CheckFinding, now: Date): Weighed {
  const { state } = link;
  if (state === 'live' || state === 'degraded' || state === 'needs_review') {
    // suspicion begins anew: older misses are no evidence for this one
    return { to: 'suspect', counters: { negativeChecks: 1, firstNegativeAt: now, unknownChecks: 0 }, reviewDueAt: null, unconfirmed: false };
  }
  const counters = { negativeChecks: link.negativeChecks + 1, firstNegativeAt: link.firstNegativeAt ?? now, unknownChecks: 0 };
  return { to: missedAs(link, check, counters, now), counters, reviewDueAt: null, unconfirmed: false };
}

function missedAs(link: LinkStanding, check: CheckFinding, counters: EvidenceCounters, now: Date): BacklinkState | null {
  if (link.state === 'reported' || link.state === 'verifying') return spans(counters, CONFIRMED, now) ? 'rejected' : 'reported';
  if (link.state !== 'suspect') return null;
  const gone = [check.reasonCodes, link.lastCodes].every((codes) => codes.some((code) => GONE_CODES.includes(code)));
  return spans(counters, CONFIRMED, now) || (gone && spans(counters, GONE, now)) ? 'lost' : null;
}

function spans({ negativeChecks, firstNegativeAt }: EvidenceCounters, need: typeof CONFIRMED, now: Date): boolean {
  return firstNegativeAt !== null && negativeChecks >= need.checks && now.getTime() - firstNegativeAt.getTime() >= need.overMs;
}

function weighUnknown(link: LinkStanding, check: CheckFinding, now: Date): Weighed {
  const { state, negativeChecks, firstNegativeAt } = link;
  const unknownChecks = link.unknownChecks + 1;
  const first = state === 'reported' || state === 'verifying';
  const retriesOver = unknownChecks > RETRY_WAITS_MS.length;
  const wantsPerson =
    (first || state === 'degraded' || state === 'suspect') &&
    (LASTING.some((code) => check.reasonCodes.includes(code) && link.lastCodes.includes(code)) ||
      (retriesOver && PASSING.some((code) => check.reasonCodes.includes(code))));
  const due = first ? retriesOver : unseenTooLong(link, unknownChecks, now);
  return {
    to: wantsPerson ? 'needs_review' : first ? 'reported' : null,
    counters: { negativeChecks, firstNegativeAt, unknownChecks },
    reviewDueAt: link.reviewDueAt ?? (due ? now : null),
    unconfirmed: false,
  };
}

function unseenTooLong({ state, lastLiveAt, stateSince }: LinkStanding, unknownChecks: number, now: Date): boolean {
  if (state !== 'live' && state !== 'degraded' && state !== 'suspect') return false;
  return unknownChecks >= UNSEEN.checks && now.getTime() - (lastLiveAt ?? stateSince).getTime() >= UNSEEN.overMs;
}

/** The page was really there, and it was a parking page, twice. */
function parkedAgain(link: LinkStanding, { verdict, reasonCodes }: CheckFinding): boolean {
  // robots.txt may say no to a page that was looked at all the same
  const seen = !reasonCodes.some((code) => code !== 'ROBOTS_DISALLOW' && (FETCH_CODES as readonly ReasonCode[]).includes(code));
  return verdict === 'unknown' && seen && reasonCodes.includes('PARKED') && link.lastCodes.includes('PARKED');
}
