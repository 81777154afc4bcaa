import { forecast, type ForecastItem, type ForecastMailbox } from './send-forecast.js';
import { OFFICE_HOURS, type SendWindow } from './send-window.js';

const MONDAY = new Date('2026-11-02T10:00:00Z');
const mail = (value: number, kind: 'mail' | 'task' = 'mail') =>
  ({ key: `s${value}${kind}`, kind, templateId: 't', title: null, delay: { value, unit: 'businessDays' } }) as const;
const mailbox: ForecastMailbox = { id: 'm', perDay: 1000, perHour: 1000, gapSeconds: 0 };
const person: ForecastItem = { zone: 'UTC', holidays: new Set(), dueAt: MONDAY, steps: [mail(0)] };

function run(items: readonly ForecastItem[], mailboxes: readonly ForecastMailbox[], window: SendWindow | null = null) {
  const simulation = forecast(items, window, mailboxes);
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
    const simulation = forecast(people(3), null, [mailbox]);

    expect([simulation.next(), simulation.next(), simulation.next(), simulation.next()].map(({ done }) => done)).toEqual([false, false, false, true]);
  });
});
