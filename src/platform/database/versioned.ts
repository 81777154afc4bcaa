import type { EntityManager } from 'typeorm';
import { NotFound, VersionMismatch } from '../../domain/errors.js';
import type { IfVersion } from '../http/if-match.decorator.js';
import { firstRow, rows } from './sql.js';

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
 * One UPDATE that raises the version, made only for the version the caller has seen.
 * @param set  snake_case columns with their new values; absent ones stay
 * @throws NotFound, VersionMismatch
 */
export async function changeRow(tx: EntityManager, row: VersionedRow, set: Readonly<Record<string, unknown>>): Promise<void> {
  const columns = Object.entries(set).filter(([, value]) => value !== undefined);
  const assignments = ['version = version + 1', ...columns.map(([column], at) => `"${column}" = $${at + 4}`)].join(', ');
  const changed = await rows(
    tx,
    `UPDATE ${row.table} SET ${assignments} WHERE workspace_id = $1 AND id = $2 AND ($3::int IS NULL OR version = $3) RETURNING id`,
    [row.workspaceId, row.id, row.ifVersion === '*' ? null : row.ifVersion, ...columns.map(([, value]) => value)],
  );
  if (changed.length > 0) return;
  const present = await firstRow(tx, `SELECT FROM ${row.table} WHERE workspace_id = $1 AND id = $2`, [row.workspaceId, row.id]);
  throw present ? new VersionMismatch() : new NotFound(row.thing);
}
