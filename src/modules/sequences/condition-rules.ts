import { RuleViolation } from '../../domain/errors.js';
import { OPPORTUNITY } from '../../domain/machines/opportunity.js';
import type { ConditionFact, ConditionField, FactCondition, StepCondition } from '../../domain/step-conditions.js';

/** A condition as a request brings it. */
export interface ConditionInput {
  readonly fact?: ConditionFact | undefined;
  readonly is?: boolean | undefined;
  readonly field?: ConditionField | undefined;
  readonly values?: readonly string[] | undefined;
  readonly all?: readonly ConditionInput[] | undefined;
  readonly any?: readonly ConditionInput[] | undefined;
}

/**
 * Conditions as they are kept.
 * @param pointer  to the list
 * @throws RuleViolation `invalid_condition`, pointing at the one at fault
 */
export function toConditions(inputs: readonly ConditionInput[], pointer: string): StepCondition[] {
  return inputs.map((input, at) => toCondition(input, `${pointer}/${at}`));
}

function toCondition(input: ConditionInput, pointer: string): StepCondition {
  const { all, any, fact } = input;
  const kinds = [all, any, fact].filter((one) => one !== undefined);
  if (kinds.length !== 1) throw invalid(pointer, 'A condition has exactly one of fact, all and any.');
  if (fact !== undefined) return toFact(fact, input, pointer);
  for (const name of ['is', 'field', 'values'] as const) {
    if (input[name] !== undefined) throw invalid(`${pointer}/${name}`, 'A group has conditions in all or any, and nothing else.');
  }
  return all ? { all: toConditions(all, `${pointer}/all`) } : { any: toConditions(any ?? [], `${pointer}/any`) };
}

/** What each fact needs, takes, or cannot have. */
const VALUES: Readonly<Record<ConditionFact, 'needed' | 'taken' | 'none'>> = {
  replied: 'none',
  bounced: 'none',
  stage: 'needed',
  tag: 'needed',
  field: 'taken',
};

function toFact(fact: ConditionFact, { is = true, field, values }: ConditionInput, pointer: string): FactCondition {
  requireField(fact, field, pointer);
  requireValues(fact, values, `${pointer}/values`);
  return { fact, is, ...(field !== undefined && { field }), ...(values !== undefined && { values }) };
}

function requireField(fact: ConditionFact, field: ConditionField | undefined, pointer: string): void {
  if (fact === 'field' && field === undefined) throw invalid(`${pointer}/field`, 'A condition on a field names the field.');
  if (fact !== 'field' && field !== undefined) throw invalid(`${pointer}/field`, `A condition on ${fact} has no field.`);
}

function requireValues(fact: ConditionFact, values: readonly string[] | undefined, pointer: string): void {
  if (VALUES[fact] === 'needed' && values === undefined) throw invalid(pointer, `A condition on ${fact} says in values which.`);
  if (VALUES[fact] === 'none' && values !== undefined) throw invalid(pointer, `A condition on ${fact} has no values.`);
  if (fact !== 'stage') return;
  const at = (values ?? []).findIndex((value) => !(OPPORTUNITY.states as readonly string[]).includes(value));
  if (at !== -1) throw invalid(`${pointer}/${at}`, `A stage is one of ${OPPORTUNITY.states.join(', ')}.`);
}

function invalid(pointer: string, detail: string): RuleViolation {
  return RuleViolation.at(pointer, 'invalid_condition', detail);
}
