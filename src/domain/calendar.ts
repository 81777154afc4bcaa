import type { LocalTime } from './zoned-time.js';

/** The days of a place: what its clocks show, and when nobody works there. */
export interface Calendar {
  readonly zone: string;
  /** Public holidays as `YYYY-MM-DD`. They come in as data: which country has which is none of the rules' business. */
  readonly holidays: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** A place of which only the zone is known has no holidays. */
export function calendarOf(place: string | Calendar): Calendar {
  return typeof place === 'string' ? { zone: place, holidays: NONE } : place;
}

/** `YYYY-MM-DD`; a day beyond the end of the month is one of the next. */
export function dayName({ year, month, day }: Pick<LocalTime, 'year' | 'month' | 'day'>): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}
