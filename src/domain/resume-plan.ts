import { dayName } from './calendar.js';
import { midnightAfter } from './mailbox-pace.js';
import { nextOpening, type SendWindow } from './send-window.js';
import { localTimeAt } from './zoned-time.js';

/** What waits in a campaign that is let go on, and what it may send. */
export interface Backlog {
  /** Mails that are overdue, without those that are too late. */
  readonly mails: number;
  /** What mailboxes and campaign together may send on a day, and on the rest of this one. */
  readonly perDay: number;
  readonly leftToday: number;
  readonly spreadOverDays: number | null;
  readonly window: SendWindow | null;
  /** Of the workspace. */
  readonly zone: string;
  readonly now: Date;
}

export interface DayOfMails {
  /** `YYYY-MM-DD`, by the clock of the workspace. */
  readonly day: string;
  readonly mails: number;
}

const DAY_MS = 86_400_000;
/** More is no forecast any more. */
const DAYS_AT_MOST = 366;

/**
 * On which days a backlog leaves (F31): never more than the limits of a day, and no faster than it is to be spread. Other
 * campaigns in the same mailboxes, and recipients in other zones, make it later.
 */
export function spreadBacklog({ mails, perDay, leftToday, spreadOverDays, window, zone, now }: Backlog): DayOfMails[] {
  const pace = spreadOverDays === null ? perDay : Math.min(perDay, Math.ceil(mails / spreadOverDays));
  const days: DayOfMails[] = [];
  let left = mails;
  let from = now;
  for (let ahead = 0; left > 0 && pace > 0 && ahead < DAYS_AT_MOST; ahead += 1) {
    const midnight = midnightAfter(from, zone);
    const room = nextOpening(window, zone, from) < midnight ? Math.min(pace, ahead === 0 ? leftToday : perDay, left) : 0;
    if (room > 0) days.push({ day: dayName(localTimeAt(zone, from)), mails: room });
    left -= Math.max(0, room);
    from = midnight;
  }
  return days;
}

/** Between two overdue mails that are due again: evenly over the days, the first at once. */
export function spacingMs(mails: number, spreadOverDays: number): number {
  return mails === 0 ? 0 : Math.floor((spreadOverDays * DAY_MS) / mails);
}
