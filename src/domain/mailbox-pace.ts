import { type Ramp, rampLimit } from './ramp.js';
import { nextOpening, type SendWindow } from './send-window.js';
import { instantsAt, localTimeAt } from './zoned-time.js';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
/** Mails of one mailbox taken at a time when it has no gap. */
const BATCH = 50;

/** What a mailbox may do and what it has done (feature F28: the smallest limit wins). */
export interface MailboxPace {
  readonly perDay: number;
  readonly perHour: number;
  /** Least time between two mails; 0 is none. */
  readonly gapSeconds: number;
  /** Mails handed over, or on their way, since midnight. */
  readonly today: number;
  /** The same in the last 60 minutes. */
  readonly lastHour: number;
  /** When the first of the last hour went. */
  readonly oldestInHourAt: Date | null;
  /** Whose midnight counts: the workspace's; UTC when absent. */
  readonly zone?: string;
  readonly ramp?: Ramp | null;
  /** All mailboxes on the same domain together; null without such a limit. */
  readonly senderDomain?: { readonly perDay: number; readonly today: number } | null;
  /** When the mailbox sends at all, by `zone`; null is any time. */
  readonly window?: SendWindow | null;
}

export type PaceLimit = 'day' | 'hour' | 'ramp' | 'sender_domain' | 'window';

/** A limit that is reached now, and when it gives way. */
export interface ReachedLimit {
  readonly limit: PaceLimit;
  readonly opensAt: Date;
}

/** When the day of a zone began; on a day whose midnight the clocks jump over, at the jump. */
export function midnightBefore(now: Date, zone = 'UTC'): Date {
  return midnight(now, zone, 0);
}

export function midnightAfter(now: Date, zone = 'UTC'): Date {
  return midnight(now, zone, 1);
}

function midnight(now: Date, zone: string, ahead: number): Date {
  const local = localTimeAt(zone, now);
  const [first = now] = instantsAt(zone, { ...local, day: local.day + ahead, minuteOfDay: 0 });
  return first;
}

/** @returns how many mails the mailbox may take up now; 0 when a limit is reached */
export function allowance(pace: MailboxPace, now: Date): number {
  if (reachedLimits(pace, now).length > 0) return 0;
  const { perDay, perHour, gapSeconds, today, lastHour, ramp, senderDomain } = pace;
  const rooms = [perDay - today, perHour - lastHour];
  if (ramp) rooms.push(rampLimit(ramp) - today);
  if (senderDomain) rooms.push(senderDomain.perDay - senderDomain.today);
  return Math.max(0, Math.min(gapSeconds > 0 ? 1 : BATCH, ...rooms));
}

export function reachedLimits(pace: MailboxPace, now: Date): ReachedLimit[] {
  const { perDay, perHour, today, lastHour, ramp, senderDomain, window = null, zone = 'UTC' } = pace;
  const tomorrow = midnightAfter(now, zone);
  const reached: ReachedLimit[] = [];
  if (today >= perDay) reached.push({ limit: 'day', opensAt: tomorrow });
  if (lastHour >= perHour) reached.push({ limit: 'hour', opensAt: new Date((pace.oldestInHourAt ?? now).getTime() + HOUR_MS) });
  if (ramp && today >= rampLimit(ramp)) reached.push({ limit: 'ramp', opensAt: tomorrow });
  if (senderDomain && senderDomain.today >= senderDomain.perDay) reached.push({ limit: 'sender_domain', opensAt: tomorrow });
  const opensAt = nextOpening(window, zone, now);
  if (opensAt > now) reached.push({ limit: 'window', opensAt });
  return reached;
}

/** @param jitter 0 (inclusive) to 1 (exclusive); lengthens the gap by up to 20 %, so that mails do not leave like clockwork */
export function afterGap(gapSeconds: number, now: Date, jitter: number): Date {
  return new Date(now.getTime() + Math.round(gapSeconds * SECOND_MS * (1 + 0.2 * jitter)));
}
