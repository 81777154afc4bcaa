import type { EntityManager } from 'typeorm';
import { firstRow } from '../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

/** Pitches that came to nothing: their topics are free again (state-model 2). */
const FREE_AGAIN = `('rejected', 'withdrawn', 'expired', 'defaulted')`;

export interface TopicInUse {
  readonly topic: string;
  readonly pitchId: string;
}

/** One at a time offers topics in a project, until the transaction ends: two who offer the same at once must see each other. */
export async function lockTopics(tx: Db, projectId: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('topics of ' || $1, 0))`, [projectId]);
}

/**
 * A title that another site of the project has been offered and may still take (F56). Where an editor picked one
 * topic of several, the others are free again.
 */
export function findTopicInUse(
  tx: Db,
  workspaceId: string,
  of: { readonly projectId: string; readonly prospectId: string; readonly titles: readonly string[] },
): Promise<TopicInUse | undefined> {
  return firstRow(
    tx,
    `SELECT t.title AS topic, t.pitch_id AS "pitchId"
       FROM pitch_topics t
       JOIN pitches p ON p.workspace_id = t.workspace_id AND p.id = t.pitch_id
       JOIN opportunities o ON o.workspace_id = p.workspace_id AND o.id = p.opportunity_id
      WHERE t.workspace_id = $1 AND p.project_id = $2 AND o.prospect_id <> $3 AND p.state NOT IN ${FREE_AGAIN}
        AND lower(btrim(t.title)) IN (SELECT lower(btrim(title)) FROM unnest($4::text[]) AS offered (title))
        AND (t.chosen_at IS NOT NULL
             OR NOT EXISTS (SELECT FROM pitch_topics c WHERE c.workspace_id = $1 AND c.pitch_id = t.pitch_id AND c.chosen_at IS NOT NULL))
      ORDER BY p.created_at, p.id LIMIT 1`,
    [workspaceId, of.projectId, of.prospectId, of.titles],
  );
}
