import type { EntityManager } from 'typeorm';
import { firstRow } from '../../platform/database/sql.js';

/**
 * Gives the address of the article to a link that the opportunity still waits for, and makes its check due: the one agreed on for this very
 * page, else a required one, else the oldest.
 * @returns its id; undefined when no link is expected, or this page's link to that target is reported already
 */
export async function locateExpectedLink(
  tx: Pick<EntityManager, 'query'>,
  workspaceId: string,
  at: { readonly opportunityId: string; readonly sourceUrl: string; readonly sourceKey: string; readonly dueAt: Date },
): Promise<string | undefined> {
  const link = await firstRow<{ id: string }>(
    tx,
    `UPDATE backlinks SET source_url = $3, source_key = $4, next_at = $5, asked_by = 'person'
      WHERE workspace_id = $1 AND id = (
        SELECT e.id FROM backlinks e
         WHERE e.workspace_id = $1 AND e.opportunity_id = $2 AND e.state = 'expected'
           AND NOT EXISTS (SELECT FROM backlinks r WHERE r.workspace_id = $1 AND r.source_key = $4 AND r.target_key = e.target_key AND r.id <> e.id)
         ORDER BY e.source_key IS NOT DISTINCT FROM $4 DESC, e.required DESC, e.created_at, e.id LIMIT 1)
      RETURNING id`,
    [workspaceId, at.opportunityId, at.sourceUrl, at.sourceKey, at.dueAt],
  );
  return link?.id;
}
