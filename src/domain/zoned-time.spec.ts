import { instantsAt, isTimeZone, localTimeAt } from './zoned-time.js';

const noonIn = (zone: string, day: string): string[] => {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return instantsAt(zone, { year, month, day: date, minuteOfDay: 720 }).map((instant) => instant.toISOString());
};

describe('isTimeZone', () => {
  it.each(['Europe/Lisbon', 'America/Argentina/Buenos_Aires', 'UTC', 'Etc/GMT+5'])('knows %s', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(['Europe/Atlantis', '+01:00', '', ' UTC', 'Europe/Lisbon\n', 'a/b/c/d', '../UTC'])('refuses %j', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});

describe('localTimeAt', () => {
  it.each([
    ['America/New_York', '2026-03-08T06:59:00Z', { day: 8, minuteOfDay: 119, weekday: 7 }],
    ['America/New_York', '2026-03-08T07:00:00Z', { day: 8, minuteOfDay: 180, weekday: 7 }],
    ['Asia/Kathmandu', '2026-11-22T18:15:00Z', { day: 23, minuteOfDay: 0, weekday: 1 }],
    ['Pacific/Kiritimati', '2026-12-31T12:00:00Z', { year: 2027, month: 1, day: 1, minuteOfDay: 120, weekday: 5 }],
    ['UTC', '2024-02-29T23:59:59.999Z', { month: 2, day: 29, minuteOfDay: 1439, weekday: 4 }],
  ])('reads the clock of %s at %s', (zone, at, expected) => {
    expect(localTimeAt(zone, new Date(at))).toMatchObject(expected);
  });
});

describe('instantsAt', () => {
  it.each([
    ['New York, winter', 'America/New_York', '2026-01-15', ['2026-01-15T17:00:00.000Z']],
    ['New York, summer', 'America/New_York', '2026-07-15', ['2026-07-15T16:00:00.000Z']],
    ['Lisbon, the day clocks go back', 'Europe/Lisbon', '2026-10-25', ['2026-10-25T12:00:00.000Z']],
    ['Sydney, the day clocks go forward', 'Australia/Sydney', '2026-10-04', ['2026-10-04T01:00:00.000Z']],
  ])('finds noon in %s', (_, zone, day, expected) => {
    expect(noonIn(zone, day)).toEqual(expected);
  });

  it('finds both when an hour comes twice', () => {
    const found = instantsAt('America/New_York', { year: 2026, month: 11, day: 1, minuteOfDay: 90 });

    expect(found).toEqual([new Date('2026-11-01T05:30:00Z'), new Date('2026-11-01T06:30:00Z')]);
  });

  it.each([
    ['New York', 'America/New_York', { year: 2026, month: 3, day: 8, minuteOfDay: 150 }, '2026-03-08T07:00:00Z'],
    ['Lord Howe, by half an hour', 'Australia/Lord_Howe', { year: 2026, month: 10, day: 4, minuteOfDay: 135 }, '2026-10-03T15:30:00Z'],
    ['Cairo, at midnight', 'Africa/Cairo', { year: 2026, month: 4, day: 24, minuteOfDay: 0 }, '2026-04-23T22:00:00Z'],
  ])('finds the jump when clocks skip the moment in %s', (_, zone, moment, expected) => {
    expect(instantsAt(zone, moment)).toEqual([new Date(expected)]);
  });

  it('runs on over the end of a month and a year', () => {
    expect(instantsAt('UTC', { year: 2026, month: 12, day: 33, minuteOfDay: 0 })).toEqual([new Date('2027-01-02T00:00:00Z')]);
  });

  it('shows what it was asked for, all year round in zones of every kind', () => {
    for (const zone of ['America/New_York', 'Europe/Lisbon', 'Australia/Sydney', 'Africa/Casablanca', 'America/Santiago', 'Asia/Kolkata']) {
      for (let day = 1; day <= 365; day += 1) {
        const [found] = instantsAt(zone, { year: 2026, month: 1, day, minuteOfDay: 9 * 60 });
        expect(localTimeAt(zone, found!).minuteOfDay).toBe(9 * 60);
      }
    }
  });
});
