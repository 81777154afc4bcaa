import { afterGap, allowance, type MailboxPace, reachedLimits } from './mailbox-pace.js';

const now = new Date('2026-11-02T10:30:00Z');
const fresh: MailboxPace = { perDay: 40, perHour: 8, gapSeconds: 0, today: 0, lastHour: 0, oldestInHourAt: null };

describe('allowance', () => {
  it.each<[string, Partial<MailboxPace>, number]>([
    ['the hour, when it is the smallest', {}, 8],
    ['the day, when it is the smallest', { perDay: 3 }, 3],
    ['what is left of the day', { today: 38 }, 2],
    ['what is left of the hour', { lastHour: 7 }, 1],
    ['one, when there is a gap', { gapSeconds: 90 }, 1],
    ['a batch, when nothing else limits', { perDay: 1000, perHour: 1000 }, 50],
    ['nothing over a limit that was lowered', { perDay: 5, today: 9 }, 0],
  ])('is %s', (_, change, expected) => {
    expect(allowance({ ...fresh, ...change })).toBe(expected);
  });
});

describe('reachedLimits', () => {
  it('has none while there is allowance', () => {
    expect(reachedLimits(fresh, now)).toEqual([]);
  });

  it('opens the day at midnight UTC and the hour an hour after its first mail', () => {
    const spent = { ...fresh, today: 40, lastHour: 8, oldestInHourAt: new Date('2026-11-02T09:45:00Z') };

    expect(reachedLimits(spent, now)).toEqual([
      { limit: 'day', opensAt: new Date('2026-11-03T00:00:00Z') },
      { limit: 'hour', opensAt: new Date('2026-11-02T10:45:00Z') },
    ]);
  });
});

it('lengthens a gap by up to a fifth', () => {
  expect(afterGap(90, now, 0)).toEqual(new Date('2026-11-02T10:31:30Z'));
  expect(afterGap(100, now, 0.5)).toEqual(new Date('2026-11-02T10:31:50Z'));
});
