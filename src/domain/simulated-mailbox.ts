import type { MailboxPace } from './mailbox-pace.js';
import { rampLimit } from './ramp.js';
import { nextOpening } from './send-window.js';
import { DayCount, type ZoneDays } from './zone-days.js';

const HOUR_MS = 3_600_000;
/** Nothing is foretold beyond: a mailbox that has no room by then has none. */
const DAYS_AHEAD = 1000;

export interface SimulatedPace extends MailboxPace {
  readonly id: string;
  /** Not before then; absent, at once. */
  readonly nextAt?: Date | null;
  /** Of its address: mailboxes of one domain share its limit. */
  readonly domain?: string;
}

/** A mailbox that lives through the days to come in thought, by the limits that it has (F28). */
export class SimulatedMailbox {
  readonly id: string;
  /** The gap after its last mail is over. */
  freeAt: number;
  private readonly days: ZoneDays;
  private readonly domain: DayCount | null;
  private readonly sent: DayCount;
  /** When the mails of the last hour left, the oldest first; those before `perHour` many do not matter any more. */
  private readonly hour: number[];
  private sendDays: number;
  private lastSendDay: number;

  constructor(
    private readonly pace: SimulatedPace,
    { now, days, domain }: { readonly now: Date; readonly days: ZoneDays; readonly domain: DayCount | null },
  ) {
    const { id, today, lastHour, oldestInHourAt, nextAt } = pace;
    this.id = id;
    this.days = days;
    this.domain = domain;
    this.freeAt = Math.max(now.getTime(), nextAt?.getTime() ?? 0);
    this.sent = new DayCount(pace.perDay, today);
    this.hour = Array.from({ length: Math.min(lastHour, pace.perHour) }, () => (oldestInHourAt ?? now).getTime());
    this.sendDays = today > 0 ? 1 : 0;
    this.lastSendDay = today > 0 ? 0 : -1;
  }

  /** The first instant from `at` on at which every limit has room and its window is open; Infinity when there is none. */
  opensAt(at: number): number {
    const { window = null, zone = 'UTC' } = this.pace;
    let open = this.roomAt(at);
    for (let last = -1; open !== last && open !== Infinity;) {
      last = open;
      open = window === null ? open : nextOpening(window, zone, new Date(open)).getTime();
      if (open !== last) open = this.roomAt(open);
    }
    return open;
  }

  /** A mail leaves. */
  take(at: number): void {
    const day = this.days.of(at);
    this.sent.add(day);
    this.domain?.add(day);
    if (day !== this.lastSendDay) this.sendDays += 1;
    this.lastSendDay = day;
    this.hour.push(at);
    if (this.hour.length > this.pace.perHour) this.hour.shift();
    this.freeAt = at + this.pace.gapSeconds * 1000;
  }

  private roomAt(from: number): number {
    let at = this.hourAt(from);
    for (let day = this.days.of(at); this.isFull(day); day += 1) {
      if (day > DAYS_AHEAD) return Infinity;
      at = this.hourAt(this.days.startOf(day + 1));
    }
    return at;
  }

  private hourAt(at: number): number {
    const oldest = this.hour.length >= this.pace.perHour ? this.hour[0] : undefined;
    return oldest === undefined ? at : Math.max(at, oldest + HOUR_MS);
  }

  private isFull(day: number): boolean {
    const { ramp } = this.pace;
    if (this.sent.isFull(day) || this.domain?.isFull(day)) return true;
    if (!ramp) return false;
    const daysBefore = ramp.daysBefore + this.sendDays - (day === this.lastSendDay ? 1 : 0);
    return this.sent.on(day) >= rampLimit({ ...ramp, daysBefore });
  }
}
