import type { Calendar } from './calendar.js';
import { FIRST_MAILS, FOLLOW_UPS } from './fair-share.js';
import { MailSimulation, type SimulatedLimits } from './mail-simulation.js';
import type { SimulatedMail } from './simulated-queue.js';
import { nextOpening, type SendWindow } from './send-window.js';
import { stepDueAt, type SequenceStep } from './sequence-steps.js';
import { ZoneDays } from './zone-days.js';

/** One person and the steps that are left for them. */
export interface ForecastItem extends Calendar {
  /** When the first of the steps is due. */
  readonly dueAt: Date;
  readonly steps: readonly SequenceStep[];
  /** Of a thread that has begun. */
  readonly mailboxId?: string | null;
  /** Of the address. */
  readonly domain?: string | null;
}

export interface Forecast {
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  /** Mails by day of the workspace's zone, in order. */
  readonly days: readonly { readonly on: string; readonly mails: number }[];
}

export interface ForecastLimits extends SimulatedLimits {
  readonly window: SendWindow | null;
  readonly campaignId?: string;
}

interface Due extends SimulatedMail {
  readonly item: ForecastItem;
  readonly step: number;
}

/**
 * Lets a campaign run in thought, by delays, window and all limits: when its mails would leave if nothing else went out,
 * every condition held and nobody answered. A first mail leaves from the mailbox that is free first, a thread stays where it began.
 *
 * A generator, since it takes a while for thousands: it gives way after each mail, and its caller may. Without mailboxes it is
 * as if there were no limit.
 */
export function* forecast(items: readonly ForecastItem[], limits: ForecastLimits): Generator<undefined, Forecast> {
  const tally = new Tally(limits);
  const simulation = new MailSimulation<Due>(limits);
  const unlimited = limits.mailboxes.length === 0;
  const waiting = items.flatMap((item) => dueAfter(item, -1, { at: item.dueAt, limits }));
  if (!unlimited) for (const mail of waiting) simulation.add(mail, mail.item.mailboxId ?? null);
  for (;;) {
    const left = unlimited ? withoutLimit(waiting) : simulation.next();
    if (!left) return tally.done();
    const { mail, at, mailboxId } = left;
    tally.add(at);
    for (const following of dueAfter(mail.item, mail.step, { at: new Date(at), limits })) {
      if (unlimited) waiting.push(following);
      else simulation.add(following, mailboxId);
    }
    yield undefined;
  }
}

function withoutLimit(waiting: Due[]): { readonly mail: Due; readonly at: number; readonly mailboxId: string } | undefined {
  const mail = waiting.pop();
  return mail && { mail, at: nextOpening(mail.window, mail, new Date(mail.readyAt)).getTime(), mailboxId: '' };
}

/** The next mail of a person after a step was done: tasks in between take no time of a mailbox. @param done  -1: nothing yet */
function dueAfter(item: ForecastItem, done: number, { at, limits }: { readonly at: Date; readonly limits: ForecastLimits }): Due[] {
  const { zone, holidays, domain = null, mailboxId = null } = item;
  let due = at;
  for (let step = done + 1; ; step += 1) {
    const one = item.steps[step];
    if (!one) return [];
    if (step > 0) due = stepDueAt(one, due, item); // the delay of the first is over at `dueAt`
    if (one.kind === 'task') continue;
    const begun = mailboxId !== null || item.steps.slice(0, step).some(({ kind }) => kind !== 'task');
    const lane = begun ? FOLLOW_UPS : FIRST_MAILS;
    return [{ item, step, zone, holidays, domain, lane, campaignId: limits.campaignId ?? null, window: limits.window, readyAt: due.getTime() }];
  }
}

class Tally {
  private first = Infinity;
  private last = -Infinity;
  private readonly days: ZoneDays;
  private readonly byDay = new Map<number, number>();

  constructor({ zone, now }: ForecastLimits) {
    this.days = new ZoneDays(zone, now);
  }

  add(at: number): void {
    [this.first, this.last] = [Math.min(this.first, at), Math.max(this.last, at)];
    const day = this.days.of(at);
    this.byDay.set(day, (this.byDay.get(day) ?? 0) + 1);
  }

  done(): Forecast {
    const none = this.first === Infinity;
    return {
      firstAt: none ? null : new Date(this.first),
      lastAt: none ? null : new Date(this.last),
      days: [...this.byDay].sort(([one], [other]) => one - other).map(([day, mails]) => ({ on: this.days.nameOf(day), mails })),
    };
  }
}
