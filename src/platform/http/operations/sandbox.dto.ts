import { IsInt, Max, Min } from 'class-validator';

export class AdvanceClockRequest {
  /** How far, in seconds; at most ten years at once. */
  @IsInt()
  @Min(1)
  @Max(315_360_000)
  seconds!: number;
}

export class ClockResponse {
  /** ISO 8601, UTC. */
  now!: string;
}
