import type { BacklinkState } from './machines/backlink.js';
import type { Verdict } from './reason-codes.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** Waits after each unknown in a row of the first verification (state-model 5); past them a person is asked, and we look weekly. */
export const RETRY_WAITS_MS = [5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS, DAY_MS];
/** Waits after an unknown while a link is watched: nobody waits for the answer, and a bad day must not become a storm. */
const WATCH_RETRY_WAITS_MS = [2 * HOUR_MS, 6 * HOUR_MS];

// Ages at which to look, counted from the state's beginning or from the first miss.
const FIRST_DAYS_MS = [HOUR_MS, 6 * HOUR_MS, DAY_MS, 2 * DAY_MS, 3 * DAY_MS];
const SUSPECT_MS = [HOUR_MS, 6 * HOUR_MS, DAY_MS];
const LOST_MS = [1, 3, 7, 14, 30, 60, 90].map((days) => days * DAY_MS);
const REJECTED_MS = [1, 3, 7, 14].map((days) => days * DAY_MS);

const JITTER = 0.1;
/** A look up to a jitter before its age counts as that look. */
const NEARLY = 1.12;
/** How far a Retry-After is believed. */
const LONGEST_REST_MS = WEEK_MS;

export interface LookAhead {
  /** The state after the check. */
  readonly state: BacklinkState;
  /** Since when it is in that state. */
  readonly since: Date;
  readonly verdict: Verdict;
  /** Unknowns in a row, this one included. */
  readonly unknownChecks: number;
  readonly firstNegativeAt: Date | null;
  /** A change against the agreement was seen once and wants to be confirmed. */
  readonly unconfirmed: boolean;
  /** Money, goods or a link back were given: looked at daily. */
  readonly paid: boolean;
  /** The server asked not to come before (Retry-After). */
  readonly retryAt?: Date | undefined;
}

/**
 * When to look next (state-model 5, "Cadence"). Null: no more by itself.
 * @param jitter  -1 to 1: 10 % earlier to 10 % later; where evidence must span a time, only later
 */
export function nextCheckAt(link: LookAhead, now: Date, jitter: number): Date | null {
  const wait = waitMs(link, now, jitter);
  if (wait === undefined) return null;
  const rest = link.retryAt ? Math.min(link.retryAt.getTime() - now.getTime(), LONGEST_REST_MS) : 0;
  return new Date(now.getTime() + Math.max(Math.round(wait), rest));
}

function waitMs(link: LookAhead, now: Date, jitter: number): number | undefined {
  const { state } = link;
  const age = now.getTime() - link.since.getTime();
  const spread = 1 + JITTER * jitter;
  if (state === 'expected' || state === 'closed') return undefined;
  if (state === 'lost') return untilNext(LOST_MS, age, spread);
  if (state === 'rejected') return untilNext(REJECTED_MS, age, spread);
  if (state === 'needs_review') return DAY_MS * spread;
  if (state === 'live' || state === 'degraded') return watchMs(link, age) * spread;
  if (state !== 'suspect' && link.verdict === 'unknown') return (RETRY_WAITS_MS[link.unknownChecks - 1] ?? WEEK_MS) * spread;
  return confirmMs(state === 'suspect' ? SUSPECT_MS : RETRY_WAITS_MS, link, now) * (1 + JITTER * Math.abs(jitter));
}

/** The next look at a link that was missed, until the misses are enough. */
function confirmMs(ages: readonly number[], { firstNegativeAt }: LookAhead, now: Date): number {
  return untilNext(ages, firstNegativeAt ? now.getTime() - firstNegativeAt.getTime() : 0) ?? DAY_MS;
}

function watchMs({ verdict, unknownChecks, unconfirmed, paid }: LookAhead, age: number): number {
  if (verdict === 'unknown') return WATCH_RETRY_WAITS_MS[unknownChecks - 1] ?? DAY_MS;
  if (unconfirmed) return HOUR_MS;
  const early = untilNext(FIRST_DAYS_MS, age);
  if (early !== undefined) return early;
  if (paid) return DAY_MS;
  if (age <= 30 * DAY_MS) return 3 * DAY_MS;
  return age <= 180 * DAY_MS ? WEEK_MS : 30 * DAY_MS;
}

function untilNext(ages: readonly number[], age: number, spread = 1): number | undefined {
  const next = ages.find((at) => at > age * NEARLY);
  return next === undefined ? undefined : (next - age) * spread;
}
