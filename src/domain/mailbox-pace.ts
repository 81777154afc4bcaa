const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Mails of one mailbox taken at a time when it has no gap. */
const BATCH = 50;

/** What a mailbox may do and what it has done (feature F28: the smallest limit wins). */
export interface MailboxPace {
  readonly perDay: number;
  readonly perHour: number;
  /** Least time between two mails; 0 is none. */
  readonly gapSeconds: number;
  /** Mails handed over, or on their way, since midnight UTC. */
  readonly today: number;
  /** The same in the last 60 minutes. */
  readonly lastHour: number;
  /** When the first of the last hour went. */
  readonly oldestInHourAt: Date | null;
}

/** A limit that is reached now, and when it gives way. */
export interface ReachedLimit {
  readonly limit: 'day' | 'hour';
  readonly opensAt: Date;
}

export function midnightBefore(now: Date): Date {
  return new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS);
}

/** @returns how many mails the mailbox may take up now; 0 when a limit is reached */
export function allowance(pace: MailboxPace): number {
  const batch = pace.gapSeconds > 0 ? 1 : BATCH;
  return Math.max(0, Math.min(batch, pace.perDay - pace.today, pace.perHour - pace.lastHour));
}

export function reachedLimits(pace: MailboxPace, now: Date): ReachedLimit[] {
  const day: ReachedLimit = { limit: 'day', opensAt: new Date(midnightBefore(now).getTime() + DAY_MS) };
  const hour: ReachedLimit = { limit: 'hour', opensAt: new Date((pace.oldestInHourAt ?? now).getTime() + HOUR_MS) };
  return [...(pace.today >= pace.perDay ? [day] : []), ...(pace.lastHour >= pace.perHour ? [hour] : [])];
}

/** @param jitter 0 (inclusive) to 1 (exclusive); lengthens the gap by up to 20 %, so that mails do not leave like clockwork */
export function afterGap(gapSeconds: number, now: Date, jitter: number): Date {
  return new Date(now.getTime() + Math.round(gapSeconds * SECOND_MS * (1 + 0.2 * jitter)));
}
