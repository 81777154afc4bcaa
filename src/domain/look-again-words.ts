const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** When we look at a page again by ourselves, for the person who reported it: about, and never "in 0 minutes". */
export function lookAgainWords(next: Date, now: Date): string {
  const ms = Math.max(next.getTime() - now.getTime(), 0);
  if (ms < 90 * MINUTE) return `We look again by ourselves in about ${many(Math.max(Math.ceil(ms / MINUTE), 1), 'minute')}.`;
  if (ms < 36 * HOUR) return `We look again by ourselves in about ${many(Math.round(ms / HOUR), 'hour')}.`;
  return `We look again by ourselves in about ${many(Math.round(ms / DAY), 'day')}.`;
}

function many(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
