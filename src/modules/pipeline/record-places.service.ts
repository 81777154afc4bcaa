import type { EntityManager } from 'typeorm';
import { RECORD_TYPES, type RecordType } from '../../domain/record-types.js';
import { firstRow } from '../../platform/database/sql.js';

/** Where a record belongs, and whose work it is. */
export interface RecordPlace {
  readonly projectId: string | null;
  readonly opportunityId: string | null;
  readonly ownerId: string | null;
}

const ofCard = (table: string): string => `
  SELECT x.project_id AS "projectId", x.opportunity_id AS "opportunityId", o.owner_id AS "ownerId" FROM ${table} x
    LEFT JOIN opportunities o ON o.workspace_id = x.workspace_id AND o.id = x.opportunity_id
   WHERE x.workspace_id = $1 AND x.id = $2`;
const alone = (table: string, projectId: string): string =>
  `SELECT ${projectId} AS "projectId", NULL AS "opportunityId", NULL AS "ownerId" FROM ${table} WHERE workspace_id = $1 AND id = $2`;

const PLACES: Readonly<Record<RecordType, string>> = {
  project: alone('projects', 'id'),
  campaign: alone('campaigns', 'project_id'),
  prospect: alone('prospects', 'NULL'),
  contact: alone('contacts', 'NULL'),
  opportunity: `SELECT project_id AS "projectId", id AS "opportunityId", owner_id AS "ownerId" FROM opportunities WHERE workspace_id = $1 AND id = $2`,
  enrollment: ofCard('enrollments'),
  message: ofCard('messages'),
  pitch: ofCard('pitches'),
  backlink: ofCard('backlinks'),
  // of its newest mail that has a place
  thread: `
    SELECT m.project_id AS "projectId", m.opportunity_id AS "opportunityId",
           COALESCE((SELECT a.member_id FROM thread_assignees a WHERE a.workspace_id = $1 AND a.thread_id = $2), o.owner_id) AS "ownerId"
      FROM messages m LEFT JOIN opportunities o ON o.workspace_id = m.workspace_id AND o.id = m.opportunity_id
     WHERE m.workspace_id = $1 AND m.thread_id = $2 ORDER BY m.project_id IS NULL, m.id DESC LIMIT 1`,
};

/** Undefined when there is no such thing, or it is of a kind that stands in no project. */
export async function findRecordPlace(
  db: Pick<EntityManager, 'query'>,
  workspaceId: string,
  type: string,
  id: string,
): Promise<RecordPlace | undefined> {
  const known = RECORD_TYPES.find((one) => one === type);
  return known && firstRow<RecordPlace>(db, PLACES[known], [workspaceId, id]);
}
