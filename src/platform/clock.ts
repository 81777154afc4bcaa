/** The product's time. Everything that decides by time asks here; tests and the sandbox move it. */
export abstract class Clock {
  abstract now(): Date;

  /** What other people's clocks say, whatever the sandbox plays; for signatures that they check against their own. */
  real(): Date {
    return new Date(Date.now()); // eslint-disable-line no-restricted-syntax -- the one place that reads real time
  }
}

/** Real time plus the offset of the sandbox, which is zero outside of it. */
export class OffsetClock extends Clock {
  offsetMs = 0;

  now(): Date {
    return new Date(this.real().getTime() + this.offsetMs);
  }
}

/** Stands still until a test moves it. */
export class SetClock extends Clock {
  constructor(private instant: Date) {
    super();
  }

  now(): Date {
    return this.instant;
  }

  set(instant: Date): void {
    this.instant = instant;
  }

  advance(ms: number): void {
    this.instant = new Date(this.instant.getTime() + ms);
  }
}

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
