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
  const age = now.getTime() - link.since.getTime();
  const spread = 1 + JITTER * jitter;
  const spreadLater = 1 + JITTER * Math.abs(jitter);
  switch (link.state) {
    case 'reported':
    case 'verifying':
      if (link.verdict === 'unknown') return (RETRY_WAITS_MS[link.unknownChecks - 1] ?? WEEK_MS) * spread;
      return (untilNext(RETRY_WAITS_MS, sinceMiss(link, now)) ?? DAY_MS) * spreadLater;
    case 'live':
    case 'degraded':
      return watchMs(link, age) * spread;
    case 'suspect':
      return (untilNext(SUSPECT_MS, sinceMiss(link, now)) ?? DAY_MS) * spreadLater;
    case 'needs_review':
      return DAY_MS * spread;
    case 'lost':
      return times(untilNext(LOST_MS, age), spread);
    case 'rejected':
      return times(untilNext(REJECTED_MS, age), spread);
    case 'expected':
    case 'closed':
      return undefined;
  }
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

function sinceMiss({ firstNegativeAt }: LookAhead, now: Date): number {
  return firstNegativeAt ? now.getTime() - firstNegativeAt.getTime() : 0;
}

function untilNext(ages: readonly number[], age: number): number | undefined {
  const next = ages.find((at) => at > age * NEARLY);
  return next === undefined ? undefined : next - age;
}

function times(wait: number | undefined, factor: number): number | undefined {
  return wait === undefined ? undefined : wait * factor;
}
