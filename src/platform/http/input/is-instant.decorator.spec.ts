import { validateSync } from 'class-validator';
import { IsDay } from './is-day.decorator.js';
import { IsInstant } from './is-instant.decorator.js';

class Times {
  @IsInstant() at: unknown = '2026-11-22T09:00:00Z';
  @IsDay() on: unknown = '2026-11-22';
}

const faults = (given: Partial<Times>): string[] => validateSync(Object.assign(new Times(), given)).map(({ property }) => property);

describe('IsInstant', () => {
  it.each(['2026-11-22T09:00:00Z', '2024-02-29T23:59:59.123+05:30'])('takes %s', (at) => {
    expect(faults({ at })).toEqual([]);
  });

  it.each(['2026-11-22', '2026-11-22T09:00:00', '2026-W47-1', '2026-02-30T09:00:00Z', '2026-11-22T24:00:00Z', 1_795_000_000, null])(
    'refuses %j',
    (at) => {
      expect(faults({ at })).toEqual(['at']);
    },
  );
});

describe('IsDay', () => {
  it.each(['2026-11-22', '2024-02-29'])('takes %s', (on) => {
    expect(faults({ on })).toEqual([]);
  });

  it.each(['2026-02-29', '2026-W47-1', '2026-11', '2026-11-22T09:00:00Z', 20_261_122, null])('refuses %j', (on) => {
    expect(faults({ on })).toEqual(['on']);
  });
});
