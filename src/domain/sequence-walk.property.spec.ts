import fc from 'fast-check';
import { stepToDo } from './sequence-progress.js';
import type { SequenceStep } from './sequence-steps.js';
import { upgradeOf } from './sequence-upgrade.js';

type Action = { readonly do: 'plan' | 'send' } | { readonly do: 'edit'; readonly keys: readonly string[]; readonly text: string };

const step = (key: string, templateId: string): SequenceStep => ({
  key,
  kind: 'mail',
  templateId,
  title: null,
  delay: { value: 0, unit: 'minutes' },
});

/** One enrollment as planner, sender and a change of the sequence leave it: keys of steps whose mail is planned, and that have left. */
class Walk {
  readonly sent: string[] = [];
  private own: readonly SequenceStep[];
  private newest: readonly SequenceStep[];
  private stepKey: string | null = null;
  private readonly done = new Set<string>();
  private waiting: string | undefined;

  constructor(steps: readonly SequenceStep[]) {
    this.own = steps;
    this.newest = steps;
  }

  take(action: Action): void {
    if (action.do === 'edit') this.edit(this.written(action));
    else if (action.do === 'plan') this.plan();
    else this.send();
  }

  /** Steps as somebody writes them: the same as they were, or with another text. */
  private written({ keys, text }: Extract<Action, { do: 'edit' }>): SequenceStep[] {
    const kept = text === 'same' ? this.newest : [];
    return keys.map((key) => kept.find((one) => one.key === key) ?? step(key, text));
  }

  private plan(): void {
    if (this.waiting !== undefined) return;
    const next = stepToDo(this.own, this.stepKey, this.done);
    if (!next) return;
    this.done.add(next.key);
    this.stepKey = next.key;
    this.waiting = next.key;
  }

  private send(): void {
    if (this.waiting !== undefined) this.sent.push(this.waiting);
    this.waiting = undefined;
  }

  private edit(steps: readonly SequenceStep[]): void {
    this.newest = steps;
    const upgrade = upgradeOf(this.own, steps, { stepKey: this.stepKey, mailWaits: this.waiting !== undefined });
    if (upgrade.do === 'stay') return;
    this.own = steps;
    if (upgrade.do === 'move') return;
    if (this.stepKey !== null) this.done.delete(this.stepKey);
    this.waiting = undefined;
    this.stepKey = upgrade.backTo;
  }
}

const KEYS = ['s1', 's2', 's3', 's4', 's5'];
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Action>({ do: 'plan' }) },
  { weight: 3, arbitrary: fc.constant<Action>({ do: 'send' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      keys: fc.shuffledSubarray(KEYS, { minLength: 1 }),
      text: fc.constantFrom('same', 'u', 'v'),
    }),
  },
);

describe('someone in a sequence that people change while it runs', () => {
  it('never gets the mail of a step twice, whatever is changed when', () => {
    fc.assert(
      fc.property(fc.array(anyAction, { maxLength: 60 }), (actions) => {
        const walk = new Walk(KEYS.slice(0, 3).map((key) => step(key, 't')));
        for (const action of actions) walk.take(action);
        expect(new Set(walk.sent).size).toBe(walk.sent.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('gets every step once when nothing is changed', () => {
    const walk = new Walk(KEYS.map((key) => step(key, 't')));

    for (let turn = 0; turn < 10; turn += 1) for (const one of ['plan', 'send'] as const) walk.take({ do: one });

    expect(walk.sent).toEqual(KEYS);
  });
});
