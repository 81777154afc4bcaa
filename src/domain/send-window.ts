import { type Calendar, calendarOf, dayName } from './calendar.js';
import { instantsAt, type LocalTime, localTimeAt } from './zoned-time.js';

/** A part of a day. */
export interface DaySpan {
  /** `HH:MM`, included. */
  readonly from: string;
  /** `HH:MM`, not included, later than `from`; 24:00 is the end of the day. */
  readonly to: string;
}

/** When mails of a campaign may leave, by the clock on the recipient's wall. */
export interface SendWindow extends DaySpan {
  /** Only where the campaign fixes one; absent, the recipient's own counts. */
  readonly timeZone?: string;
  /** 1 Monday to 7 Sunday; at least one. */
  readonly days: readonly number[];
  /** Weekdays with hours of their own, in place of `days`, `from` and `to`: `{ "5": [{ "from": "09:00", "to": "12:00" }] }`. None: closed. */
  readonly hours?: Readonly<Record<string, readonly DaySpan[]>>;
  /** Open on public holidays of the recipient's country too. */
  readonly onHolidays?: boolean;
}

/** What a campaign has that names none: office hours of the recipient. */
export const OFFICE_HOURS: SendWindow = { days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' };

export const WINDOW_TIME = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** A window of a single weekday may fall into the hour which clocks jump over, or on holidays several weeks running. */
const DAYS_TO_LOOK_AHEAD = 60;

/**
 * The first instant at or after `at` when the window is open; `at` itself when it is, or when there is no window.
 *
 * Goes by what clocks show: an hour that summer time skips opens the window at the jump, an hour that comes twice opens it twice.
 *
 * @param recipient  time zone, for a window without one of its own, and holidays
 * @throws RangeError when the zone is unknown
 */
export function nextOpening(window: SendWindow | null, recipient: string | Calendar, at: Date): Date {
  if (window === null) return at;
  const { zone, holidays } = calendarOf(recipient);
  const calendar = { zone: window.timeZone ?? zone, holidays };
  if (isOpen(window, calendar, at)) return at;
  const today = localTimeAt(calendar.zone, at);
  for (let ahead = 0; ahead <= DAYS_TO_LOOK_AHEAD; ahead += 1) {
    const day = { ...today, day: today.day + ahead, minuteOfDay: 0 };
    const openings = spansOn(window, ((today.weekday - 1 + ahead) % 7) + 1)
      .flatMap(({ from }) => instantsAt(calendar.zone, { ...day, minuteOfDay: minuteOf(from) }))
      .sort((a, b) => a.getTime() - b.getTime());
    const opening = openings.find((instant) => instant > at && isOpen(window, calendar, instant));
    if (opening) return opening;
  }
  throw new RangeError('A window needs a day and a time between from and to.');
}

/** Does the window hold no time at all, or a part that ends before it begins? */
export function isEmptyWindow(window: SendWindow): boolean {
  const week = [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) => spansOn(window, weekday));
  return week.length === 0 || [window, ...week].some(({ from, to }) => minuteOf(from) >= minuteOf(to));
}

/** Whether nobody works where the recipient is, for a window that minds. */
export function isHoliday(window: SendWindow | null, recipient: string | Calendar, at: Date): boolean {
  if (window === null || window.onHolidays) return false;
  const { zone, holidays } = calendarOf(recipient);
  return holidays.size > 0 && holidays.has(dayName(localTimeAt(window.timeZone ?? zone, at)));
}

function isOpen(window: SendWindow, calendar: Calendar, at: Date): boolean {
  const local: LocalTime = localTimeAt(calendar.zone, at);
  const inside = spansOn(window, local.weekday).some(({ from, to }) => local.minuteOfDay >= minuteOf(from) && local.minuteOfDay < minuteOf(to));
  return inside && !isHoliday(window, calendar, at);
}

function spansOn(window: SendWindow, weekday: number): readonly DaySpan[] {
  return window.hours?.[String(weekday)] ?? (window.days.includes(weekday) ? [window] : []);
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
