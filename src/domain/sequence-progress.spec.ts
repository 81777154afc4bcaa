import { goesOnAt, stepToDo } from './sequence-progress.js';
import type { SequenceStep } from './sequence-steps.js';

const step = (key: string, value: number): SequenceStep => ({
  key,
  kind: 'mail',
  templateId: 't',
  title: null,
  delay: { value, unit: 'businessDays' },
});
const STEPS = [step('s1', 0), step('s2', 3), step('s3', 5)];
const FRIDAY = new Date('2026-11-20T15:00:00Z');

describe('stepToDo', () => {
  it.each([
    ['the first step at the beginning', null, [], 's1'],
    ['the step after the last one', 's1', ['s1'], 's2'],
    ['no step that was done before the order changed', 's1', ['s1', 's2'], 's3'],
    ['nothing at the end', 's3', ['s1', 's2', 's3'], undefined],
    ['nothing after a step that is gone', 's9', ['s9'], undefined],
  ])('finds %s', (_, after, done, found) => {
    expect(stepToDo(STEPS, after, new Set(done))?.key).toBe(found);
  });
});

describe('goesOnAt', () => {
  it('waits the delay of the next step', () => {
    expect(goesOnAt(STEPS, 's1', FRIDAY, 'UTC')).toEqual(new Date('2026-11-25T15:00:00Z'));
  });

  it('waits a week after the last step', () => {
    expect(goesOnAt(STEPS, 's3', FRIDAY, 'UTC')).toEqual(new Date('2026-11-27T15:00:00Z'));
  });
});
