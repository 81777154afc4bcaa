import { ValidateIf } from 'class-validator';

/**
 * A field that a change may leave out but not clear. `@IsOptional` lets null pass as well, which in a PATCH means "cleared".
 */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_: object, value: unknown) => value !== undefined);
}
