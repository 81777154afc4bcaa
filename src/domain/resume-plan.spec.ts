import fc from 'fast-check';
import { type Backlog, spacingMs, spreadBacklog } from './resume-plan.js';
import { OFFICE_HOURS } from './send-window.js';

const friday = new Date('2026-11-27T10:00:00Z');
const backlog: Backlog = { mails: 10, perDay: 4, leftToday: 1, spreadOverDays: null, window: OFFICE_HOURS, zone: 'UTC', now: friday };

describe('the days of a backlog', () => {
  it.each<[string, Partial<Backlog>, [string, number][]]>([
    ['go by what is left of today, then by the day, and leave out the weekend', {}, [['2026-11-27', 1], ['2026-11-30', 4], ['2026-12-01', 4], ['2026-12-02', 1]]], // prettier-ignore
    ['are no fuller than the spread', { mails: 4, spreadOverDays: 4, window: null }, [['2026-11-27', 1], ['2026-11-28', 1], ['2026-11-29', 1], ['2026-11-30', 1]]], // prettier-ignore
    ['leave out a day whose hours are over', { mails: 1, now: new Date('2026-11-27T18:00:00Z') }, [['2026-11-30', 1]]],
    ['are none when nothing waits', { mails: 0 }, []],
    ['are none when nothing may leave', { perDay: 0, leftToday: 0 }, []],
  ])('%s', (_, change, expected) => {
    expect(spreadBacklog({ ...backlog, ...change }).map(({ day, mails }) => [day, mails])).toEqual(expected);
  });

  it('are never over the limit, and together what waits', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 50 }), fc.option(fc.integer({ min: 1, max: 30 })), (mails, perDay, spreadOverDays) => {
        const days = spreadBacklog({ ...backlog, mails, perDay, leftToday: perDay, spreadOverDays, window: null });

        expect(Math.max(0, ...days.map((day) => day.mails))).toBeLessThanOrEqual(perDay);
        if (days.length < 250) expect(days.reduce((sum, day) => sum + day.mails, 0)).toBe(mails);
      }),
    );
  });

  it('are spaced evenly', () => {
    expect(spacingMs(4, 2)).toBe(43_200_000);
    expect(spacingMs(0, 2)).toBe(0);
  });
});
