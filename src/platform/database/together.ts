import { setTimeout as pause } from 'node:timers/promises';

interface Waiting<Call, Answer> {
  readonly call: Call;
  readonly done: (answer: Promise<Answer>) => void;
}

/** Next to nothing beside what a mail server takes for one mail; under load it makes twice as many meet. */
const FOR_COMPANY_MS = 5;

export interface TogetherOptions<Call, Answer> {
  /** Calls of different groups never meet. */
  readonly groupOf: (call: Call) => string;
  /** Two calls of one key never stand in the same run: the second must see what the first has done. */
  readonly keyOf: (call: Call) => string;
  readonly atMost: number;
  /** All of them in one transaction. Undefined for a call that this one cannot answer, such as one whose row is held: it is made alone. */
  readonly together: (calls: readonly Call[]) => Promise<readonly (Answer | undefined)[]>;
  readonly alone: (call: Call) => Promise<Answer>;
}

/**
 * Lets many small transactions be one: whatever is asked for while one runs, or within some milliseconds, goes into the next,
 * and nothing ever waits longer than for that. Where a run fails, each call is made alone, so that one never fails for
 * another's sake.
 */
export class Together<Call, Answer> {
  private readonly queues = new Map<string, Waiting<Call, Answer>[]>();

  constructor(private readonly options: TogetherOptions<Call, Answer>) {}

  ask(call: Call): Promise<Answer> {
    return new Promise((done) => {
      const group = this.options.groupOf(call);
      const queue = this.queues.get(group);
      if (queue) {
        queue.push({ call, done });
        return;
      }
      const first = [{ call, done }];
      this.queues.set(group, first);
      void this.work(group, first);
    });
  }

  /** Until nobody asks any more. */
  private async work(group: string, queue: Waiting<Call, Answer>[]): Promise<void> {
    while (queue.length > 0) {
      await pause(FOR_COMPANY_MS);
      await this.run(this.next(queue));
    }
    this.queues.delete(group);
  }

  private next(queue: Waiting<Call, Answer>[]): Waiting<Call, Answer>[] {
    const keys = new Set<string>();
    const taken: Waiting<Call, Answer>[] = [];
    const left: Waiting<Call, Answer>[] = [];
    for (const one of queue) {
      const key = this.options.keyOf(one.call);
      if (taken.length < this.options.atMost && !keys.has(key)) taken.push(one);
      else left.push(one);
      keys.add(key);
    }
    queue.splice(0, queue.length, ...left);
    return taken;
  }

  private async run(taken: readonly Waiting<Call, Answer>[]): Promise<void> {
    let answers: readonly (Answer | undefined)[] = [];
    try {
      answers = await this.options.together(taken.map(({ call }) => call));
    } catch {
      // one of them may be the reason: each is made alone, and has an error of its own
    }
    for (const [place, { call, done }] of taken.entries()) {
      const answer = answers[place];
      done(answer === undefined ? this.options.alone(call) : Promise.resolve(answer)); // whoever is made alone keeps nobody waiting
    }
  }
}
