import { ValidateBy } from 'class-validator';
import { isTimeZone } from '../../../domain/zoned-time.js';

/** A name of the IANA time zone database. */
export function IsZone(): PropertyDecorator {
  return ValidateBy({
    name: 'isZone',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isTimeZone(value),
      defaultMessage: () => 'must be an IANA time zone such as Europe/Lisbon',
    },
  });
}
