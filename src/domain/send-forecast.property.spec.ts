import fc from 'fast-check';
import { FIRST_MAILS, FOLLOW_UPS, type Lane, shareOut } from './fair-share.js';
import { allowance, midnightBefore } from './mailbox-pace.js';
import { forecast, type ForecastItem } from './send-forecast.js';
import { nextOpening, type SendWindow } from './send-window.js';
import { type SequenceStep, stepDueAt } from './sequence-steps.js';
import type { SimulatedPace } from './simulated-mailbox.js';

const HALF_HOUR_MS = 1_800_000;
const START = new Date('2026-10-23T10:00:00Z'); // Friday; on Sunday clocks go back in Europe
const HOLIDAYS = new Set(['2026-10-26', '2026-10-29']);

interface Waiting {
  readonly item: ForecastItem;
  readonly step: number;
  readonly readyAt: Date;
  readonly lane: Lane;
  readonly mailboxId: string | null;
}

interface Sent {
  readonly at: Date;
  readonly lane: Lane;
  readonly midnight: number;
  readonly mailboxId: string;
}

/** The sender itself, by its own decisions, looked at every half hour: slow and plain. */
function realRun(
  items: readonly ForecastItem[],
  mailboxes: readonly SimulatedPace[],
  { window, zone }: { window: SendWindow; zone: string },
): Sent[] {
  let waiting: Waiting[] = items.map((item) => ({ item, step: 0, readyAt: item.dueAt, lane: FIRST_MAILS, mailboxId: null }));
  const sent: Sent[] = [];
  for (let at = START; waiting.length > 0; at = new Date(at.getTime() + HALF_HOUR_MS)) {
    const opens = new Map<string, boolean>();
    const isOpen = ({ item }: Waiting): boolean => {
      const place = `${item.zone} ${String(item.holidays.size)}`;
      const open = opens.get(place) ?? nextOpening(window, item, at).getTime() === at.getTime();
      opens.set(place, open);
      return open;
    };
    if (!waiting.some((mail) => mail.readyAt <= at && isOpen(mail))) continue;
    for (const mailbox of mailboxes) {
      const may = (mail: Waiting): boolean => mail.readyAt <= at && (mail.mailboxId ?? mailbox.id) === mailbox.id && isOpen(mail);
      while (allowance(paceOf(mailbox, sent, { at, zone }), at) > 0) {
        const open = waiting.filter(may).sort((a, b) => a.readyAt.getTime() - b.readyAt.getTime());
        const queues = [FOLLOW_UPS, FIRST_MAILS].flatMap((lane) => {
          const [oldest] = open.filter((mail) => mail.lane === lane);
          return oldest ? [{ lane: oldest.lane, oldest }] : [];
        });
        const taken = (lane: Lane): number => sentOf(sent, mailbox.id, { at, zone }).filter((one) => one.lane === lane).length;
        const [share] = shareOut(
          queues.map(({ lane, oldest }) => ({ lane, campaignId: 'c', weight: 1, oldestAt: oldest.readyAt, taken: taken(lane), room: null })),
          1,
        );
        const mail = queues.find(({ lane }) => lane === share?.lane)?.oldest;
        if (!mail) break;
        sent.push({ at, mailboxId: mailbox.id, lane: mail.lane, midnight: midnightBefore(at, zone).getTime() });
        const next = mail.item.steps[mail.step + 1];
        waiting = waiting.filter((other) => other !== mail);
        if (next) waiting.push({ ...mail, step: mail.step + 1, readyAt: stepDueAt(next, at, mail.item), lane: FOLLOW_UPS, mailboxId: mailbox.id });
      }
    }
  }
  return sent;
}

function sentOf(sent: readonly Sent[], mailboxId: string, { at, zone }: { at: Date; zone: string }): Sent[] {
  const midnight = midnightBefore(at, zone).getTime();
  return sent.filter((one) => one.mailboxId === mailboxId && one.midnight === midnight);
}

function paceOf(mailbox: SimulatedPace, sent: readonly Sent[], { at, zone }: { at: Date; zone: string }): SimulatedPace {
  const own = sent.filter((one) => one.mailboxId === mailbox.id);
  const lastHour = own.filter((one) => one.at.getTime() > at.getTime() - 2 * HALF_HOUR_MS);
  const today = midnightBefore(at, zone).getTime();
  const days = new Set(own.map((one) => one.midnight).filter((midnight) => midnight < today));
  const ramp = mailbox.ramp ? { ...mailbox.ramp, daysBefore: days.size } : null;
  return {
    ...{ ...mailbox, zone, ramp, lastHour: lastHour.length, oldestInHourAt: lastHour[0]?.at ?? null },
    today: sentOf(sent, mailbox.id, { at, zone }).length,
  };
}

const time = fc.integer({ min: 12, max: 38 });
const clock = (halfHours: number): string => `${String(Math.floor(halfHours / 2)).padStart(2, '0')}:${halfHours % 2 === 0 ? '00' : '30'}`;
const span = fc.tuple(time, time).map(([one, other]) => ({ from: clock(Math.min(one, other)), to: clock(Math.max(one, other) + 1) }));
const window = fc.record({
  days: fc.constant([1, 2, 3, 4, 5]),
  hours: fc.record({ '1': fc.array(span, { maxLength: 2 }), '4': fc.array(span, { maxLength: 2 }) }),
});
const sendWindow = fc.tuple(span, window).map(([one, other]): SendWindow => ({ ...one, ...other }));
const zone = fc.constantFrom('UTC', 'Europe/Lisbon', 'America/New_York', 'Australia/Sydney');
const pace = fc.record({
  perDay: fc.integer({ min: 1, max: 6 }),
  perHour: fc.integer({ min: 1, max: 3 }),
  start: fc.integer({ min: 1, max: 3 }),
  ramped: fc.boolean(),
});
const person = fc.record({
  zone,
  away: fc.boolean(),
  late: fc.integer({ min: 0, max: 20 }),
  days: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
});

const step = (value: number, at: number): SequenceStep => ({
  key: `s${String(at)}`,
  kind: 'mail',
  templateId: 't',
  title: null,
  delay: { value, unit: 'businessDays' },
});

it('foretells what the sender then does, under ramps, holidays, windows of each weekday and nights with a changing clock', () => {
  fc.assert(
    fc.property(
      fc.array(person, { maxLength: 7 }),
      fc.array(pace, { minLength: 1, maxLength: 2 }),
      fc.record({ sendWindow, zone }),
      (people, paces, where) => {
        const items = people.map(({ zone: at, away, late, days }) => ({
          ...{ zone: at, holidays: away ? HOLIDAYS : new Set<string>(), steps: [step(0, 0), ...days.map((value, place) => step(value, place + 1))] },
          // whole half hours, so that looking at each of them misses nothing
          dueAt: new Date(START.getTime() + late * HALF_HOUR_MS),
        }));
        const mailboxes = paces.map(({ perDay, perHour, start, ramped }, at): SimulatedPace => {
          const ramp = ramped ? { start, step: 1, daysBefore: 0 } : null;
          return { id: String(at), perDay, perHour, gapSeconds: 0, today: 0, lastHour: 0, oldestInHourAt: null, ramp, zone: where.zone };
        });

        const simulation = forecast(items, { now: START, zone: where.zone, mailboxes, window: where.sendWindow, campaignId: 'c' });
        let end = simulation.next();
        while (!end.done) end = simulation.next();
        const real = realRun(items, mailboxes, { window: where.sendWindow, zone: where.zone });

        const byDay = new Map<string, number>();
        const dayOf = new Intl.DateTimeFormat('en-CA', { timeZone: where.zone });
        for (const { at } of real) byDay.set(dayOf.format(at), (byDay.get(dayOf.format(at)) ?? 0) + 1);
        expect(end.value.days).toEqual([...byDay].map(([on, mails]) => ({ on, mails })));
        expect(end.value.firstAt).toEqual(real[0]?.at ?? null);
        expect(end.value.lastAt).toEqual(real.at(-1)?.at ?? null);
      },
    ),
    { numRuns: 40 },
  );
});
