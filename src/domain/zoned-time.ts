/** What a clock on the wall of a time zone shows. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly minuteOfDay: number;
  /** 1 Monday to 7 Sunday, as ISO 8601 counts. */
  readonly weekday: number;
}

/** A day and a minute of it; days beyond the end of the month run on into the next one. */
export type LocalMoment = Pick<LocalTime, 'year' | 'month' | 'day' | 'minuteOfDay'>;

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
/** Making a formatter costs a hundred times what using it does. There are some 600 zones; odd spellings must not pile up. */
const FORMATTERS_AT_MOST = 1000;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** A name of the IANA database, such as Europe/Lisbon. Offsets such as +01:00 are no zones: they know no summer time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/.test(name)) return false;
  try {
    return formatterOf(name).format(0) !== '';
  } catch {
    return false;
  }
}

/** @throws RangeError when there is no such zone */
export function localTimeAt(zone: string, at: Date): LocalTime {
  const local = new Date(at.getTime() + offsetMs(zone, at.getTime()));
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    minuteOfDay: local.getUTCHours() * 60 + local.getUTCMinutes(),
    weekday: local.getUTCDay() || 7,
  };
}

/**
 * The instants at which the clocks of a zone show a moment, earliest first: one on most days, two where clocks go back,
 * and where they jump over it the instant of the jump, which is the first that is not before it.
 */
export function instantsAt(zone: string, moment: LocalMoment): Date[] {
  const shown = Date.UTC(moment.year, moment.month - 1, moment.day, 0, moment.minuteOfDay);
  const before = shown - offsetMs(zone, shown - DAY_MS);
  const after = shown - offsetMs(zone, shown + DAY_MS);
  const found = [...new Set([before, after])].filter((instant) => instant + offsetMs(zone, instant) === shown);
  if (found.length === 0) return [jumpBetween(zone, after, before)];
  return found.sort((a, b) => a - b).map((instant) => new Date(instant));
}

/** The first instant with the later offset; clocks jump forward once between the two. */
function jumpBetween(zone: string, from: number, to: number): Date {
  const offsetBefore = offsetMs(zone, from);
  let low = from;
  let high = to;
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (offsetMs(zone, middle) === offsetBefore) low = middle;
    else high = middle;
  }
  return new Date(high);
}

/** Local time less UTC. */
function offsetMs(zone: string, instant: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(instant)) parts[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    calendar: 'gregory',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formatters.size >= FORMATTERS_AT_MOST) formatters.clear();
  formatters.set(zone, made);
  return made;
}
