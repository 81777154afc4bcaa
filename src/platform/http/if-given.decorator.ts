import { ValidateIf } from 'class-validator';

/** A property of a PATCH that may be left out but not cleared: unlike @IsOptional, null is judged by the other rules, and refused. */
export function IfGiven(): PropertyDecorator {
  return ValidateIf((_: object, value: unknown) => value !== undefined);
}
