import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/sql.js';

type Reader = Pick<EntityManager, 'query'>;

/** Mails of one variant of a step, and what came of them. */
export interface VariantCounts {
  readonly stepKey: string;
  readonly key: string;
  readonly sent: number;
  readonly replied: number;
  readonly positive: number;
}

/** An answer counts for the mail that it answers; a positive one is interest, or the question what it costs. */
const COUNTS = `
  SELECT m.step_key AS "stepKey", m.variant_key AS key, count(*)::int AS sent,
         count(*) FILTER (WHERE EXISTS (
           SELECT FROM message_facts f WHERE f.workspace_id = $1 AND f.message_id = m.id AND f.fact = 'replied'))::int AS replied,
         count(*) FILTER (WHERE EXISTS (
           SELECT FROM messages r WHERE r.workspace_id = $1 AND r.opportunity_id = m.opportunity_id AND r.answers_id = m.id AND r.direction = 'in'
              AND r.class IN ('interested', 'asks_fee')))::int AS positive
    FROM campaigns c
    JOIN messages m ON m.workspace_id = $1 AND m.campaign_id = c.id AND m.variant_key IS NOT NULL AND m.state = 'sent'
   WHERE c.workspace_id = $1 AND c.sequence_id = $2 AND ($3::uuid[] IS NULL OR c.project_id = ANY ($3))
   GROUP BY 1, 2`;

/** @param projectIds  those whose mails count; null for all */
export function countVariants(
  db: Reader,
  {
    workspaceId,
    sequenceId,
    projectIds,
  }: { readonly workspaceId: string; readonly sequenceId: string; readonly projectIds: readonly string[] | null },
): Promise<VariantCounts[]> {
  return rows(db, COUNTS, [workspaceId, sequenceId, projectIds]);
}

export interface Retirement {
  readonly stepKey: string;
  readonly key: string;
  readonly retiredAt: Date;
}

export function listRetirements(db: Reader, workspaceId: string, sequenceId: string): Promise<Retirement[]> {
  return rows(
    db,
    `SELECT step_key AS "stepKey", variant_key AS key, retired_at AS "retiredAt" FROM variant_retirements
      WHERE workspace_id = $1 AND sequence_id = $2`,
    [workspaceId, sequenceId],
  );
}
