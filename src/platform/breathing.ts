import { setImmediate } from 'node:timers/promises';

const STEPS = 100;

/** Runs work that gives way after each small step, and lets others have the process between two handfuls of them. */
export async function breathing<Result>(work: Generator<undefined, Result>, steps = STEPS): Promise<Result> {
  for (let done = 1; ; done += 1) {
    const step = work.next();
    if (step.done) return step.value;
    if (done % steps === 0) await setImmediate();
  }
}
