import { type PlanFacts, planGatesOf } from './plan-gates.js';

const NOW = new Date('2026-11-02T10:00:00Z');
const LATER = new Date('2026-11-04T10:00:00Z');
const free: PlanFacts = {
  ...{ now: NOW, state: 'active', stateReason: null, campaignState: 'running', nextAt: NOW, mailUnderWay: false },
  ...{ firstMail: false, room: 0, siteInContact: false, conditionsHold: true },
};
const closed = (over: Partial<PlanFacts>) => planGatesOf({ ...free, ...over }).flatMap(({ code, open, opensAt }) => (open ? [] : [[code, opensAt]]));

it('is open when nothing speaks against the next step', () => {
  expect(closed({})).toEqual([]);
});

it.each<[string, Partial<PlanFacts>, unknown[]]>([
  ['the delay is not over', { nextAt: LATER }, [['delay', LATER]]],
  ['they are away', { state: 'postponed', nextAt: LATER }, [['enrollment', LATER]]],
  ['something blocks it', { state: 'blocked', stateReason: 'variable_missing', nextAt: LATER }, [['enrollment', LATER]]],
  ['a person holds it', { state: 'paused' }, [['enrollment', null]]],
  ['its campaign is paused', { campaignState: 'paused' }, [['campaign', null]]],
  ['the mail before has not left', { mailUnderWay: true, nextAt: null }, [['mail_under_way', null]]],
  ['a colleague talks with the site', { siteInContact: true, nextAt: LATER }, [['site_in_contact', null]]],
  ['others are before its first mail', { firstMail: true, room: 0, nextAt: LATER }, [['planning_room', LATER]]],
  ['its conditions do not hold', { conditionsHold: false }, [['condition', null]]],
])('says that %s', (_, over, expected) => {
  expect(closed(over)).toEqual(expected);
});

it('names what blocks', () => {
  const [gate] = planGatesOf({ ...free, state: 'blocked', stateReason: 'variable_missing' });

  expect(gate?.detail).toContain('variable_missing');
});
