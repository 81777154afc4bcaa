import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/sql.js';

export interface MergeSide {
  readonly id: string;
  readonly emailKey: string;
  readonly mergedIntoId: string | null;
  readonly erased: boolean;
}

/** The sites of both first, as pipeline does; then both, in one order whoever asks. Nobody enrolls or writes to them meanwhile. */
export async function lockSides(tx: EntityManager, workspaceId: string, ids: readonly string[]): Promise<MergeSide[]> {
  await rows(
    tx,
    `SELECT p.id FROM prospects p WHERE p.workspace_id = $1 AND p.id IN (
       SELECT prospect_id FROM prospect_contacts WHERE workspace_id = $1 AND contact_id = ANY ($2)
       UNION ALL SELECT prospect_id FROM enrollments WHERE workspace_id = $1 AND contact_id = ANY ($2)) ORDER BY p.id FOR NO KEY UPDATE`,
    [workspaceId, ids],
  );
  return rows(
    tx,
    `SELECT id, email_key AS "emailKey", merged_into_id AS "mergedIntoId", erased_at IS NOT NULL AS erased FROM contacts
      WHERE workspace_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE`,
    [workspaceId, ids],
  );
}

/**
 * Open enrollments that keep two people from becoming one: both in a sequence, or the one who goes in a campaign where the other was.
 * @returns those that are to be stopped first
 */
export async function enrollmentsInTheWay(
  tx: EntityManager,
  workspaceId: string,
  of: { readonly fromId: string; readonly intoId: string; readonly open: readonly string[] },
): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `SELECT e.id FROM enrollments e WHERE e.workspace_id = $1 AND e.contact_id = $2 AND e.state = ANY ($4) AND EXISTS (
       SELECT FROM enrollments o WHERE o.workspace_id = $1 AND o.contact_id = $3 AND (o.state = ANY ($4) OR o.campaign_id = e.campaign_id)) ORDER BY e.id`,
    [workspaceId, of.fromId, of.intoId, of.open],
  );
  return found.map(({ id }) => id);
}

/** What stands on one contact stands on the other from now on; a campaign that both went through keeps an enrollment of each. */
const MOVES = [
  `UPDATE enrollments e SET contact_id = $3, version = version + 1 WHERE e.workspace_id = $1 AND e.contact_id = $2
      AND NOT EXISTS (SELECT FROM enrollments o WHERE o.workspace_id = $1 AND o.contact_id = $3 AND o.campaign_id = e.campaign_id)`,
  'UPDATE messages SET contact_id = $3, version = version + 1 WHERE workspace_id = $1 AND contact_id = $2',
  `UPDATE notes SET subject_id = $3 WHERE workspace_id = $1 AND subject_id = $2 AND subject_type = 'contact'`,
  `UPDATE tasks SET subject_id = $3, version = version + 1 WHERE workspace_id = $1 AND subject_id = $2 AND subject_type = 'contact'`,
  `INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at)
     SELECT workspace_id, prospect_id, $3, created_at FROM prospect_contacts WHERE workspace_id = $1 AND contact_id = $2 ON CONFLICT DO NOTHING`,
  'DELETE FROM prospect_contacts WHERE workspace_id = $1 AND contact_id = $2 AND $3::uuid IS NOT NULL',
  // whom the one was merged with is the other now: no chain is longer than one
  'UPDATE contacts SET merged_into_id = $3 WHERE workspace_id = $1 AND (id = $2 OR merged_into_id = $2)',
];

/** Of a kind of the product's own that is open at both, one is enough. */
const DOUBLE_TASKS = `
  UPDATE tasks t SET done_at = $4, version = version + 1 WHERE t.workspace_id = $1 AND t.subject_id = $2 AND t.done_at IS NULL AND t.kind <> 'todo'
     AND EXISTS (SELECT FROM tasks o WHERE o.workspace_id = $1 AND o.subject_id = $3 AND o.kind = t.kind AND o.done_at IS NULL)`;

/** What the other does not say is taken over, of a basis in law the weaker: the stricter consent wins (F10). */
const FILL = `
  UPDATE contacts c SET version = c.version + 1, first_name = COALESCE(c.first_name, l.first_name), last_name = COALESCE(c.last_name, l.last_name),
         role = COALESCE(c.role, l.role), time_zone = COALESCE(c.time_zone, l.time_zone), country = COALESCE(c.country, l.country),
         source_url = COALESCE(c.source_url, l.source_url), last_contacted_at = greatest(c.last_contacted_at, l.last_contacted_at),
         lawful_basis = CASE WHEN array_position($4::text[], l.lawful_basis) < array_position($4::text[], c.lawful_basis) THEN l.lawful_basis ELSE c.lawful_basis END
    FROM contacts l WHERE c.workspace_id = $1 AND c.id = $3 AND l.workspace_id = $1 AND l.id = $2`;
const WEAKEST_FIRST = ['legitimate_interest', 'contract', 'consent'];

export async function unite(
  tx: EntityManager,
  workspaceId: string,
  { fromId, intoId, at }: { readonly fromId: string; readonly intoId: string; readonly at: Date },
): Promise<void> {
  await rows(tx, DOUBLE_TASKS, [workspaceId, fromId, intoId, at]);
  for (const sql of MOVES) await rows(tx, sql, [workspaceId, fromId, intoId]);
  await rows(tx, FILL, [workspaceId, fromId, intoId, WEAKEST_FIRST]);
}
