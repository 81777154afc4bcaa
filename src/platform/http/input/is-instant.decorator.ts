import { isISO8601, ValidateBy } from 'class-validator';

/** ISO 8601 also has forms that Date does not read, such as weeks, and such as leave the time zone open. */
const FORM = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Whether `new Date` reads it as it was meant: day, time to the second, and zone. */
export function isInstant(value: unknown): boolean {
  return typeof value === 'string' && FORM.test(value) && isISO8601(value, { strict: true });
}

/** A moment in time, as `isInstant` knows it. */
export function IsInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isInstant',
    validator: {
      validate: isInstant,
      defaultMessage: () => 'must be an instant such as 2026-11-22T09:00:00Z',
    },
  });
}
