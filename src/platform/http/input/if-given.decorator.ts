import { ValidateIf } from 'class-validator';

/** A property that may be left out but is never null: `@IsOptional` would let null pass too, which in a PATCH means "cleared". */
export function IfGiven(): PropertyDecorator {
  return ValidateIf((_: object, value: unknown) => value !== undefined);
}
