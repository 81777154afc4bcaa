import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsString, Length } from 'class-validator';
import { CONDITION_FACTS, CONDITION_FIELDS, type ConditionFact, type ConditionField, type StepCondition } from '../../domain/step-conditions.js';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { NestedList } from '../../platform/http/input/nested.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';

/** One fact. */
export class FactConditionRequest {
  /**
   * replied: a person answered a mail of the opportunity. bounced: a mail of it came back. stage: the opportunity is in one of
   * `values`. tag: the site has one of the tags `values`. field: `field` has one of `values`, or any value without them.
   */
  @IfGiven() @IsIn(CONDITION_FACTS) fact?: ConditionFact;
  /** False turns it round; true when absent. */
  @IfGiven() @IsBoolean() is?: boolean;
  @IfGiven() @IsIn(CONDITION_FIELDS) field?: ConditionField;
  /** One of them is enough; compared without regard to case. */
  @IfGiven()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @OneLine({ each: true })
  @Length(1, 200, { each: true })
  values?: string[];
}

/** One fact, or a group of facts. */
export class ConditionGroupRequest extends FactConditionRequest {
  /** All of these hold. */
  @IfGiven() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(10) @NestedList(() => FactConditionRequest) all?: FactConditionRequest[];
  /** One of these is enough. */
  @IfGiven() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(10) @NestedList(() => FactConditionRequest) any?: FactConditionRequest[];
}

/** One fact, or a group of facts and smaller groups. */
export class StepConditionRequest extends FactConditionRequest {
  /** All of these hold. */
  @IfGiven() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(10) @NestedList(() => ConditionGroupRequest) all?: ConditionGroupRequest[];
  /** One of these is enough. */
  @IfGiven() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(10) @NestedList(() => ConditionGroupRequest) any?: ConditionGroupRequest[];
}

export class FactConditionResponse {
  fact?: ConditionFact;
  is?: boolean;
  field?: ConditionField;
  values?: string[];
}

export class ConditionGroupResponse extends FactConditionResponse {
  all?: FactConditionResponse[];
  any?: FactConditionResponse[];
}

export class StepConditionResponse extends FactConditionResponse {
  all?: ConditionGroupResponse[];
  any?: ConditionGroupResponse[];

  /** They are kept as they were taken, three levels deep. */
  static from(condition: StepCondition): StepConditionResponse {
    if ('all' in condition) return { all: condition.all.map((part) => StepConditionResponse.from(part)) };
    if ('any' in condition) return { any: condition.any.map((part) => StepConditionResponse.from(part)) };
    const { values, ...rest } = condition;
    return { ...rest, ...(values && { values: [...values] }) };
  }
}
