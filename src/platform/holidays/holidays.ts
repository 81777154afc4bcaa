import type { Calendar } from '../../domain/calendar.js';
import { type RecipientPlace, recipientZone } from '../../domain/country-zones.js';

const DAY_MS = 86_400_000;
/** The longest delay of a step is a year of business days, and a window looks two months beyond. */
const YEARS_AHEAD = 2;
/** Countries times years; a workspace of the whole world has some 600. */
const KEPT_AT_MOST = 2000;
const kept = new Map<string, ReadonlySet<string>>();

/**
 * Public holidays of a country from the year before `at` to two years after, as `YYYY-MM-DD`; none of a country that is not
 * known. National ones only: what a state or a town keeps to itself is a working day here.
 *
 * The tables are read when the first country is asked for (some 35 MB), and each country is worked out once a year.
 */
export async function holidaysOf(country: string | null, at: Date): Promise<ReadonlySet<string>> {
  if (country === null) return new Set();
  const year = at.getUTCFullYear();
  const key = `${country} ${String(year)}`;
  const known = kept.get(key);
  if (known) return known;
  const { default: Holidays } = await import('date-holidays');
  const found = new Set<string>();
  const calendar = new Holidays(country, { types: ['public'] });
  for (let each = year - 1; each <= year + YEARS_AHEAD; each += 1) {
    const ofYear = calendar.getHolidays(each) as ReturnType<typeof calendar.getHolidays> | false; // a country without a table, whatever the types say
    for (const { date, start, end } of ofYear || []) {
      const days = Math.max(1, Math.round((end.getTime() - start.getTime()) / DAY_MS));
      const first = Date.parse(`${date.slice(0, 10)}T00:00:00Z`);
      for (let day = 0; day < days; day += 1) found.add(new Date(first + day * DAY_MS).toISOString().slice(0, 10));
    }
  }
  if (kept.size >= KEPT_AT_MOST) kept.clear();
  kept.set(key, found);
  return found;
}

/** Whose clock and whose holidays count for a recipient. */
export async function recipientCalendar(place: RecipientPlace, at: Date): Promise<Calendar> {
  return { zone: recipientZone(place), holidays: await holidaysOf(place.country, at) };
}
