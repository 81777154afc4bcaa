import fc from 'fast-check';
import { FIRST_MAILS, FOLLOW_UPS, type Lane, PERSONS_MAILS, type Queue, shareOut } from './fair-share.js';

const AT = new Date('2026-11-02T09:00:00Z');

function queue(campaignId: string | null, over: Partial<Queue> = {}): Queue {
  return { lane: FIRST_MAILS, campaignId, weight: 1, oldestAt: AT, taken: 0, room: null, ...over };
}

const queues = fc.uniqueArray(
  fc.record({
    lane: fc.constantFrom<Lane>(PERSONS_MAILS, FOLLOW_UPS, FIRST_MAILS),
    campaignId: fc.constantFrom('a', 'b', 'c', 'd'),
    weight: fc.integer({ min: 1, max: 5 }),
    oldestAt: fc.date({ min: new Date('2026-01-01'), max: AT, noInvalidDate: true }),
    taken: fc.nat(50),
    room: fc.option(fc.nat(20)),
  }),
  { selector: ({ lane, campaignId }) => `${String(lane)}${campaignId}` },
);

describe('the share of a campaign', () => {
  it('lets a new campaign in beside an old one of thousands', () => {
    const shares = shareOut([queue('old', { taken: 3, oldestAt: new Date('2026-01-01') }), queue('new')], 1);

    expect(shares).toEqual([{ lane: FIRST_MAILS, campaignId: 'new', take: 1 }]);
  });

  it('is by weight', () => {
    const shares = shareOut([queue('heavy', { weight: 3 }), queue('light')], 40);

    expect(shares.map(({ campaignId, take }) => [campaignId, take])).toEqual([
      ['heavy', 30],
      ['light', 10],
    ]);
  });

  it('is half for follow-ups while there are any, and all when there is nothing else', () => {
    const followUps = queue('a', { lane: FOLLOW_UPS });

    expect(shareOut([followUps, queue('b'), queue('c')], 10)).toContainEqual({ lane: FOLLOW_UPS, campaignId: 'a', take: 5 });
    expect(shareOut([followUps], 10)).toEqual([{ lane: FOLLOW_UPS, campaignId: 'a', take: 10 }]);
  });

  it('comes after what persons wrote, the longest due first', () => {
    const shares = shareOut([queue('a'), queue(null, { lane: PERSONS_MAILS }), queue('b', { lane: PERSONS_MAILS, oldestAt: new Date(0) })], 1);

    expect(shares).toEqual([{ lane: PERSONS_MAILS, campaignId: 'b', take: 1 }]);
  });

  it('never breaks the limit of a campaign, nor gives out more than is wanted', () => {
    fc.assert(
      fc.property(queues, fc.nat(60), (given, wanted) => {
        const same = given.map((one) => ({ ...one, room: given.find(({ campaignId }) => campaignId === one.campaignId)?.room ?? null }));
        const shares = shareOut(same, wanted);

        expect(shares.reduce((sum, { take }) => sum + take, 0)).toBeLessThanOrEqual(wanted);
        for (const { campaignId, room } of same) {
          const taken = shares
            .filter((share) => share.campaignId === campaignId && share.lane !== PERSONS_MAILS)
            .reduce((sum, { take }) => sum + take, 0);
          expect(taken).toBeLessThanOrEqual(room ?? Infinity);
        }
      }),
    );
  });

  it('keeps the reserve of follow-ups', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 4 }), (wanted, campaigns) => {
        const first = Array.from({ length: campaigns }, (_, at) => queue(`first ${String(at)}`, { weight: 5 }));
        const followUps = shareOut([...first, queue('thread', { lane: FOLLOW_UPS })], wanted).find(({ lane }) => lane === FOLLOW_UPS);

        expect(followUps?.take).toBeGreaterThanOrEqual(Math.floor(wanted / 2));
      }),
    );
  });

  it('does not depend on the order in which queues are found', () => {
    const named = (shares: ReturnType<typeof shareOut>): string[] => shares.map((share) => JSON.stringify(share)).sort();
    fc.assert(
      fc.property(queues, fc.nat(30), (given, wanted) => {
        expect(named(shareOut([...given].reverse(), wanted))).toEqual(named(shareOut(given, wanted)));
      }),
    );
  });
});
