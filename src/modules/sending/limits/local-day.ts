import { dayName } from '../../../domain/calendar.js';
import { localTimeAt } from '../../../domain/zoned-time.js';

/** The day that a zone has, as `YYYY-MM-DD`. */
export function localDay(at: Date, zone: string): string {
  return dayName(localTimeAt(zone, at));
}
