/** A kind of problem, as the `code` of an error answer names it. */
export class ProblemKindResponse {
  /** What programs switch on. It never changes. */
  code!: string;
  /** The HTTP status that it comes with, always the same. */
  status!: number;
  /** The code in words. */
  title!: string;
  /** What has happened, and what to do about it. */
  meaning!: string;
}

export class ProblemKindList {
  data!: ProblemKindResponse[];
}
