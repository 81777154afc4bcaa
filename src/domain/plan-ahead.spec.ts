import fc from 'fast-check';
import { AHEAD_AT_LEAST, roomAhead } from './plan-ahead.js';

const careful = { perHour: 8, perDay: 40 };
const fast = { perHour: 300, perDay: 10_000 };

describe('roomAhead', () => {
  it.each([
    ['a small campaign of a careful mailbox', [careful], 0, AHEAD_AT_LEAST],
    ['one that waits already', [careful], 30, AHEAD_AT_LEAST - 30],
    ['a full one', [careful], AHEAD_AT_LEAST, 0],
    ['one that is overfull', [careful], 5000, 0],
    ['a fast mailbox', [fast], 0, 600],
    ['several mailboxes', [fast, fast, careful], 200, 1016],
    ['a mailbox whose day is shorter than its hours', [{ perHour: 300, perDay: 250 }], 0, 250],
    ['no mailbox that can send', [], 10, AHEAD_AT_LEAST - 10],
  ])('of %s', (_, mailboxes, waiting, room) => {
    expect(roomAhead({ mailboxes, waiting })).toBe(room);
  });

  it('never lets more wait than the mailboxes can send, or the least', () => {
    const anyMailbox = fc.record({ perHour: fc.integer({ min: 1, max: 1000 }), perDay: fc.integer({ min: 1, max: 10_000 }) });
    fc.assert(
      fc.property(fc.array(anyMailbox, { maxLength: 5 }), fc.nat(20_000), (mailboxes, waiting) => {
        const room = roomAhead({ mailboxes, waiting });
        const perHours = mailboxes.reduce((sum, { perHour }) => sum + 2 * perHour, 0);
        expect(room).toBeGreaterThanOrEqual(0);
        if (room > 0) expect(room + waiting).toBeLessThanOrEqual(Math.max(perHours, AHEAD_AT_LEAST));
      }),
    );
  });
});
