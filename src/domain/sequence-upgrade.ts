import type { SequenceStep } from './sequence-steps.js';

/** Where someone stands in the version of a sequence that they follow. */
export interface SequencePlace {
  /** The last step that was planned; null before the first. */
  readonly stepKey: string | null;
  /** The mail of that step still waits, and nobody has touched its words. */
  readonly mailWaits: boolean;
}

/**
 * What a change of a running sequence does to someone in it (F22). Who stands before the first step that changed goes on in the
 * new version; who is at it or past it stays in theirs. A mail of the changed step that was planned but has not left is
 * planned anew: its receiver stands before that step.
 */
export type Upgrade =
  | { readonly do: 'stay' }
  | { readonly do: 'move' }
  /** Back to the step before, null for the beginning; the mail that waits is called off. */
  | { readonly do: 'replan'; readonly backTo: string | null };

/** How many steps at the beginning are the same in both versions. */
export function stepsKept(before: readonly SequenceStep[], after: readonly SequenceStep[]): number {
  const changed = before.findIndex((step, at) => !sameStep(step, after[at]));
  return changed === -1 ? before.length : changed;
}

export function upgradeOf(before: readonly SequenceStep[], after: readonly SequenceStep[], { stepKey, mailWaits }: SequencePlace): Upgrade {
  const kept = stepsKept(before, after);
  const at = stepKey === null ? -1 : before.findIndex(({ key }) => key === stepKey);
  if (stepKey !== null && at === -1) return { do: 'stay' };
  if (at < kept) return { do: 'move' };
  return at === kept && mailWaits ? { do: 'replan', backTo: before[at - 1]?.key ?? null } : { do: 'stay' };
}

/** Everything that a step does; what is absent is as its default. */
function sameStep(one: SequenceStep, other: SequenceStep | undefined): boolean {
  return other !== undefined && told(one) === told(other);
}

function told({ key, kind, templateId, title, delay, conditions = [], thread = 'reply', variants = [] }: SequenceStep): string {
  const texts = variants.map((variant) => [variant.key, variant.templateId, variant.weight]);
  return JSON.stringify([key, kind, templateId, title, delay.value, delay.unit, conditions, kind === 'task' ? null : thread, texts]);
}
