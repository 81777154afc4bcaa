import fc from 'fast-check';
import { dayName } from './calendar.js';
import { isEmptyWindow, nextOpening, OFFICE_HOURS, type SendWindow } from './send-window.js';
import { localTimeAt } from './zoned-time.js';

const next = (window: SendWindow | null, zone: string, at: string): string =>
  nextOpening(window, zone, new Date(at)).toISOString().replace('.000Z', 'Z');
const everyDay = (from: string, to: string): SendWindow => ({ days: [1, 2, 3, 4, 5, 6, 7], from, to });

describe('a week of its own hours', () => {
  const week: SendWindow = {
    ...OFFICE_HOURS,
    hours: {
      '2': [
        { from: '08:00', to: '10:00' },
        { from: '14:00', to: '15:00' },
      ],
      '5': [],
    },
  };

  it.each([
    ['before the first part', '2026-11-24T07:00:00Z', '2026-11-24T08:00:00Z'],
    ['in the pause', '2026-11-24T10:00:00Z', '2026-11-24T14:00:00Z'],
    ['after the last part', '2026-11-24T15:00:00Z', '2026-11-25T09:00:00Z'],
    ['on a day that is closed', '2026-11-27T10:00:00Z', '2026-11-30T09:00:00Z'],
  ])('opens %s', (_, at, expected) => {
    expect(next(week, 'UTC', at)).toBe(expected);
  });

  it('may open a day that the window leaves out', () => {
    expect(next({ ...OFFICE_HOURS, hours: { '6': [{ from: '10:00', to: '11:00' }] } }, 'UTC', '2026-11-28T09:00:00Z')).toBe('2026-11-28T10:00:00Z');
  });

  it.each<[string, SendWindow, boolean]>([
    ['a part ends before it begins', { ...OFFICE_HOURS, hours: { '1': [{ from: '10:00', to: '10:00' }] } }, true],
    ['every day is closed', { days: [1], from: '09:00', to: '10:00', hours: { '1': [] } }, true],
    ['one day is left', week, false],
  ])('is empty or not when %s', (_, window, empty) => {
    expect(isEmptyWindow(window)).toBe(empty);
  });
});

it('is never open outside of its hours or on a holiday, and opens as soon as it may', () => {
  const holidays = new Set(['2026-11-26', '2026-12-25', '2027-01-01']);
  const times = fc.date({ min: new Date('2026-01-01'), max: new Date('2028-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(times, fc.constantFrom('America/New_York', 'Europe/Lisbon', 'Australia/Sydney', 'UTC'), (at, zone) => {
      const opens = nextOpening(OFFICE_HOURS, { zone, holidays }, at);
      const shown = localTimeAt(zone, opens);

      expect(opens.getTime()).toBeGreaterThanOrEqual(at.getTime());
      expect(shown.weekday).toBeLessThanOrEqual(5);
      expect(shown.minuteOfDay).toBeGreaterThanOrEqual(9 * 60);
      expect(shown.minuteOfDay).toBeLessThan(17 * 60);
      expect(holidays.has(dayName(shown))).toBe(false);
      expect(nextOpening(OFFICE_HOURS, { zone, holidays }, opens)).toEqual(opens);
    }),
  );
});

describe('nextOpening', () => {
  it.each([
    ['it is open', '2026-11-23T10:30:15Z', '2026-11-23T10:30:15Z'],
    ['it opens this minute', '2026-11-23T09:00:00Z', '2026-11-23T09:00:00Z'],
    ['it is early', '2026-11-23T08:59:59Z', '2026-11-23T09:00:00Z'],
    ['it has just closed', '2026-11-23T17:00:00Z', '2026-11-24T09:00:00Z'],
    ['the last second is left', '2026-11-23T16:59:59Z', '2026-11-23T16:59:59Z'],
    ['it is Friday evening', '2026-11-27T17:30:00Z', '2026-11-30T09:00:00Z'],
    ['it is Sunday', '2026-11-29T12:00:00Z', '2026-11-30T09:00:00Z'],
    ['the year ends', '2027-12-31T18:00:00Z', '2028-01-03T09:00:00Z'],
  ])('goes by office hours when %s', (_, at, expected) => {
    expect(next(OFFICE_HOURS, 'UTC', at)).toBe(expected);
  });

  it('is open at any time without a window', () => {
    expect(next(null, 'UTC', '2026-11-29T03:00:00Z')).toBe('2026-11-29T03:00:00Z');
  });

  it('goes by its own time zone when it has one', () => {
    expect(next({ ...OFFICE_HOURS, timeZone: 'Asia/Tokyo' }, 'UTC', '2026-11-22T12:00:00Z')).toBe('2026-11-23T00:00:00Z');
  });

  it('goes by the day on the wall there, not here', () => {
    expect(next(OFFICE_HOURS, 'Pacific/Auckland', '2026-11-22T20:00:00Z')).toBe('2026-11-22T20:00:00Z'); // Monday 09:00
  });

  it('may last to the end of the day', () => {
    expect(next(everyDay('22:00', '24:00'), 'UTC', '2026-11-22T23:59:30Z')).toBe('2026-11-22T23:59:30Z');
  });

  describe('on the nights when clocks change', () => {
    it.each([
      ['New York, forward', 'America/New_York', '2026-03-07T23:00:00Z', '2026-03-08T13:00:00Z'],
      ['New York, back', 'America/New_York', '2026-10-31T23:00:00Z', '2026-11-01T14:00:00Z'],
      ['Lisbon, forward', 'Europe/Lisbon', '2026-03-28T20:00:00Z', '2026-03-29T08:00:00Z'],
      ['Lisbon, back', 'Europe/Lisbon', '2026-10-24T20:00:00Z', '2026-10-25T09:00:00Z'],
      ['Sydney, back', 'Australia/Sydney', '2026-04-04T10:00:00Z', '2026-04-04T23:00:00Z'],
      ['Sydney, forward', 'Australia/Sydney', '2026-10-03T10:00:00Z', '2026-10-03T22:00:00Z'],
    ])('opens at 09:00 on the wall in %s', (_, zone, evening, expected) => {
      expect(next(everyDay('09:00', '17:00'), zone, evening)).toBe(expected);
    });

    it('opens at the jump when clocks skip its first minutes', () => {
      expect(next(everyDay('02:30', '05:00'), 'America/New_York', '2026-03-08T06:00:00Z')).toBe('2026-03-08T07:00:00Z');
    });

    it('stays closed for a day when clocks skip all of it', () => {
      expect(next(everyDay('02:00', '03:00'), 'America/New_York', '2026-03-08T06:00:00Z')).toBe('2026-03-09T06:00:00Z');
    });

    it('waits a week longer when clocks skip all of it on its only day', () => {
      expect(next({ days: [7], from: '02:00', to: '03:00' }, 'America/New_York', '2026-03-02T12:00:00Z')).toBe('2026-03-15T06:00:00Z');
    });

    it('opens a second time when its hour comes twice', () => {
      const window = everyDay('01:30', '02:00');

      expect(next(window, 'America/New_York', '2026-11-01T05:00:00Z')).toBe('2026-11-01T05:30:00Z');
      expect(next(window, 'America/New_York', '2026-11-01T06:10:00Z')).toBe('2026-11-01T06:30:00Z');
    });
  });
});

describe('isEmptyWindow', () => {
  it.each([
    [OFFICE_HOURS, false],
    [everyDay('00:00', '24:00'), false],
    [everyDay('17:00', '09:00'), true],
    [everyDay('09:00', '09:00'), true],
    [{ ...OFFICE_HOURS, days: [] }, true],
  ])('judges %j', (window, empty) => {
    expect(isEmptyWindow(window)).toBe(empty);
  });
});
