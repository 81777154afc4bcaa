import type { EntityManager } from 'typeorm';
import { NotFound, VersionMismatch } from '../../domain/errors.js';
import type { IfVersion } from '../http/input/if-match.decorator.js';
import { fieldOfColumn, noteChanges } from '../audit/noted-changes.js';
import { firstRow } from './sql.js';

export interface VersionedRow {
  /** A table of ours, never a value from outside. */
  readonly table: string;
  /** What people call the thing, for the error. */
  readonly thing: string;
  readonly workspaceId: string;
  readonly id: string;
  readonly ifVersion: IfVersion;
}

/**
 * Raises the version and sets columns, only for the version the caller has seen; the row stays locked till the transaction
 * ends. What it changed is noted for the audit entry of the same id.
 * @param set  snake_case columns with their new values; absent ones stay
 * @throws NotFound, VersionMismatch
 */
export async function changeRow(tx: EntityManager, row: VersionedRow, set: Readonly<Record<string, unknown>>): Promise<void> {
  const { table, workspaceId, id } = row;
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  const columns = ['version', ...given.map(([column]) => `"${column}"`)].join(', ');
  const here = 'WHERE workspace_id = $1 AND id = $2';
  const before = await firstRow<Columns>(tx, `SELECT ${columns} FROM ${table} ${here} FOR NO KEY UPDATE`, [workspaceId, id]);
  if (!before) throw new NotFound(row.thing);
  if (row.ifVersion !== '*' && row.ifVersion !== before['version']) throw new VersionMismatch();
  const assignments = ['version = version + 1', ...given.map(([column], at) => `"${column}" = $${at + 3}`)].join(', ');
  const values = [workspaceId, id, ...given.map(([, value]) => value)];
  const after = await firstRow<Columns>(tx, `UPDATE ${table} SET ${assignments} ${here} RETURNING ${columns}`, values);
  noteChanges(tx, id, Object.fromEntries(given.map(([column]) => [fieldOfColumn(column), { from: before[column], to: after?.[column] }])));
}

type Columns = Readonly<Record<string, unknown>>;
