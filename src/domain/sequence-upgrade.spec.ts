import fc from 'fast-check';
import type { SequenceStep } from './sequence-steps.js';
import { stepsKept, upgradeOf } from './sequence-upgrade.js';

const step = (key: string, over: Partial<SequenceStep> = {}): SequenceStep => ({
  ...{ key, kind: 'mail', templateId: 't', title: null, delay: { value: 1, unit: 'hours' } },
  ...over,
});
const FIVE = ['s1', 's2', 's3', 's4', 's5'].map((key) => step(key));
const THIRD_CHANGED = FIVE.map((one) => (one.key === 's3' ? step('s3', { templateId: 'other' }) : one));

describe('stepsKept', () => {
  it.each([
    ['the same steps', FIVE, 5],
    ['another text', THIRD_CHANGED, 2],
    ['another delay', [step('s1', { delay: { value: 2, unit: 'hours' } }), ...FIVE.slice(1)], 0],
    ['a new condition', [...FIVE.slice(0, 4), step('s5', { conditions: [{ fact: 'replied', is: false }] })], 4],
    ['another thread', [...FIVE.slice(0, 4), step('s5', { thread: 'new' })], 4],
    ['another share of a variant', [...FIVE.slice(0, 4), step('s5', { variants: [{ key: 'a', templateId: 't', weight: 2 }] })], 4],
    ['a step taken out', FIVE.filter(({ key }) => key !== 's2'), 1],
    ['a step put in', [FIVE[0]!, step('s6'), ...FIVE.slice(1)], 1],
    ['a step added at the end', [...FIVE, step('s6')], 5],
    ['another order', [FIVE[0]!, FIVE[2]!, FIVE[1]!], 1],
    ['defaults that are written out', FIVE.map((one) => ({ ...one, conditions: [], thread: 'reply' as const, variants: [] })), 5],
  ])('counts, for %s', (_, after, kept) => {
    expect(stepsKept(FIVE, after)).toBe(kept);
  });
});

describe('upgradeOf', () => {
  it.each([
    ['who has not begun goes on', null, false, { do: 'move' }],
    ['A at step 2 goes on', 's2', false, { do: 'move' }],
    ['who waits for their mail of step 2 goes on, and keeps it', 's2', true, { do: 'move' }],
    ['who has had step 3 stays', 's3', false, { do: 'stay' }],
    ['who waits for their mail of step 3 gets it anew', 's3', true, { do: 'replan', backTo: 's2' }],
    ['B at step 4 stays', 's4', false, { do: 'stay' }],
    ['who waits for their mail of step 4 stays, and keeps it', 's4', true, { do: 'stay' }],
    ['who stands at a step that is gone stays', 's9', true, { do: 'stay' }],
  ])('when step 3 changes, %s', (_, stepKey, mailWaits, expected) => {
    expect(upgradeOf(FIVE, THIRD_CHANGED, { stepKey, mailWaits })).toEqual(expected);
  });

  it('takes who waits for the first mail back to the beginning', () => {
    expect(upgradeOf(FIVE, [step('s1', { templateId: 'other' })], { stepKey: 's1', mailWaits: true })).toEqual({ do: 'replan', backTo: null });
  });

  it('never changes what was done already', () => {
    const anySteps = fc.uniqueArray(fc.record({ key: fc.constantFrom('s1', 's2', 's3', 's4'), templateId: fc.constantFrom('t', 'u') }), {
      selector: ({ key }) => key,
      minLength: 1,
    });
    fc.assert(
      fc.property(anySteps, anySteps, fc.nat(3), fc.boolean(), (before, after, at, mailWaits) => {
        const [one, other] = [before, after].map((steps) => steps.map(({ key, templateId }) => step(key, { templateId })));
        const stepKey = before[at]?.key ?? null;
        const upgrade = upgradeOf(one!, other!, { stepKey, mailWaits });
        if (upgrade.do === 'stay') return;
        const done = upgrade.do === 'move' ? stepKey : upgrade.backTo;
        const upTo = done === null ? 0 : before.findIndex(({ key }) => key === done) + 1;
        expect(other!.slice(0, upTo)).toEqual(one!.slice(0, upTo));
      }),
    );
  });
});
