import { isISO8601, ValidateBy } from 'class-validator';

/** A day of the calendar, wherever it is: YYYY-MM-DD. */
export function IsDay(): PropertyDecorator {
  return ValidateBy({
    name: 'isDay',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && isISO8601(value, { strict: true }),
      defaultMessage: () => 'must be a day such as 2026-11-22',
    },
  });
}
