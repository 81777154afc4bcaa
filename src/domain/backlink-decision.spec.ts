import fc from 'fast-check';
import { decideBacklink, LOSS_RULE, type CheckFinding, type CheckMemory, type LinkDecision, type LinkStanding } from './backlink-decision.js';
import { BACKLINK, BACKLINK_STATES, type BacklinkState } from './machines/backlink.js';
import { edgeOnEvent } from './machines/machine.js';
import { REASON_CODES, VERDICTS } from './reason-codes.js';

const NOW = new Date('2026-11-22T09:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR_MS);

const standing = (over: Partial<LinkStanding> = {}): LinkStanding => ({
  state: 'live',
  stateSince: ago(1000),
  negativeChecks: 0,
  firstNegativeAt: null,
  unknownChecks: 0,
  lastLiveAt: null,
  reviewDueAt: null,
  complianceCodes: [],
  memory: { missCodes: [], signCodes: [] },
  paid: false,
  ...over,
});
const found = (over: Partial<CheckFinding> = {}): CheckFinding => ({ verdict: 'live', reasonCodes: [], complianceCodes: [], ...over });
const nofollow = found({ reasonCodes: ['REL_NOFOLLOW'], complianceCodes: ['REL_NOFOLLOW'] });
const missed = found({ verdict: 'not_live', reasonCodes: ['LINK_NOT_FOUND'] });
const gone = found({ verdict: 'not_live', reasonCodes: ['HTTP_404', 'LINK_NOT_FOUND'] });
const unknown = (...reasonCodes: CheckFinding['reasonCodes']): CheckFinding => found({ verdict: 'unknown', reasonCodes });
const told = (...missCodes: CheckMemory['missCodes']): Partial<LinkStanding> => ({ memory: { missCodes, signCodes: [] } });
const signed = (...signCodes: CheckMemory['signCodes']): Partial<LinkStanding> => ({ memory: { missCodes: [], signCodes } });
const misses = (negativeChecks: number, hours: number): Partial<LinkStanding> => ({ negativeChecks, firstNegativeAt: ago(hours) });

const decide = (link: Partial<LinkStanding>, check: CheckFinding, jitter = 0): LinkDecision =>
  decideBacklink(standing(link), check, { now: NOW, jitter, loss: LOSS_RULE });
const hoursUntil = (at: Date | null): number | null => (at ? (at.getTime() - NOW.getTime()) / HOUR_MS : null);

describe('decideBacklink', () => {
  it.each<[string, Partial<LinkStanding>, CheckFinding, BacklinkState | null]>([
    ['a first look that finds it as agreed', { state: 'verifying' }, found(), 'live'],
    ['a first look that finds it against the terms', { state: 'verifying' }, nofollow, 'degraded'],
    ['a first look at a paid link that is followed', { state: 'verifying' }, found({ complianceCodes: ['PAID_LINK_FOLLOWED'] }), 'live'],
    ['a first look that misses it', { state: 'verifying' }, missed, 'reported'],
    ['a third miss after 24 hours', { state: 'verifying', ...misses(2, 24) }, missed, 'rejected'],
    ['a third miss after 23 hours', { state: 'verifying', ...misses(2, 23) }, missed, 'reported'],
    ['a second miss after 25 hours', { state: 'verifying', ...misses(1, 25) }, missed, 'reported'],
    ['a first look that could not see the page', { state: 'verifying' }, unknown('TIMEOUT'), 'reported'],
    ['the sixth challenge in a row', { state: 'verifying', unknownChecks: 5 }, unknown('CHALLENGE'), 'needs_review'],
    ['the fifth challenge in a row', { state: 'verifying', unknownChecks: 4 }, unknown('CHALLENGE'), 'reported'],
    ['the sixth timeout in a row', { state: 'verifying', unknownChecks: 5 }, unknown('TIMEOUT'), 'reported'],
    ['scripts suspected once', { state: 'verifying' }, unknown('JS_SUSPECTED'), 'reported'],
    ['scripts suspected twice', { state: 'verifying', unknownChecks: 1, ...signed('JS_SUSPECTED') }, unknown('JS_SUSPECTED'), 'needs_review'],
    ['a live link seen again', {}, found(), null],
    ['a change seen once', {}, nofollow, null],
    ['a change seen twice', { complianceCodes: ['REL_NOFOLLOW'] }, nofollow, 'degraded'],
    ['a risk of policy that becomes a change', { complianceCodes: ['PAID_LINK_FOLLOWED'] }, nofollow, null],
    ['a live link missed', {}, missed, 'suspect'],
    ['a live link that could not be seen', { unknownChecks: 20 }, unknown('CHALLENGE'), null],
    ['a degraded link mended', { state: 'degraded', complianceCodes: ['REL_NOFOLLOW'] }, found(), 'live'],
    ['a degraded link as before', { state: 'degraded', complianceCodes: ['REL_NOFOLLOW'] }, nofollow, null],
    ['a degraded link missed', { state: 'degraded' }, missed, 'suspect'],
    ['a degraded link behind a login, twice', { state: 'degraded', ...signed('LOGIN_WALL') }, unknown('LOGIN_WALL'), 'needs_review'],
    ['a suspect seen', { state: 'suspect', ...misses(2, 30) }, found(), 'live'],
    ['a suspect seen against the terms', { state: 'suspect', ...misses(2, 30) }, nofollow, 'degraded'],
    ['a suspect that could not be seen', { state: 'suspect', ...misses(2, 30) }, unknown('HTTP_5XX'), null],
    ['a suspect missed a third time after 24 hours', { state: 'suspect', ...misses(2, 24) }, missed, 'lost'],
    ['a suspect missed a third time after 23 hours', { state: 'suspect', ...misses(2, 23) }, missed, null],
    ['a suspect missed a second time after 30 hours', { state: 'suspect', ...misses(1, 30) }, missed, null],
    ['a suspect whose page is gone twice in 6 hours', { state: 'suspect', ...told('HTTP_404'), ...misses(1, 6) }, gone, 'lost'],
    ['a suspect whose page is gone twice in 5 hours', { state: 'suspect', ...told('HTTP_404'), ...misses(1, 5) }, gone, null],
    ['a suspect whose page is gone once', { state: 'suspect', ...told('LINK_NOT_FOUND'), ...misses(1, 6) }, gone, null],
    ['a reviewed link seen', { state: 'needs_review' }, found(), 'live'],
    ['a reviewed link missed, whatever was before', { state: 'needs_review', ...misses(9, 900) }, missed, 'suspect'],
    ['a lost link seen again', { state: 'lost' }, found(), 'live'],
    ['a lost link seen against the terms', { state: 'lost' }, nofollow, 'degraded'],
    ['a lost link missed', { state: 'lost', ...misses(3, 900) }, missed, null],
    ['a rejected link seen', { state: 'rejected' }, found(), 'live'],
    ['a rejected link missed', { state: 'rejected', ...misses(3, 900) }, missed, null],
    ['a parking page once', { state: 'live' }, unknown('PARKED'), null],
    ['a parking page twice', { state: 'live', ...signed('PARKED') }, unknown('PARKED'), 'suspect'],
    ['a closed link', { state: 'closed' }, missed, null],
  ])('%s', (_, link, check, to) => {
    expect(decide(link, check).to).toBe(to);
  });

  it('raises the alarm of a parked site at the second parking page', () => {
    expect(decide({}, unknown('PARKED')).siteParked).toBe(false);
    expect(decide({ ...signed('PARKED') }, unknown('PARKED')).siteParked).toBe(true);
    expect(decide({ ...signed('PARKED') }, unknown('HTTP_5XX', 'PARKED')).siteParked).toBe(false);
  });

  it('begins suspicion with this miss alone', () => {
    expect(decide({ ...misses(7, 900), unknownChecks: 3 }, missed).counters).toEqual({ negativeChecks: 1, firstNegativeAt: NOW, unknownChecks: 0 });
  });

  it('keeps the misses when it cannot see the page', () => {
    const counters = { negativeChecks: 2, firstNegativeAt: ago(10), unknownChecks: 1 };

    expect(decide({ state: 'suspect', ...counters }, unknown('TIMEOUT')).counters).toEqual({ ...counters, unknownChecks: 2 });
  });

  it('asks for a person when a live link was not seen for a week', () => {
    expect(decide({ unknownChecks: 4, lastLiveAt: ago(7 * 24) }, unknown('TIMEOUT')).reviewDueAt).toEqual(NOW);
    expect(decide({ unknownChecks: 4, lastLiveAt: ago(6 * 24) }, unknown('TIMEOUT')).reviewDueAt).toBeNull();
    expect(decide({ reviewDueAt: ago(5) }, found()).reviewDueAt).toBeNull();
  });

  it.each<[string, Partial<LinkStanding>, CheckFinding, number | null]>([
    ['a first unknown', { state: 'verifying' }, unknown('TIMEOUT'), 5 / 60],
    ['a second unknown', { state: 'verifying', unknownChecks: 1 }, unknown('TIMEOUT'), 0.5],
    ['a fifth unknown', { state: 'verifying', unknownChecks: 4 }, unknown('TIMEOUT'), 24],
    ['a sixth unknown', { state: 'verifying', unknownChecks: 5 }, unknown('TIMEOUT'), 7 * 24],
    ['a report that is not there yet', { state: 'verifying' }, missed, 5 / 60],
    ['a report not there after 6 hours', { state: 'verifying', ...misses(4, 6) }, missed, 18],
    ['a link come live', { state: 'verifying' }, found(), 1],
    ['a link live for an hour', { stateSince: ago(1) }, found(), 5],
    ['a link live for three days', { stateSince: ago(72) }, found(), 3 * 24],
    ['a paid link live for three days', { stateSince: ago(72), paid: true }, found(), 24],
    ['a link live for two months', { stateSince: ago(60 * 24) }, found(), 7 * 24],
    ['a link live for a year', { stateSince: ago(365 * 24) }, found(), 30 * 24],
    ['a change to be confirmed', {}, nofollow, 1],
    ['a live link not seen once', {}, unknown('TIMEOUT'), 2],
    ['a live link not seen often', { unknownChecks: 9 }, unknown('TIMEOUT'), 24],
    ['a first miss', {}, missed, 1],
    ['a second miss after an hour', { state: 'suspect', ...misses(1, 1) }, missed, 5],
    ['a miss after two days', { state: 'suspect', ...misses(2, 48) }, unknown('TIMEOUT'), 24],
    ['a link just lost', { state: 'suspect', ...misses(2, 24) }, missed, 24],
    ['a link lost for a day', { state: 'lost', stateSince: ago(24) }, missed, 48],
    ['a link lost for 90 days', { state: 'lost', stateSince: ago(90 * 24) }, missed, null],
    ['a link rejected for a week', { state: 'rejected', stateSince: ago(7 * 24) }, missed, 7 * 24],
    ['a link rejected for two weeks', { state: 'rejected', stateSince: ago(14 * 24) }, missed, null],
    ['a link under review', { state: 'needs_review' }, unknown('CHALLENGE'), 24],
    ['a closed link', { state: 'closed' }, found(), null],
  ])('looks again at %s', (_, link, check, hours) => {
    expect(hoursUntil(decide(link, check).nextCheckAt)).toBe(hours);
  });

  it('comes a tenth earlier or later, but never before evidence may count', () => {
    expect(hoursUntil(decide({ stateSince: ago(72) }, found(), -1).nextCheckAt)).toBeCloseTo(72 * 0.9);
    expect(hoursUntil(decide({ stateSince: ago(72) }, found(), 1).nextCheckAt)).toBeCloseTo(72 * 1.1);
    expect(hoursUntil(decide({}, missed, -1).nextCheckAt)).toBeCloseTo(1.1);
  });

  it('waits as long as the server asks, a week at most', () => {
    const busy = (hours: number): CheckFinding => ({ ...unknown('HTTP_429'), retryAt: ago(-hours) });

    expect(hoursUntil(decide({ state: 'verifying' }, busy(3)).nextCheckAt)).toBe(3);
    expect(hoursUntil(decide({}, busy(1)).nextCheckAt)).toBe(2);
    expect(hoursUntil(decide({}, busy(10_000)).nextCheckAt)).toBe(7 * 24);
  });

  describe('whatever is seen', () => {
    const codes = fc.subarray([...REASON_CODES], { maxLength: 5 });
    const anyCheck: fc.Arbitrary<CheckFinding> = fc.record({ verdict: fc.constantFrom(...VERDICTS), reasonCodes: codes, complianceCodes: codes });
    const anyLink: fc.Arbitrary<LinkStanding> = fc.record({
      state: fc.constantFrom(...BACKLINK_STATES),
      stateSince: fc.nat(9999).map(ago),
      negativeChecks: fc.nat(9),
      firstNegativeAt: fc.option(fc.nat(9999).map(ago)),
      unknownChecks: fc.nat(30),
      lastLiveAt: fc.option(fc.nat(9999).map(ago)),
      reviewDueAt: fc.option(fc.nat(99).map(ago)),
      complianceCodes: codes,
      memory: fc.record({ missCodes: codes, signCodes: codes }),
      paid: fc.boolean(),
    });
    const anyJitter = fc.double({ min: -1, max: 1, noNaN: true });

    it('takes only edges of the machine', () => {
      fc.assert(
        fc.property(anyLink, anyCheck, anyJitter, (link, check, jitter) => {
          const { to } = decideBacklink(link, check, { now: NOW, jitter, loss: LOSS_RULE });
          const from = link.state === 'reported' ? 'verifying' : link.state;
          expect(to === null || to === link.state || edgeOnEvent(BACKLINK, from, to, 'link_checked') !== undefined).toBe(true);
        }),
        { numRuns: 2000 },
      );
    });

    it('never takes a link off live or towards lost by an unknown', () => {
      fc.assert(
        fc.property(anyLink, anyCheck, anyJitter, (link, check, jitter) => {
          fc.pre(!(check.reasonCodes.includes('PARKED') && link.memory.signCodes.includes('PARKED')));
          const { to } = decideBacklink(link, { ...check, verdict: 'unknown' }, { now: NOW, jitter, loss: LOSS_RULE });
          expect([null, 'reported', 'needs_review']).toContain(to);
          expect(link.state === 'live' && to !== null).toBe(false);
        }),
        { numRuns: 2000 },
      );
    });

    it('loses no link by one check, nor within six hours of the first miss', () => {
      const run = fc.array(fc.tuple(anyCheck, fc.integer({ min: 1, max: 72 })), { minLength: 1, maxLength: 12 });
      fc.assert(
        fc.property(fc.constantFrom<BacklinkState>('live', 'degraded', 'needs_review', 'verifying'), run, anyJitter, (state, checks, jitter) => {
          let link = standing({ state, stateSince: NOW });
          let now = NOW;
          let firstMiss: Date | undefined;
          for (const [check, hours] of checks) {
            now = new Date(now.getTime() + hours * HOUR_MS);
            const { to, counters, memory } = decideBacklink(link, check, { now, jitter, loss: LOSS_RULE });
            if (to === 'suspect') firstMiss = now;
            if (to === 'lost') expect(now.getTime() - (firstMiss ?? now).getTime()).toBeGreaterThanOrEqual(6 * HOUR_MS);
            link = { ...link, ...counters, memory, complianceCodes: check.complianceCodes };
            if (to !== null) link = { ...link, state: to === 'reported' ? 'verifying' : to, stateSince: now };
          }
        }),
        { numRuns: 2000 },
      );
    });

    it('looks at every watched link again within 33 days', () => {
      fc.assert(
        fc.property(anyLink, anyCheck, anyJitter, (link, check, jitter) => {
          const { to, nextCheckAt } = decideBacklink(link, check, { now: NOW, jitter, loss: LOSS_RULE });
          const state = to ?? link.state;
          if (['expected', 'closed', 'lost', 'rejected'].includes(state)) return;
          const wait = (nextCheckAt?.getTime() ?? Infinity) - NOW.getTime();
          expect(wait).toBeGreaterThan(0);
          expect(wait).toBeLessThanOrEqual(33 * DAY_MS);
        }),
        { numRuns: 2000 },
      );
    });
  });
});
