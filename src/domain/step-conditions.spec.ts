import fc from 'fast-check';
import { CONDITION_FACTS, type ConditionFacts, conditionsHold, type FactCondition, type StepCondition } from './step-conditions.js';

const FACTS: ConditionFacts = {
  replied: true,
  bounced: false,
  stage: 'contacting',
  tags: ['Green tea', 'blog'],
  fields: { 'contact.role': 'Editor', 'contact.firstName': ' ', 'prospect.name': null },
};
const asks = (over: Partial<FactCondition> & Pick<FactCondition, 'fact'>): FactCondition => ({ is: true, ...over });
const YES = asks({ fact: 'replied' });
const NO = asks({ fact: 'bounced' });

describe('conditionsHold', () => {
  it.each<[string, StepCondition[], boolean]>([
    ['no condition', [], true],
    ['an answer that came', [asks({ fact: 'replied' })], true],
    ['no answer, though one came', [asks({ fact: 'replied', is: false })], false],
    ['a mail that came back, though none did', [asks({ fact: 'bounced' })], false],
    ['one of several stages', [asks({ fact: 'stage', values: ['ready', 'contacting'] })], true],
    ['another stage', [asks({ fact: 'stage', values: ['ready'] })], false],
    ['any stage but another', [asks({ fact: 'stage', values: ['ready'], is: false })], true],
    ['a tag, whatever its case', [asks({ fact: 'tag', values: ['green TEA'] })], true],
    ['a tag it does not have', [asks({ fact: 'tag', values: ['tea'] })], false],
    ['a field that has a value', [asks({ fact: 'field', field: 'contact.role' })], true],
    ['a field that is blank', [asks({ fact: 'field', field: 'contact.firstName' })], false],
    ['a field that nobody knows', [asks({ fact: 'field', field: 'prospect.name' })], false],
    ['a field that is empty, said the other way round', [asks({ fact: 'field', field: 'prospect.country', is: false })], true],
    ['a value of a field', [asks({ fact: 'field', field: 'contact.role', values: ['writer', 'editor '] })], true],
    ['another value of a field', [asks({ fact: 'field', field: 'contact.role', values: ['writer'] })], false],
    ['two of which one fails', [YES, NO], false],
    ['a group of which one is enough', [{ any: [NO, YES] }], true],
    ['a group of which none holds', [{ any: [NO, NO] }], false],
    ['a group of which all must hold', [{ all: [YES, NO] }], false],
    ['groups in groups', [{ any: [NO, { all: [YES, { any: [NO, YES] }] }] }], true],
  ])('%s', (_, conditions, expected) => {
    expect(conditionsHold(conditions, FACTS)).toBe(expected);
  });
});

const anyLeaf: fc.Arbitrary<FactCondition> = fc.record({
  fact: fc.constantFrom(...CONDITION_FACTS),
  is: fc.boolean(),
  field: fc.constantFrom('contact.role' as const, 'prospect.name' as const),
  values: fc.subarray(['contacting', 'ready', 'blog', 'editor'], { minLength: 1 }),
});
const { tree: anyCondition } = fc.letrec<{ tree: StepCondition; leaf: StepCondition }>((tie) => ({
  leaf: anyLeaf,
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
  ),
}));
const anyFacts: fc.Arbitrary<ConditionFacts> = fc.record({
  replied: fc.boolean(),
  bounced: fc.boolean(),
  stage: fc.constantFrom('ready', 'contacting', 'engaged'),
  tags: fc.subarray(['blog', 'tea']),
  fields: fc.record({ 'contact.role': fc.constantFrom('Editor', '', null), 'prospect.name': fc.constantFrom('blog', null) }),
});

/** The same question asked the other way round, as De Morgan says. */
function turned(condition: StepCondition): StepCondition {
  if ('all' in condition) return { any: condition.all.map(turned) };
  if ('any' in condition) return { all: condition.any.map(turned) };
  return { ...condition, is: !condition.is };
}

describe('a tree of conditions', () => {
  it('holds exactly when its opposite does not', () => {
    fc.assert(
      fc.property(anyCondition, anyFacts, (condition, facts) => {
        expect(conditionsHold([turned(condition)], facts)).toBe(!conditionsHold([condition], facts));
      }),
    );
  });

  it('holds as a list exactly when each of it holds', () => {
    fc.assert(
      fc.property(fc.array(anyCondition, { maxLength: 4 }), anyFacts, (conditions, facts) => {
        expect(conditionsHold(conditions, facts)).toBe(conditions.every((one) => conditionsHold([one], facts)));
      }),
    );
  });
});
