import { holidaysOf, recipientCalendar } from './holidays.js';

const AT = new Date('2026-11-02T09:00:00Z');

describe('holidays', () => {
  it.each([
    ['US', '2026-11-26'],
    ['PT', '2026-12-01'],
    ['DE', '2027-01-01'],
    ['AU', '2027-01-26'],
  ])('of %s have %s', async (country, day) => {
    expect((await holidaysOf(country, AT)).has(day)).toBe(true);
  });

  it('leave out what only a part of the country keeps', async () => {
    expect((await holidaysOf('DE', AT)).has('2027-01-06')).toBe(false);
  });

  it.each(['XX', null])('are none for %s', async (country) => {
    expect((await holidaysOf(country, AT)).size).toBe(0);
  });

  it('go with the zone of the country', async () => {
    const { zone, holidays } = await recipientCalendar({ timeZone: null, country: 'US', fallbackZone: 'UTC' }, AT);

    expect(zone).toBe('America/New_York');
    expect(holidays.has('2026-12-25')).toBe(true);
  });
});
