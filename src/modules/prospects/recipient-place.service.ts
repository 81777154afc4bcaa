import type { Calendar } from '../../domain/calendar.js';
import type { RecipientPlace } from '../../domain/country-zones.js';
import { recipientCalendar } from '../../platform/holidays/holidays.js';

/** SQL: where a recipient is (F25). Of `c` contacts, `p` prospects and `w` workspaces; the first two may be left-joined. */
export const RECIPIENT_PLACE = `jsonb_build_object('timeZone', c.time_zone, 'country', COALESCE(c.country, p.country), 'fallbackZone', w.time_zone) AS place`;

/** Rows that were read with `RECIPIENT_PLACE`, with zone and holidays of their recipients. */
export function withCalendars<Row extends { readonly place: RecipientPlace }>(rows: readonly Row[], at: Date): Promise<(Row & Calendar)[]> {
  return Promise.all(rows.map(async (row) => ({ ...row, ...(await recipientCalendar(row.place, at)) })));
}
