import type { EntityManager } from 'typeorm';
import type { SequenceStep } from '../../domain/sequence-steps.js';
import { type ByCreation, rowsInCreationOrder } from '../../platform/database/creation-order.js';
import { firstRow, rows } from '../../platform/database/sql.js';

type Reader = Pick<EntityManager, 'query'>;

export interface SequenceRow {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly steps: readonly SequenceStep[];
  readonly currentVersionId: string;
  readonly versionNumber: number;
  readonly retireLosers: boolean;
  readonly createdAt: Date;
}

const SELECT = `SELECT s.id, s.version, s.name, v.steps, s.current_version_id AS "currentVersionId", v.number AS "versionNumber", s.retire_losers AS "retireLosers", s.created_at AS "createdAt"
       FROM sequences s JOIN sequence_versions v ON v.workspace_id = s.workspace_id AND v.id = s.current_version_id
      WHERE s.workspace_id = $1`;

export function listSequences(db: Reader, workspaceId: string, list: ByCreation): Promise<SequenceRow[]> {
  return rowsInCreationOrder(db, { sql: SELECT, values: [workspaceId], alias: 's' }, list);
}

export function findSequence(db: Reader, workspaceId: string, id: string): Promise<SequenceRow | undefined> {
  return firstRow(db, `${SELECT} AND s.id = $2`, [workspaceId, id]);
}

/** Which of these templates the workspace has. */
export async function knownTemplates(db: Reader, workspaceId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await rows<{ id: string }>(db, 'SELECT id FROM templates WHERE workspace_id = $1 AND id = ANY ($2::uuid[])', [workspaceId, ids]);
  return new Set(found.map(({ id }) => id));
}

/** The highest number that any version of the sequence gave to a step; 0 when it has none. */
export async function highestStepNumber(db: Reader, workspaceId: string, sequenceId: string): Promise<number> {
  const row = await firstRow<{ highest: number | null }>(
    db,
    `SELECT max(substring(step ->> 'key' FROM '^s([0-9]+)$')::int) AS highest
       FROM sequence_versions v CROSS JOIN LATERAL jsonb_array_elements(v.steps) step
      WHERE v.workspace_id = $1 AND v.sequence_id = $2`,
    [workspaceId, sequenceId],
  );
  return row?.highest ?? 0;
}

/** The letters that variants of each step ever had, in any version. */
export async function usedVariantKeys(db: Reader, workspaceId: string, sequenceId: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await rows<{ stepKey: string; keys: string[] }>(
    db,
    `SELECT step ->> 'key' AS "stepKey", array_agg(DISTINCT variant ->> 'key') AS keys
       FROM sequence_versions v CROSS JOIN LATERAL jsonb_array_elements(v.steps) step CROSS JOIN LATERAL jsonb_array_elements(step -> 'variants') variant
      WHERE v.workspace_id = $1 AND v.sequence_id = $2 GROUP BY 1`,
    [workspaceId, sequenceId],
  );
  return new Map(found.map(({ stepKey, keys }) => [stepKey, keys]));
}
