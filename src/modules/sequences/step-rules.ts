import { NotFound, RuleViolation } from '../../domain/errors.js';
import { LONGEST_DELAY, templatesOf, type StepDelay, type StepDraft, type StepKind, type ThreadChoice } from '../../domain/sequence-steps.js';
import type { VariantDraft } from '../../domain/variants.js';
import { type ConditionInput, toConditions } from './condition-rules.js';
import { toVariants, type VariantInput } from './variant-rules.js';

/** A step as a request brings it. */
export interface StepInput {
  readonly key?: string | undefined;
  readonly kind?: StepKind | undefined;
  readonly templateId?: string | null | undefined;
  readonly title?: string | null | undefined;
  readonly delay: StepDelay;
  readonly conditions?: readonly ConditionInput[] | undefined;
  readonly thread?: ThreadChoice | undefined;
  readonly variants?: readonly VariantInput[] | undefined;
}

/**
 * Steps as they are kept, when each is complete.
 * @throws RuleViolation `step_needs_template`, `step_needs_title`, `delay_too_long`, `invalid_condition`, `invalid_variants`, pointing at the step
 */
export function toDrafts(steps: readonly StepInput[]): StepDraft[] {
  return steps.map((step, at) => {
    const pointer = `/steps/${at}`;
    const { key, kind = 'mail', title = null, delay } = step;
    const variants = toVariants(step, pointer);
    const templateId = step.templateId ?? firstTemplate(variants);
    requireParts({ kind, title, templateId, delay }, pointer);
    return {
      // ids compare as texts from here on
      ...{ key, kind, templateId: templateId?.toLowerCase() ?? null, title, delay: { value: delay.value, unit: delay.unit } },
      conditions: toConditions(step.conditions ?? [], `${pointer}/conditions`),
      ...(kind !== 'task' && { thread: step.thread ?? 'reply' }),
      ...(variants && { variants }),
    };
  });
}

function firstTemplate(variants: readonly VariantDraft[] | undefined): string | null {
  return variants?.[0]?.templateId ?? null;
}

function requireParts({ kind, title, templateId, delay }: Pick<StepDraft, 'kind' | 'title' | 'templateId' | 'delay'>, pointer: string): void {
  if (kind !== 'task' && templateId === null)
    throw RuleViolation.at(`${pointer}/templateId`, 'step_needs_template', `A ${kind} step needs a template.`);
  if (kind === 'task' && title === null) throw RuleViolation.at(`${pointer}/title`, 'step_needs_title', 'A task needs a title that says what to do.');
  const longest = LONGEST_DELAY[delay.unit];
  if (delay.value > longest) throw RuleViolation.at(`${pointer}/delay/value`, 'delay_too_long', `A step waits at most ${longest} ${delay.unit}.`);
}

/** @throws NotFound for the first template that is not among the known ones, RuleViolation `invalid_variants` for one that is not the first variant's */
export function requireTemplates(steps: readonly StepDraft[], known: ReadonlySet<string>): void {
  for (const [at, step] of steps.entries()) {
    const unknown = (step.variants ?? []).findIndex(({ templateId }) => !known.has(templateId));
    if (unknown !== -1) throw new NotFound('template', `/steps/${at}/variants/${unknown}/templateId`);
    if (templatesOf(step).some((id) => !known.has(id))) throw new NotFound('template', `/steps/${at}/templateId`);
    if (step.templateId === (firstTemplate(step.variants) ?? step.templateId)) continue;
    const detail = 'With variants the template of the step is that of the first one: leave it out.';
    throw RuleViolation.at(`/steps/${at}/templateId`, 'invalid_variants', detail);
  }
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
