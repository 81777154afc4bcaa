import { forecast, type ForecastItem } from './send-forecast.js';
import { OFFICE_HOURS, type SendWindow } from './send-window.js';
import type { SimulatedPace } from './simulated-mailbox.js';

const MONDAY = new Date('2026-11-02T10:00:00Z');
const mail = (value: number, kind: 'mail' | 'task' = 'mail') =>
  ({ key: `s${value}${kind}`, kind, templateId: 't', title: null, delay: { value, unit: 'businessDays' } }) as const;
const mailbox: SimulatedPace = { id: 'm', perDay: 1000, perHour: 1000, gapSeconds: 0, today: 0, lastHour: 0, oldestInHourAt: null };
const person: ForecastItem = { zone: 'UTC', holidays: new Set(), dueAt: MONDAY, steps: [mail(0)] };

function run(items: readonly ForecastItem[], mailboxes: readonly SimulatedPace[], window: SendWindow | null = null, over: object = {}) {
  const simulation = forecast(items, { now: MONDAY, zone: 'UTC', mailboxes, window, ...over });
  for (let step = simulation.next(); ; step = simulation.next()) if (step.done) return step.value;
}

const people = (count: number, over: Partial<ForecastItem> = {}): ForecastItem[] => Array.from({ length: count }, () => ({ ...person, ...over }));

describe('forecast', () => {
  it('knows no time for nobody', () => {
    expect(run([], [mailbox])).toEqual({ firstAt: null, lastAt: null, days: [] });
    expect(run(people(1, { steps: [mail(0, 'task')] }), [mailbox]).lastAt).toBeNull();
  });

  it('spreads what a mailbox may send over the days', () => {
    const { days, firstAt, lastAt } = run(people(100), [{ ...mailbox, perDay: 40 }]);

    expect(days).toEqual([
      { on: '2026-11-02', mails: 40 },
      { on: '2026-11-03', mails: 40 },
      { on: '2026-11-04', mails: 20 },
    ]);
    expect([firstAt, lastAt]).toEqual([MONDAY, new Date('2026-11-04T00:00:00Z')]);
  });

  it('keeps to the hour, the gap and the window at once', () => {
    const { lastAt, days } = run(people(70), [{ ...mailbox, perHour: 8, gapSeconds: 90 }], OFFICE_HOURS);

    // seven hours of the first day, then 14 mails of the second
    expect(days).toEqual([
      { on: '2026-11-02', mails: 56 },
      { on: '2026-11-03', mails: 14 },
    ]);
    expect(lastAt).toEqual(new Date('2026-11-03T10:07:30Z'));
  });

  it('shares the work between mailboxes', () => {
    expect(
      run(people(100), [
        { ...mailbox, perDay: 40 },
        { ...mailbox, id: 'n', perDay: 60 },
      ]).days,
    ).toHaveLength(1);
  });

  it('counts a follow-up from when the mail before it leaves', () => {
    const { days } = run(people(2, { steps: [mail(0), mail(1)] }), [{ ...mailbox, perDay: 1 }]);

    expect(days.map(({ mails }) => mails)).toEqual([1, 1, 1, 1]);
  });

  it('gives way after each mail', () => {
    const simulation = forecast(people(3), { now: MONDAY, zone: 'UTC', mailboxes: [mailbox], window: null });

    expect([simulation.next(), simulation.next(), simulation.next(), simulation.next()].map(({ done }) => done)).toEqual([false, false, false, true]);
  });

  it('grows with the ramp of a mailbox, and begins with what it has sent today', () => {
    const ramp = { start: 5, step: 5, daysBefore: 0 };

    const { days } = run(people(40), [{ ...mailbox, today: 2, ramp }]);

    expect(days.map(({ mails }) => mails)).toEqual([3, 10, 15, 12]);
  });

  it('leaves out holidays of the recipient, and keeps to the hours of each weekday', () => {
    const window = { ...OFFICE_HOURS, hours: { '3': [{ from: '13:00', to: '14:00' }] } };
    const items = people(3, { holidays: new Set(['2026-11-03']) });

    const { days, firstAt, lastAt } = run(items, [{ ...mailbox, perDay: 2, window }], OFFICE_HOURS);

    expect(days).toEqual([
      { on: '2026-11-02', mails: 2 },
      { on: '2026-11-04', mails: 1 },
    ]);
    expect([firstAt, lastAt]).toEqual([MONDAY, new Date('2026-11-04T13:00:00Z')]);
  });

  it('counts days by the clock of the workspace', () => {
    const { days } = run(people(3), [{ ...mailbox, perDay: 2, zone: 'Australia/Sydney' }], null, { zone: 'Australia/Sydney' });

    // ten o'clock in London is nine in the evening in Sydney: the next day begins at 13:00Z
    expect(days).toEqual([
      { on: '2026-11-02', mails: 2 },
      { on: '2026-11-03', mails: 1 },
    ]);
  });

  it('keeps to what all mailboxes of a domain, and the domain of the recipients, may have together', () => {
    const senderDomain = { perDay: 3, today: 0 };
    const boxes = ['a', 'b'].map((id) => ({ ...mailbox, id, domain: 'shop.example', senderDomain }));
    const perDay = (days: readonly { mails: number }[]): number[] => days.map(({ mails }) => mails);

    expect(perDay(run(people(7), boxes).days)).toEqual([3, 3, 1]);
    const recipientDomain = (): { perDay: number; today: number } => ({ perDay: 2, today: 1 });
    expect(perDay(run(people(4, { domain: 'leaf.example' }), [mailbox], null, { recipientDomain }).days)).toEqual([1, 2, 1]);
    const campaigns = [{ id: 'c', weight: 1, perDay: 2, today: 0 }];
    expect(perDay(run(people(5), [mailbox], null, { campaignId: 'c', campaigns }).days)).toEqual([2, 2, 1]);
  });

  it('keeps half of a day for follow-ups, as the sender does', () => {
    const early = people(4, { mailboxId: 'm' });

    const { lastAt } = run([...people(40), ...early], [{ ...mailbox, perDay: 8 }]);

    // eleven days are needed anyway, but no thread waits for the last of the first mails
    expect(lastAt).toEqual(new Date('2026-11-07T00:00:00Z'));
  });
});
