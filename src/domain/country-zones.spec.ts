import { recipientZone, zoneOfCountry } from './country-zones.js';
import { isTimeZone } from './zoned-time.js';

describe('the zone of a recipient', () => {
  const place = { timeZone: null, country: null, fallbackZone: 'Europe/Lisbon' };

  it.each<[string, object, string]>([
    ['the contact says', { timeZone: 'Asia/Tokyo', country: 'US' }, 'Asia/Tokyo'],
    ['of the country', { country: 'DE' }, 'Europe/Berlin'],
    ['where most people of a wide country live', { country: 'US' }, 'America/New_York'],
    ['of the workspace, of a country that there is not', { country: 'XX' }, 'Europe/Lisbon'],
    ['of the workspace, when nothing is known', {}, 'Europe/Lisbon'],
  ])('is the one %s', (_, known, zone) => {
    expect(recipientZone({ ...place, ...known })).toBe(zone);
  });

  it('is known to the clock for every country', () => {
    const letters = Array.from({ length: 26 }, (_, at) => String.fromCharCode(65 + at));
    const zones = letters.flatMap((a) => letters.flatMap((b) => zoneOfCountry(a + b) ?? []));

    expect(zones.length).toBeGreaterThan(240);
    expect(zones.filter((zone) => !isTimeZone(zone))).toEqual([]);
  });
});
