import { dayName } from './calendar.js';
import { midnightAfter, midnightBefore } from './mailbox-pace.js';
import { localTimeAt } from './zoned-time.js';

const DAY_MS = 86_400_000;

/** The days of a zone from one on, numbered from 0; each midnight is worked out once. For instants not before the first. */
export class ZoneDays {
  private readonly midnights: number[];

  constructor(
    private readonly zone: string,
    first: Date,
  ) {
    this.midnights = [midnightBefore(first, zone).getTime()];
  }

  /** On which day an instant is. */
  of(at: number): number {
    // days have 23 to 25 hours: the guess is off by one at most
    let day = Math.max(0, Math.round((at - this.startOf(0)) / DAY_MS) - 1);
    while (at >= this.startOf(day + 1)) day += 1;
    return day;
  }

  startOf(day: number): number {
    while (this.midnights.length <= day) {
      const last = this.midnights.at(-1) ?? 0;
      this.midnights.push(midnightAfter(new Date(last), this.zone).getTime());
    }
    return this.midnights[day] ?? 0;
  }

  /** `YYYY-MM-DD`. */
  nameOf(day: number): string {
    return dayName(localTimeAt(this.zone, new Date(this.startOf(day))));
  }
}

/** How many mails leave on each day, and how many may. */
export class DayCount {
  private readonly counted = new Map<number, number>();

  /** @param today  what has left on day 0 already */
  constructor(
    readonly perDay: number,
    today = 0,
  ) {
    this.counted.set(0, today);
  }

  on(day: number): number {
    return this.counted.get(day) ?? 0;
  }

  isFull(day: number): boolean {
    return this.on(day) >= this.perDay;
  }

  add(day: number): void {
    this.counted.set(day, this.on(day) + 1);
  }
}
