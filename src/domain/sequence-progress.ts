import type { Calendar } from './calendar.js';
import { nextStep, stepDueAt, type SequenceStep } from './sequence-steps.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A sequence ends a week after its last step: an answer takes its time. */
export const FINISH_AFTER_MS = 7 * DAY_MS;

/** A card whose sequence ended waits two weeks more before silence counts as an answer (state-model 1). */
export const SILENCE_AFTER_MS = 14 * DAY_MS;

/** What is still to do after a step, or from the beginning: steps that were done under another order are left out. */
export function stepToDo(steps: readonly SequenceStep[], afterKey: string | null, done: ReadonlySet<string>): SequenceStep | undefined {
  let step = nextStep(steps, afterKey);
  while (step && done.has(step.key)) step = nextStep(steps, step.key);
  return step;
}

/** When a sequence goes on after a step was done: at its next step, or at its end. */
export function goesOnAt(steps: readonly SequenceStep[], doneKey: string | null, doneAt: Date, place: string | Calendar): Date {
  const step = nextStep(steps, doneKey);
  return step ? stepDueAt(step, doneAt, place) : new Date(doneAt.getTime() + FINISH_AFTER_MS);
}
