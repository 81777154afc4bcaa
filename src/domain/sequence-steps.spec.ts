import { nextStep, stepDueAt, withKeys, type DelayUnit, type SequenceStep, type StepDraft, textFor } from './sequence-steps.js';

const step = (key: string): SequenceStep => ({ key, kind: 'mail', templateId: 't', title: null, delay: { value: 0, unit: 'minutes' } });
const after = (value: number, unit: DelayUnit) => ({ delay: { value, unit } });

describe('nextStep', () => {
  const steps = ['s1', 's3', 's2'].map(step);

  it.each([
    [null, 's1'],
    ['s1', 's3'],
    ['s3', 's2'],
    ['s2', undefined],
    ['s9', undefined],
  ])('after %s comes %s', (afterKey, expected) => {
    expect(nextStep(steps, afterKey)?.key).toBe(expected);
  });
});

describe('stepDueAt', () => {
  it.each([
    ['at once', after(0, 'businessDays'), '2026-11-21T10:00:00.000Z', '2026-11-21T10:00:00.000Z'],
    ['in minutes', after(45, 'minutes'), '2026-11-21T23:30:00.000Z', '2026-11-22T00:15:00.000Z'],
    ['in hours', after(36, 'hours'), '2026-11-21T10:00:00.000Z', '2026-11-22T22:00:00.000Z'],
    ['on the next business day', after(1, 'businessDays'), '2026-11-24T15:04:05.678Z', '2026-11-25T15:04:05.678Z'],
    ['on Monday, from Friday', after(1, 'businessDays'), '2026-11-27T15:00:00.000Z', '2026-11-30T15:00:00.000Z'],
    ['on Monday, from Saturday', after(1, 'businessDays'), '2026-11-28T15:00:00.000Z', '2026-11-30T15:00:00.000Z'],
    ['on Monday, from Sunday', after(1, 'businessDays'), '2026-11-29T15:00:00.000Z', '2026-11-30T15:00:00.000Z'],
    ['a week on', after(5, 'businessDays'), '2026-11-25T15:00:00.000Z', '2026-12-02T15:00:00.000Z'],
    ['weeks on, over a new year', after(30, 'businessDays'), '2026-12-01T08:00:00.000Z', '2027-01-12T08:00:00.000Z'],
  ])('is due %s', (_, delayed, from, expected) => {
    expect(stepDueAt(delayed, new Date(from)).toISOString()).toBe(expected);
  });

  it('keeps the time on the wall when clocks change in between', () => {
    const friday = new Date('2026-10-30T13:00:00Z'); // 09:00 in New York, 10:00 after the weekend's change would be wrong

    expect(stepDueAt(after(1, 'businessDays'), friday, 'America/New_York')).toEqual(new Date('2026-11-02T14:00:00Z'));
  });

  it('takes the weekday of the zone', () => {
    const lateOnThursdayInUtc = new Date('2026-11-26T23:00:00Z'); // Friday in Sydney

    expect(stepDueAt(after(1, 'businessDays'), lateOnThursdayInUtc, 'Australia/Sydney')).toEqual(new Date('2026-11-29T23:00:00Z'));
  });

  it('never lands on a weekend', () => {
    for (let day = 0; day < 14; day += 1) {
      for (let value = 1; value <= 20; value += 1) {
        const due = stepDueAt(after(value, 'businessDays'), new Date(Date.UTC(2026, 10, 2 + day, 12)));
        expect([1, 2, 3, 4, 5]).toContain(due.getUTCDay());
      }
    }
  });
});

describe('withKeys', () => {
  const draft = (key?: string): StepDraft => ({ ...step('x'), key });

  it('numbers the steps of a new sequence', () => {
    expect(withKeys([draft(), draft()], 0).map(({ key }) => key)).toEqual(['s1', 's2']);
  });

  it('keeps the keys of steps that stay and never gives one twice', () => {
    expect(withKeys([draft('s2'), draft(), draft('s1'), draft()], 4).map(({ key }) => key)).toEqual(['s2', 's5', 's1', 's6']);
  });
});

it('business days leave out the holidays of the place', () => {
  const friday = new Date('2026-12-18T15:00:00Z');
  const place = { zone: 'UTC', holidays: new Set(['2026-12-21', '2026-12-22', '2026-12-25', '2026-12-26']) };

  expect(stepDueAt({ delay: { value: 1, unit: 'businessDays' } }, friday, place)).toEqual(new Date('2026-12-23T15:00:00Z'));
  expect(stepDueAt({ delay: { value: 3, unit: 'businessDays' } }, friday, place)).toEqual(new Date('2026-12-28T15:00:00Z'));
});

describe('textFor', () => {
  const variants = ['a', 'b', 'c'].map((key) => ({ key, templateId: `t-${key}`, weight: 1 }));
  const step = { key: 's1', kind: 'mail', templateId: 't-a', title: null, delay: { value: 0, unit: 'minutes' }, variants } as const;
  const people = Array.from({ length: 200 }, (_, at) => `contact-${at}`);

  it('gives a variant that is retired to nobody, and moves nobody else', () => {
    for (const contact of people) {
      const before = textFor(step, contact).variantKey;
      const after = textFor(step, contact, ['b']).variantKey;
      expect(after).not.toBe('b');
      if (before !== 'b') expect(after).toBe(before);
    }
  });

  it('leaves out no variant when every one that has a weight is retired', () => {
    for (const contact of people) expect(textFor(step, contact, ['a', 'b', 'c'])).toEqual(textFor(step, contact));
  });
});
