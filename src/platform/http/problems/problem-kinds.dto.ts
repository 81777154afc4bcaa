import { ApiProperty } from '@nestjs/swagger';
import { PROBLEM_CODES, type ProblemCode } from '../../../domain/problem-catalogue.js';

/** A kind of problem, as the `code` of an error answer names it. */
export class ProblemKindResponse {
  /** What programs switch on. It never changes. */
  @ApiProperty({ enum: PROBLEM_CODES, enumName: 'ProblemCode' })
  code!: ProblemCode;
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
