/** A gate of one thing. */
interface AskedGate<Code extends string> {
  readonly code: Code;
  readonly open: boolean;
  readonly opensAt: Date | null;
  readonly detail: string | null;
}

/** How many things a gate holds. */
export interface HeldBy<Code extends string> {
  readonly code: Code;
  readonly count: number;
  /** When it opens for the first of them; null while nobody can say. */
  readonly opensAt: Date | null;
  /** What it says of one of them. */
  readonly detail: string | null;
  readonly examples: readonly string[];
}

const EXAMPLES = 5;

/** Sums up the closed gates of many things, those that hold the most first. */
export class HeldSummary<Code extends string> {
  private readonly held = new Map<Code, { count: number; opensAt: Date | null; detail: string | null; examples: string[] }>();

  add(id: string, gates: readonly AskedGate<Code>[]): void {
    for (const { code, opensAt, detail } of gates.filter(({ open }) => !open)) {
      const known = this.held.get(code) ?? { count: 0, opensAt: null, detail, examples: [] };
      this.held.set(code, known);
      known.count += 1;
      if (opensAt && (!known.opensAt || opensAt < known.opensAt)) known.opensAt = opensAt;
      if (known.examples.length < EXAMPLES) known.examples.push(id);
    }
  }

  result(): HeldBy<Code>[] {
    return [...this.held].map(([code, one]) => ({ code, ...one })).sort((one, other) => other.count - one.count);
  }
}
