/** How a new mailbox grows: `start` mails on the first day, `step` more on each further day on which it sends. */
export interface RampPlan {
  readonly start: number;
  readonly step: number;
}

export interface Ramp extends RampPlan {
  /** Days before today on which it has sent. A mailbox that rests does not grow. */
  readonly daysBefore: number;
}

/** What a mailbox has whose limits nobody has named: an address that is new to the world writes little at first. */
export const CAREFUL_RAMP: RampPlan = { start: 5, step: 5 };

/** What it may send today, as far as the ramp goes. */
export function rampLimit({ start, step, daysBefore }: Ramp): number {
  return start + step * daysBefore;
}
