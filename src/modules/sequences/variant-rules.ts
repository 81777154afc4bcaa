import { RuleViolation } from '../../domain/errors.js';
import type { StepDraft, StepKind } from '../../domain/sequence-steps.js';
import type { VariantDraft } from '../../domain/variants.js';

/** A variant as a request brings it. */
export interface VariantInput {
  readonly key?: string | undefined;
  readonly templateId: string;
  readonly weight?: number | undefined;
}

interface StepWithVariants {
  readonly kind?: StepKind | undefined;
  readonly variants?: readonly VariantInput[] | undefined;
}

/**
 * Variants as they are kept.
 * @param pointer  to the step
 * @throws RuleViolation `invalid_variants`, pointing at the one at fault
 */
export function toVariants({ kind, variants }: StepWithVariants, pointer: string): VariantDraft[] | undefined {
  if (!variants) return undefined;
  if (kind === 'task') throw invalid(`${pointer}/variants`, 'A task has no text to try variants of.');
  const drafts = variants.map(({ key, templateId: id, weight = 1 }) => ({ key, templateId: id.toLowerCase(), weight }));
  if (drafts.every(({ weight }) => weight === 0)) throw invalid(`${pointer}/variants`, 'With every weight 0 nobody would get a mail.');
  const keys = drafts.map(({ key }) => key);
  const twice = keys.findIndex((key, at) => key !== undefined && keys.indexOf(key) !== at);
  if (twice !== -1) throw invalid(`${pointer}/variants/${twice}/key`, `Two variants have the key ${String(keys[twice])}.`);
  return drafts;
}

/**
 * A key stands for one variant that the step has or had.
 * @throws RuleViolation `invalid_variants`
 */
export function requireOwnVariants(steps: readonly StepDraft[], usedBy: ReadonlyMap<string, readonly string[]>): void {
  for (const [at, { key: stepKey, variants }] of steps.entries()) {
    const known = stepKey === undefined ? [] : (usedBy.get(stepKey) ?? []);
    const unknown = (variants ?? []).findIndex(({ key }) => key !== undefined && !known.includes(key));
    if (unknown === -1) continue;
    throw invalid(`/steps/${at}/variants/${unknown}/key`, 'The step has no variant of this key. Leave the key out for a new one.');
  }
}

function invalid(pointer: string, detail: string): RuleViolation {
  return RuleViolation.at(pointer, 'invalid_variants', detail);
}
