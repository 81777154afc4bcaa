import fc from 'fast-check';
import { afterGap, allowance, type MailboxPace, midnightAfter, midnightBefore, reachedLimits } from './mailbox-pace.js';

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
    ['the ramp, when it is the smallest', { ramp: { start: 2, step: 2, daysBefore: 1 }, today: 1 }, 3],
    ['what is left to the sender domain', { senderDomain: { perDay: 10, today: 9 } }, 1],
    ['nothing outside of the hours of the mailbox', { window: { days: [1], from: '12:00', to: '13:00' } }, 0],
    ['nothing over a limit that was lowered', { perDay: 5, today: 9 }, 0],
  ])('is %s', (_, change, expected) => {
    expect(allowance({ ...fresh, ...change }, now)).toBe(expected);
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

describe('the day of a zone', () => {
  it.each([
    ['UTC', '2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z'],
    ['America/New_York', '2026-11-02T05:00:00Z', '2026-11-03T05:00:00Z'],
    ['Australia/Sydney', '2026-11-01T13:00:00Z', '2026-11-02T13:00:00Z'],
  ])('%s begins and ends at its midnight', (zone, begins, ends) => {
    expect(midnightBefore(now, zone)).toEqual(new Date(begins));
    expect(midnightAfter(now, zone)).toEqual(new Date(ends));
  });
});

it('names each limit that is reached', () => {
  const spent: MailboxPace = {
    ...{ ...fresh, today: 40, lastHour: 8 },
    ...{ ramp: { start: 5, step: 5, daysBefore: 3 }, senderDomain: { perDay: 60, today: 60 }, window: { days: [2], from: '09:00', to: '10:00' } },
  };

  expect(reachedLimits(spent, now).map(({ limit }) => limit)).toEqual(['day', 'hour', 'ramp', 'sender_domain', 'window']);
});

it('lets nothing through while any limit is reached, and never more than the smallest', () => {
  const some = fc.nat(30);
  fc.assert(
    fc.property(some, some, some, some, fc.record({ perDay: some, perHour: some, start: some, domain: some }), (today, lastHour, days, used, max) => {
      const pace: MailboxPace = {
        ...{ ...fresh, today, lastHour, perDay: max.perDay, perHour: max.perHour },
        ...{ ramp: { start: max.start, step: 1, daysBefore: days }, senderDomain: { perDay: max.domain, today: used } },
      };
      const rooms = [max.perDay - today, max.perHour - lastHour, max.start + days - today, max.domain - used];
      expect(allowance(pace, now)).toBe(Math.max(0, Math.min(50, ...rooms)));
      expect(allowance(pace, now) === 0).toBe(reachedLimits(pace, now).length > 0);
    }),
  );
});

it('lengthens a gap by up to a fifth', () => {
  expect(afterGap(90, now, 0)).toEqual(new Date('2026-11-02T10:31:30Z'));
  expect(afterGap(100, now, 0.5)).toEqual(new Date('2026-11-02T10:31:50Z'));
});
