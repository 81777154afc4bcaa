import { instantsAt, localTimeAt } from './zoned-time.js';

/** When mails of a campaign may leave, by the clock on the recipient's wall. */
export interface SendWindow {
  /** Only where the campaign fixes one; absent, the recipient's own counts. */
  readonly timeZone?: string;
  /** 1 Monday to 7 Sunday; at least one. */
  readonly days: readonly number[];
  /** `HH:MM`, included. */
  readonly from: string;
  /** `HH:MM`, not included, later than `from`; 24:00 is the end of the day. */
  readonly to: string;
}

/** What a campaign has that names none: office hours of the recipient. */
export const OFFICE_HOURS: SendWindow = { days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' };

export const WINDOW_TIME = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** A window of a single weekday that falls into the hour which clocks jump over opens two weeks later. */
const DAYS_TO_LOOK_AHEAD = 15;

/**
 * The first instant at or after `at` when the window is open; `at` itself when it is, or when there is no window.
 *
 * Goes by what clocks show: an hour that summer time skips opens the window at the jump, an hour that comes twice opens it twice.
 *
 * @param zone  the recipient's time zone, for a window without one of its own
 * @throws RangeError when the zone is unknown
 */
export function nextOpening(window: SendWindow | null, zone: string, at: Date): Date {
  if (window === null) return at;
  const where = window.timeZone ?? zone;
  if (isOpen(window, where, at)) return at;
  const today = localTimeAt(where, at);
  for (let ahead = 0; ahead <= DAYS_TO_LOOK_AHEAD; ahead += 1) {
    const openings = instantsAt(where, { ...today, day: today.day + ahead, minuteOfDay: minuteOf(window.from) });
    const opening = openings.find((instant) => instant > at && isOpen(window, where, instant));
    if (opening) return opening;
  }
  throw new RangeError('A window needs a day and a time between from and to.');
}

/** Does the window hold any time at all? */
export function isEmptyWindow(window: SendWindow): boolean {
  return window.days.length === 0 || minuteOf(window.from) >= minuteOf(window.to);
}

function isOpen(window: SendWindow, zone: string, at: Date): boolean {
  const { weekday, minuteOfDay } = localTimeAt(zone, at);
  return window.days.includes(weekday) && minuteOfDay >= minuteOf(window.from) && minuteOfDay < minuteOf(window.to);
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
