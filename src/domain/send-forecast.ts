import type { Calendar } from './calendar.js';
import { nextOpening, type SendWindow } from './send-window.js';
import { stepDueAt, type SequenceStep } from './sequence-steps.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What one mailbox may send. */
export interface ForecastMailbox {
  readonly id: string;
  readonly perDay: number;
  readonly perHour: number;
  readonly gapSeconds: number;
}

/** One person and the steps that are left for them. */
export interface ForecastItem extends Calendar {
  /** When the first of the steps is due. */
  readonly dueAt: Date;
  readonly steps: readonly SequenceStep[];
}

export interface Forecast {
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  /** Mails by day (UTC), in order. */
  readonly days: readonly { readonly on: string; readonly mails: number }[];
}

/** A mailbox as it stands in the simulated time. */
interface Lane extends ForecastMailbox {
  freeAt: number;
  readonly sentAt: number[];
  day: number;
  today: number;
}

interface Due {
  at: number;
  step: number;
  readonly item: ForecastItem;
}

/**
 * Lets a campaign run in thought, by delays, window and the limits of its mailboxes: when its mails would leave if nothing
 * else went out and nobody answered. Each mailbox takes the mail that has waited longest.
 *
 * A generator, since it takes a while for thousands: it gives way after each mail, and its caller may.
 *
 * @param mailboxes  none: as if there were no limit
 */
export function* forecast(
  items: readonly ForecastItem[],
  window: SendWindow | null,
  mailboxes: readonly ForecastMailbox[],
): Generator<undefined, Forecast> {
  const lanes: Lane[] = mailboxes.map((mailbox) => ({ ...mailbox, freeAt: 0, sentAt: [], day: 0, today: 0 }));
  const days = new Map<string, number>();
  let [first, last] = [Infinity, -Infinity];
  let due: Due[] = items.filter(({ steps }) => steps.length > 0).map((item) => ({ at: item.dueAt.getTime(), step: 0, item }));
  while (due.length > 0) {
    due.sort((one, other) => one.at - other.at);
    const later: Due[] = [];
    for (const { at, step, item } of due) {
      const [now, next] = [item.steps[step], item.steps[step + 1]];
      if (!now) continue;
      const doneAt = now.kind === 'task' ? at : leave(lanes, window, item, at);
      if (now.kind !== 'task') {
        [first, last] = [Math.min(first, doneAt), Math.max(last, doneAt)];
        const on = new Date(doneAt).toISOString().slice(0, 10);
        days.set(on, (days.get(on) ?? 0) + 1);
      }
      if (next) later.push({ at: stepDueAt(next, new Date(doneAt), item).getTime(), step: step + 1, item });
      yield undefined;
    }
    due = later;
  }
  const none = first === Infinity;
  return {
    firstAt: none ? null : new Date(first),
    lastAt: none ? null : new Date(last),
    days: [...days].map(([on, mails]) => ({ on, mails })).sort((one, other) => (one.on < other.on ? -1 : 1)),
  };
}

/** Takes the mailbox that is free first, and gives the time at which the mail leaves it. */
function leave(lanes: readonly Lane[], window: SendWindow | null, place: Calendar, dueAt: number): number {
  const [lane] = [...lanes].sort((one, other) => one.freeAt - other.freeAt);
  if (!lane) return nextOpening(window, place, new Date(dueAt)).getTime();
  let at = nextOpening(window, place, new Date(Math.max(dueAt, lane.freeAt))).getTime();
  for (let free = allowedAt(lane, at); free > at; free = allowedAt(lane, at)) at = nextOpening(window, place, new Date(free)).getTime();
  const day = Math.floor(at / DAY_MS);
  lane.today = day === lane.day ? lane.today + 1 : 1;
  lane.day = day;
  lane.sentAt.push(at);
  if (lane.sentAt.length > lane.perHour) lane.sentAt.shift();
  lane.freeAt = allowedAt(lane, at + lane.gapSeconds * 1000);
  return at;
}

/** The first instant from `at` on when the mailbox's day and hour have room. */
function allowedAt(lane: Lane, at: number): number {
  const day = Math.floor(at / DAY_MS);
  if (day === lane.day && lane.today >= lane.perDay) return (day + 1) * DAY_MS;
  const oldest = lane.sentAt.length >= lane.perHour ? lane.sentAt[0] : undefined;
  return oldest === undefined ? at : Math.max(at, oldest + HOUR_MS);
}
