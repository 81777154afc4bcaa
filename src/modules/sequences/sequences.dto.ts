import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsDefined,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { Nested, NestedList } from '../../platform/http/input/nested.decorator.js';
import {
  DELAY_UNITS,
  type DelayUnit,
  type SequenceStep,
  STEP_KINDS,
  type StepKind,
  THREAD_CHOICES,
  type ThreadChoice,
} from '../../domain/sequence-steps.js';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { STARTER_TACTICS, type StarterTactic } from '../../platform/templates/starter-sequences.js';
import type { SequenceRow } from './sequences.queries.js';
import { StepConditionRequest, StepConditionResponse } from './step-conditions.dto.js';

export class StepDelayRequest {
  /** At most about a year. */
  @IsInt() @Min(0) @Max(525_600) value!: number;
  /** Business days are Monday to Friday, by the clock of the recipient. */
  @IsIn(DELAY_UNITS) unit!: DelayUnit;
}

export class StepVariantRequest {
  /** Of a variant that stays, as you read it; one without is new. */
  @IfGiven() @IsString() @OneLine() @Length(1, 20) key?: string;
  @IsUUID() templateId!: string;
  /** Its share beside those of the others; 1 when absent. With 0 nobody new gets it. */
  @IfGiven() @IsInt() @Min(0) @Max(100) weight?: number;
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
  /** The step is done only while all of these hold, and else left out; asked when it is planned, and again when its mail leaves. */
  @IfGiven() @IsArray() @ArrayMaxSize(10) @NestedList(() => StepConditionRequest) conditions?: StepConditionRequest[];
  /** Of mail and review. reply: it answers the mail before it, under its subject; new: it begins a thread under its own subject. */
  @IfGiven() @IsIn(THREAD_CHOICES) thread?: ThreadChoice;
  /** Of mail and review: texts to be tried against each other. `templateId` may be left out then; it is the first one's. */
  @IfGiven() @IsArray() @ArrayMinSize(2) @ArrayMaxSize(5) @NestedList(() => StepVariantRequest) variants?: StepVariantRequest[];
}

export class StepRequest extends NewStepRequest {
  /** Of a step that stays, as you read it; a step without one is new. */
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(64) key?: string;
}

export class CreateSequenceRequest {
  @IsString() @OneLine() @MinLength(1) @MaxLength(200) name!: string;
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(20) @NestedList(() => NewStepRequest) steps!: NewStepRequest[];
  /** Variants that have lost are given to nobody who is enrolled later; false unless given. */
  @IfGiven() @IsBoolean() retireLosers?: boolean;
}

export class CreateStarterRequest {
  @IsIn(STARTER_TACTICS) tactic!: StarterTactic;
}

/** Steps replace all that were there and make a new version. */
export class ChangeSequenceRequest {
  @IfGiven() @IsString() @OneLine() @MinLength(1) @MaxLength(200) name?: string;
  @IfGiven() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(20) @NestedList(() => StepRequest) steps?: StepRequest[];
  /** False brings those back that have lost. */
  @IfGiven() @IsBoolean() retireLosers?: boolean;
}

export class StepDelayResponse {
  value!: number;
  unit!: DelayUnit;
}

export class StepVariantResponse {
  /** Stays the same through all versions. */
  key!: string;
  templateId!: string;
  weight!: number;
}

export class StepResponse {
  /** Stays the same through all versions. */
  key!: string;
  kind!: StepKind;
  templateId!: string | null;
  title!: string | null;
  delay!: StepDelayResponse;
  /** All of them must hold; none: it is always done. */
  conditions!: StepConditionResponse[];
  /** Null for a task. */
  thread!: ThreadChoice | null;
  /** Texts that are tried against each other; none: everyone gets `templateId`. A contact always gets the same one. */
  variants!: StepVariantResponse[];

  /** Steps of old versions lack what came later. */
  static from({ key, kind, templateId, title, delay, conditions, thread, variants }: SequenceStep): StepResponse {
    return {
      ...{ key, kind, templateId, title, delay },
      conditions: (conditions ?? []).map((condition) => StepConditionResponse.from(condition)),
      thread: kind === 'task' ? null : (thread ?? 'reply'),
      variants: (variants ?? []).map((variant) => ({ ...variant })),
    };
  }
}

export class SequenceResponse {
  id!: string;
  version!: number;
  name!: string;
  steps!: StepResponse[];
  currentVersionId!: string;
  /** 1 for the first steps, one more with each change of them. */
  versionNumber!: number;
  /** Variants that have lost are given to nobody who is enrolled later. */
  retireLosers!: boolean;
  createdAt!: string;

  static from(row: SequenceRow): SequenceResponse {
    return { ...row, steps: row.steps.map((step) => StepResponse.from(step)), createdAt: row.createdAt.toISOString() };
  }
}

export class SequenceList {
  data!: SequenceResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
