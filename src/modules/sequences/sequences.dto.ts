import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { Nested, NestedList } from '../../platform/http/input/nested.decorator.js';
import { DELAY_UNITS, type DelayUnit, STEP_KINDS, type StepKind } from '../../domain/sequence-steps.js';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { STARTER_TACTICS, type StarterTactic } from '../../platform/templates/starter-sequences.js';
import type { SequenceRow } from './sequences.queries.js';

export class StepDelayRequest {
  /** At most about a year. */
  @IsInt() @Min(0) @Max(525_600) value!: number;
  /** Business days are Monday to Friday, by the clock of the recipient. */
  @IsIn(DELAY_UNITS) unit!: DelayUnit;
}

export class NewStepRequest {
  /** mail goes by itself; review waits for a person to read it over; task is done by a person elsewhere, such as a contact form. */
  @IsOptional() @IsIn(STEP_KINDS) kind?: StepKind;
  /** Needed for mail and review. */
  @IsOptional() @IsUUID() templateId?: string | null;
  /** What is to be done; needed for a task. */
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(200) title?: string | null;
  /** Counted from the step before; for the first step, from the start. */
  @IsDefined() @Nested(() => StepDelayRequest) delay!: StepDelayRequest;
  /** Reserved: must be empty until conditions are available. */
  @IsOptional() @IsArray() @ArrayMaxSize(0, { message: 'must be empty: conditions are not available yet' }) conditions?: never[];
}

export class StepRequest extends NewStepRequest {
  /** Of a step that stays, as you read it; a step without one is new. */
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(64) key?: string;
}

export class CreateSequenceRequest {
  @IsString() @OneLine() @MinLength(1) @MaxLength(200) name!: string;
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(20) @NestedList(() => NewStepRequest) steps!: NewStepRequest[];
}

export class CreateStarterRequest {
  @IsIn(STARTER_TACTICS) tactic!: StarterTactic;
}

/** Steps replace all that were there and make a new version. */
export class ChangeSequenceRequest {
  @IfGiven() @IsString() @OneLine() @MinLength(1) @MaxLength(200) name?: string;
  @IfGiven() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(20) @NestedList(() => StepRequest) steps?: StepRequest[];
}

export class StepDelayResponse {
  value!: number;
  unit!: DelayUnit;
}

export class StepResponse {
  /** Stays the same through all versions. */
  key!: string;
  kind!: StepKind;
  templateId!: string | null;
  title!: string | null;
  delay!: StepDelayResponse;
}

export class SequenceResponse {
  id!: string;
  version!: number;
  name!: string;
  steps!: StepResponse[];
  currentVersionId!: string;
  /** 1 for the first steps, one more with each change of them. */
  versionNumber!: number;
  createdAt!: string;

  static from(row: SequenceRow): SequenceResponse {
    return { ...row, steps: [...row.steps], createdAt: row.createdAt.toISOString() };
  }
}

export class SequenceList {
  data!: SequenceResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
