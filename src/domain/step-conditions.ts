/** What a condition of a step may ask about. */
export const CONDITION_FACTS = ['replied', 'bounced', 'stage', 'field', 'tag'] as const;
export type ConditionFact = (typeof CONDITION_FACTS)[number];

/** What a condition on a field may look at. */
export const CONDITION_FIELDS = [
  'contact.firstName',
  'contact.lastName',
  'contact.role',
  'contact.country',
  'contact.timeZone',
  'prospect.name',
  'prospect.domain',
  'prospect.country',
  'prospect.condition',
  'opportunity.pageUrl',
] as const;
export type ConditionField = (typeof CONDITION_FIELDS)[number];

/** One question about the one who would be written to. */
export interface FactCondition {
  readonly fact: ConditionFact;
  /** False turns the answer round. */
  readonly is: boolean;
  /** Only, and always, of a condition on a field. */
  readonly field?: ConditionField;
  /** Stages, tags or values of the field, of which one is enough; of a field also absent: it has any value. */
  readonly values?: readonly string[];
}

export type StepCondition = FactCondition | { readonly all: readonly StepCondition[] } | { readonly any: readonly StepCondition[] };

/** What is true of an enrollment at the moment of the question. */
export interface ConditionFacts {
  /** A mail of the opportunity was answered by a person, whoever of the site it was. */
  readonly replied: boolean;
  /** A mail of the opportunity came back, for now or for good. */
  readonly bounced: boolean;
  readonly stage: string;
  readonly tags: readonly string[];
  readonly fields: Readonly<Partial<Record<ConditionField, string | null>>>;
}

/** The reason that a step was left out because its conditions did not hold. */
export const CONDITION_FALSE = 'condition_false';

/** Whether a step is to be done: all of its conditions hold. A step without any always is. */
export function conditionsHold(conditions: readonly StepCondition[], facts: ConditionFacts): boolean {
  return conditions.every((condition) => holds(condition, facts));
}

function holds(condition: StepCondition, facts: ConditionFacts): boolean {
  if ('all' in condition) return condition.all.every((part) => holds(part, facts));
  if ('any' in condition) return condition.any.some((part) => holds(part, facts));
  return answer(condition, facts) === condition.is;
}

function answer({ fact, field, values = [] }: FactCondition, facts: ConditionFacts): boolean {
  switch (fact) {
    case 'replied':
    case 'bounced':
      return facts[fact];
    case 'stage':
      return values.includes(facts.stage);
    case 'tag':
      return facts.tags.some((tag) => isOneOf(tag, values));
    case 'field':
      return field !== undefined && hasValue(facts.fields[field], values);
  }
}

/** One of the values, or any at all where none are named. */
function hasValue(value: string | null | undefined, values: readonly string[]): boolean {
  const known = value?.trim() ?? '';
  return known !== '' && (values.length === 0 || isOneOf(known, values));
}

/** As people write it: without regard to case and to blanks around. */
function isOneOf(value: string, values: readonly string[]): boolean {
  const plain = (text: string): string => text.trim().toLowerCase();
  return values.some((one) => plain(one) === plain(value));
}
