/** How a caller stands after one more call. */
export interface Standing {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the count begins anew. */
  readonly resetsInMs: number;
}

interface Window {
  used: number;
  readonly endsAt: number;
}

/** Counts calls by caller. A window begins with the first call and ends a fixed time later, whatever comes between. */
export class FixedWindows {
  private readonly windows = new Map<string, Window>();

  /** @param maxCallers  of how many to know at once: a flood from ever new addresses must not fill the memory */
  constructor(
    private readonly limit: number,
    readonly windowMs: number,
    private readonly maxCallers = 10_000,
  ) {}

  /** Counts a call. @param now  milliseconds of any clock that never runs backwards */
  take(caller: string, now: number): Standing {
    const window = this.open(caller, now);
    window.used += 1;
    return this.standing(window, now);
  }

  /** Whether a further call would be refused; counts none. */
  exhausted(caller: string, now: number): Standing | undefined {
    const window = this.windows.get(caller);
    return window && window.endsAt > now && window.used >= this.limit ? { ...this.standing(window, now), allowed: false } : undefined;
  }

  private open(caller: string, now: number): Window {
    const known = this.windows.get(caller);
    if (known && known.endsAt > now) return known;
    this.windows.delete(caller);
    if (this.windows.size >= this.maxCallers) this.makeRoom(now);
    const window = { used: 0, endsAt: now + this.windowMs };
    this.windows.set(caller, window);
    return window;
  }

  /** The map is in the order of opening, and all windows are equally long: those that ended stand first, then those that end first. */
  private makeRoom(now: number): void {
    for (const [caller, { endsAt }] of this.windows) {
      if (endsAt > now && this.windows.size < this.maxCallers) return;
      this.windows.delete(caller);
    }
  }

  private standing({ used, endsAt }: Window, now: number): Standing {
    return { allowed: used <= this.limit, limit: this.limit, remaining: Math.max(0, this.limit - used), resetsInMs: endsAt - now };
  }
}
