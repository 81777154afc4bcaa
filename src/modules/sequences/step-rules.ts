import { NotFound, RuleViolation } from '../../domain/errors.js';
import { LONGEST_DELAY, type StepDelay, type StepDraft, type StepKind } from '../../domain/sequence-steps.js';

/** A step as a request brings it. */
export interface StepInput {
  readonly key?: string | undefined;
  readonly kind?: StepKind | undefined;
  readonly templateId?: string | null | undefined;
  readonly title?: string | null | undefined;
  readonly delay: StepDelay;
}

/**
 * Steps as they are kept, when each is complete.
 * @throws RuleViolation `step_needs_template`, `step_needs_title`, `delay_too_long`, pointing at the step
 */
export function toDrafts(steps: readonly StepInput[]): StepDraft[] {
  return steps.map((step, at) => {
    const { key, kind = 'mail', templateId = null, title = null, delay } = step;
    if (kind !== 'task' && templateId === null)
      throw RuleViolation.at(`/steps/${at}/templateId`, 'step_needs_template', `A ${kind} step needs a template.`);
    if (kind === 'task' && title === null)
      throw RuleViolation.at(`/steps/${at}/title`, 'step_needs_title', 'A task needs a title that says what to do.');
    const longest = LONGEST_DELAY[delay.unit];
    if (delay.value > longest) throw RuleViolation.at(`/steps/${at}/delay/value`, 'delay_too_long', `A step waits at most ${longest} ${delay.unit}.`);
    // ids compare as texts from here on
    return { key, kind, templateId: templateId?.toLowerCase() ?? null, title, delay: { value: delay.value, unit: delay.unit } };
  });
}

/** @throws NotFound for the first template that is not among the known ones */
export function requireTemplates(steps: readonly StepDraft[], known: ReadonlySet<string>): void {
  const at = steps.findIndex(({ templateId }) => templateId !== null && !known.has(templateId));
  if (at !== -1) throw new NotFound('template', `/steps/${at}/templateId`);
}

/**
 * A key stands for one step of the sequence as it is now.
 * @throws RuleViolation `unknown_step_key`, `duplicate_step_key`
 */
export function requireOwnKeys(steps: readonly StepDraft[], known: ReadonlySet<string>): void {
  const seen = new Set<string>();
  for (const [at, { key }] of steps.entries()) {
    if (key === undefined) continue;
    if (!known.has(key))
      throw RuleViolation.at(`/steps/${at}/key`, 'unknown_step_key', `The sequence has no step ${key}. Leave the key out for a new step.`);
    if (seen.has(key)) throw RuleViolation.at(`/steps/${at}/key`, 'duplicate_step_key', `Two steps have the key ${key}.`);
    seen.add(key);
  }
}
