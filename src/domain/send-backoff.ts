const MINUTE_MS = 60_000;
/** Tries of one mail that the server may refuse for now; the last refusal gives it up. At most 2 h 35 min without a hint. */
export const TRIES_AT_MOST = 6;
/** A server that turns a mail away for so long without a word about the mail itself will never take it (RFC 5321 section 4.5.4.1). */
const TURNED_AWAY_AT_MOST_MS = 5 * 24 * 60 * MINUTE_MS;
/** In that time; fewer say that the mail was held meanwhile. */
const TURNS_AT_LEAST = 10;

/** How a mail fared before. */
export interface EarlierTries {
  readonly count: number;
  /** Of these, how often not a byte of it left. */
  readonly notBegun: number;
  readonly firstAt: Date;
}

/** Whether a mail that the server would not hear of is given up. */
export function isTurnedAwayForGood({ count, firstAt }: EarlierTries, now: Date): boolean {
  return count >= TURNS_AT_LEAST && now.getTime() - firstAt.getTime() >= TURNED_AWAY_AT_MOST_MS;
}

/**
 * When to try a temporarily refused message again.
 *
 * Waits 5, 10, 20, 40 … minutes, never more than 6 hours: RFC 5321 section 4.5.4.1 asks for at least 30 minutes in
 * general, but greylisting servers answer sooner, so the first tries are short. A server that names a longer time is obeyed.
 *
 * @param attempt  tries already made, 1 or more
 * @param jitter   0 (inclusive) to 1 (exclusive); spreads a burst over a further 20 %
 * @param hintMs   what the server asked for
 * @returns the earliest instant of the next try
 */
export function nextTryAt(attempt: number, now: Date, jitter: number, hintMs = 0): Date {
  const wait = Math.min(5 * MINUTE_MS * 2 ** (Math.max(1, attempt) - 1), 360 * MINUTE_MS);
  return new Date(now.getTime() + Math.round(Math.max(wait, hintMs) * (1 + 0.2 * jitter)));
}
