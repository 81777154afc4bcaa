import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsInt, IsString, IsUUID, Length, Max, Min } from 'class-validator';
import { NestedList } from '../../../platform/http/input/nested.decorator.js';
import { ENROLLMENT, ENROLLMENT_STATES, type EnrollmentState } from '../../../domain/machines/enrollment.js';
import { manualMoves } from '../../../domain/machines/machine.js';
import { IfGiven } from '../../../platform/http/input/if-given.decorator.js';
import { MAX_BULK_ITEMS } from '../../../platform/http/input/bulk.js';
import type { EnrollmentRow } from './enrollments.queries.js';

export class CreateEnrollmentRequest {
  @IsUUID() campaignId!: string;
  @IsUUID() contactId!: string;
  /** Needed only for a contact of several sites; else the one of its site is taken, or made. */
  @IfGiven() @IsUUID() opportunityId?: string;
}

export class BulkEnrollmentRequest {
  /** At most 1,000. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_BULK_ITEMS)
  @NestedList(() => CreateEnrollmentRequest)
  items!: CreateEnrollmentRequest[];
}

export class MoveEnrollmentRequest {
  @IsIn(ENROLLMENT_STATES) to!: EnrollmentState;
  @IfGiven() @IsString() @Length(1, 500) reason?: string;
  /** To `active`: a follow-up that was due longer ago is skipped (`too_late`), and the sequence goes on after it. Absent: it is sent. */
  @IfGiven() @IsInt() @Min(1) @Max(8760) maxLatenessHours?: number;
}

export class NextEnrollmentMove {
  to!: string;
  requires!: string[];
}

export class SkippedStep {
  stepKey!: string;
  /** Why, such as condition_false. */
  code!: string;
}

export class EnrollmentResponse {
  id!: string;
  version!: number;
  campaignId!: string;
  projectId!: string;
  opportunityId!: string;
  prospectId!: string;
  contactId!: string;
  /** The mailbox of the thread; null before the first mail. */
  mailboxId!: string | null;
  threadId!: string;
  state!: EnrollmentState;
  /** Why it stands where it stands; for `blocked` a code. */
  stateReason!: string | null;
  stateChangedAt!: string;
  /** States that a person may take it to. */
  nextStates!: EnrollmentState[];
  moves!: NextEnrollmentMove[];
  /** The last step that was planned. */
  stepKey!: string | null;
  /** Steps that were left out, oldest first. */
  skippedSteps!: SkippedStep[];
  /** When it goes on; null while a mail is on its way, and at the end. */
  nextAt!: string | null;
  createdAt!: string;

  static from(row: EnrollmentRow): EnrollmentResponse {
    const moves = manualMoves(ENROLLMENT, row.state);
    return {
      ...row,
      skippedSteps: row.skippedSteps.map((step) => ({ ...step })),
      stateChangedAt: row.stateChangedAt.toISOString(),
      nextStates: moves.map(({ to }) => to),
      moves: moves.map(({ to, requires }) => ({ to, requires: [...requires] })),
      nextAt: row.nextAt?.toISOString() ?? null,
      createdAt: row.createdAt.toISOString(),
    };
  }
}

export class EnrollmentPage {
  data!: EnrollmentResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
