import { decideBacklink, LOSS_RULE, type CheckFinding, type CheckMemory, type LinkDecision, type LinkStanding } from './backlink-decision.js';
import type { BacklinkState } from './machines/backlink.js';

const NOW = new Date('2026-11-22T09:00:00Z');
const HOUR_MS = 3_600_000;
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR_MS);

const standing = (over: Partial<LinkStanding> = {}): LinkStanding => ({
  ...{ state: 'live', stateSince: ago(1000), negativeChecks: 0, firstNegativeAt: null, unknownChecks: 0, lastLiveAt: null, reviewDueAt: null },
  ...{ complianceCodes: [], memory: { missCodes: [], signCodes: [] }, paid: false },
  ...over,
});
const found = (over: Partial<CheckFinding> = {}): CheckFinding => ({ verdict: 'live', reasonCodes: [], complianceCodes: [], ...over });
const missed = found({ verdict: 'not_live', reasonCodes: ['LINK_NOT_FOUND'] });
const gone = found({ verdict: 'not_live', reasonCodes: ['HTTP_404', 'LINK_NOT_FOUND'] });
const unknown = (...reasonCodes: CheckFinding['reasonCodes']): CheckFinding => found({ verdict: 'unknown', reasonCodes });
const signed = (...signCodes: CheckMemory['signCodes']): Partial<LinkStanding> => ({ memory: { missCodes: [], signCodes } });
const misses = (negativeChecks: number, hours: number): Partial<LinkStanding> => ({ negativeChecks, firstNegativeAt: ago(hours) });
const decide = (link: Partial<LinkStanding>, check: CheckFinding): LinkDecision =>
  decideBacklink(standing(link), check, { now: NOW, jitter: 0, loss: LOSS_RULE });

describe('what a link remembers of its checks', () => {
  it('says of a second parking page that the link is not there', () => {
    expect(decide({}, unknown('PARKED')).verdict).toBe('unknown');
    expect(decide(signed('PARKED'), unknown('PARKED')).verdict).toBe('not_live');
  });

  /** The last word on a link that meets these checks, so many hours apart. */
  const after = (link: Partial<LinkStanding>, ...checks: readonly (readonly [number, CheckFinding])[]): BacklinkState => {
    let now = NOW;
    let state = standing(link);
    for (const [hours, check] of checks) {
      now = new Date(now.getTime() + hours * HOUR_MS);
      const { to, counters, memory } = decideBacklink(state, check, { now, jitter: 0, loss: LOSS_RULE });
      state = { ...state, ...counters, memory, ...(to !== null && { state: to, stateSince: now }) };
    }
    return state.state;
  };

  it.each<[string, BacklinkState, readonly (readonly [number, CheckFinding])[]]>([
    [
      'lost',
      'lost',
      [
        [1, gone],
        [3, unknown('TIMEOUT')],
        [4, gone],
      ],
    ],
    [
      'lost',
      'lost',
      [
        [1, gone],
        [3, unknown('CHALLENGE', 'HTTP_4XX')],
        [4, gone],
      ],
    ],
    [
      'still suspect, since it was seen in between',
      'suspect',
      [
        [1, gone],
        [3, found()],
        [4, gone],
      ],
    ],
    [
      'still suspect',
      'suspect',
      [
        [1, gone],
        [3, unknown('TIMEOUT')],
        [4, unknown('TIMEOUT')],
      ],
    ],
    [
      'lost, when the parking page stays',
      'lost',
      [
        [1, unknown('PARKED')],
        [2, unknown('TIMEOUT')],
        [6, unknown('PARKED')],
        [12, unknown('PARKED')],
        [12, unknown('PARKED')],
      ],
    ],
  ])('holds a page %s when unknowns stand between the misses', (_, state, checks) => {
    expect(after({}, ...checks)).toBe(state);
  });

  it('holds to the rule of loss that it is given', () => {
    const careful = { now: NOW, jitter: 0, loss: { checks: 4, overMs: 48 * HOUR_MS } };

    expect(decideBacklink(standing({ state: 'suspect', ...misses(2, 24) }), missed, careful).to).toBeNull();
    expect(decideBacklink(standing({ state: 'suspect', ...misses(3, 47) }), missed, careful).to).toBeNull();
    expect(decideBacklink(standing({ state: 'suspect', ...misses(3, 48) }), missed, careful).to).toBe('lost');
  });
});
