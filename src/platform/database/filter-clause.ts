import { InvalidRequest } from '../http/problems/http-problem.js';
import type { Filters, Ranges } from '../http/lists/filters.js';
import { queryPointer } from '../http/problems/pointer.js';
import { isId } from '../ids.js';

/** The column, or the expression, that each filter of a list compares. A field named `…Id` compares a uuid. */
export type FilterColumns<Field extends string> = Readonly<Record<Field, string>>;

/**
 * The conditions of a list's filters, to stand after a WHERE clause. The values are compared as what the column is: a column
 * that is cast to text finds no index.
 * @param values  of the statement so far; those of the filters are added
 * @throws InvalidRequest for an id that is none, pointing at its filter
 */
export function filterClause<Field extends string>(columns: FilterColumns<Field>, filters: Filters<Field>, values: unknown[]): string {
  const given = Object.entries(filters) as [Field, readonly string[]][]; // readPage let only known fields through
  return given
    .map(([field, wanted]) => {
      const ids = field.endsWith('Id');
      if (ids && !wanted.every(isId)) throw new InvalidRequest([{ pointer: queryPointer(['filter', field]), detail: 'must be an id' }]);
      return ` AND ${oneOf(columns[field], wanted, ids ? 'uuid' : 'text', values)}`;
    })
    .join('');
}

/**
 * Compares a column with values, of which one is the common case: with `=` an index on (column, order of the list) gives its
 * rows in order, while of `= ANY` all rows are read and sorted, however many they are.
 */
export function oneOf(column: string, wanted: readonly string[], type: 'uuid' | 'text', values: unknown[]): string {
  const [first, second] = wanted;
  return first !== undefined && second === undefined
    ? `${column} = $${values.push(first)}::${type}`
    : `${column} = ANY ($${values.push(wanted)}::${type}[])`;
}

export function filterNames<Field extends string>(columns: FilterColumns<Field>): Field[] {
  return Object.keys(columns) as Field[]; // its own keys
}

/** The columns that range filters compare. */
export type RangeColumns = Readonly<Record<string, string>>;

/** The conditions of a list's ranges on these columns, to stand after a WHERE clause. */
export function rangeClause(columns: RangeColumns, ranges: Ranges | undefined, values: unknown[]): string {
  return Object.entries(columns)
    .flatMap(([field, column]) => (ranges?.[field] ?? []).map(({ sign, at }) => ` AND ${column} ${sign} $${values.push(at)}::timestamptz`))
    .join('');
}

/** The condition of a search, to stand after a WHERE clause: the text stands somewhere in one of the columns. */
export function searchClause(columns: readonly string[], search: string | undefined, values: unknown[]): string {
  if (search === undefined) return '';
  const place = values.push(`%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
  return ` AND (${columns.map((column) => `${column} ILIKE $${place}`).join(' OR ')})`;
}
