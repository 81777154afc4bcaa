import type { EntityManager } from 'typeorm';
import { PAGE_PATIENCE_MS } from '../../../domain/send-decision.js';
import type { Verdict } from '../../../domain/reason-codes.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { wake } from '../../../platform/jobs/work-loops.js';

type Db = Pick<EntityManager, 'query'>;

/** A look that this process has taken on. */
export interface ClaimedLook {
  readonly workspaceId: string;
  /** A follow-up that waits for it, or an enrollment whose sequence is over. */
  readonly subjectId: string;
  readonly subjectType: 'message' | 'enrollment';
}

/** Longer than a page may take; past it whoever looked is dead. */
const CLAIM = `
  /* all-workspaces: one worker serves everyone */
  WITH due AS MATERIALIZED (
    SELECT workspace_id, subject_id FROM page_looks
     WHERE looked_at IS NULL AND (claimed_until IS NULL OR claimed_until < $1) ORDER BY asked_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
  UPDATE page_looks l SET claimed_until = $1::timestamptz + interval '2 minutes' FROM due d
   WHERE l.workspace_id = d.workspace_id AND l.subject_id = d.subject_id
  RETURNING l.workspace_id AS "workspaceId", l.subject_id AS "subjectId", l.subject_type AS "subjectType"`;

export function claimLooks(db: Db, at: Date, limit: number): Promise<ClaimedLook[]> {
  return rows(db, CLAIM, [at, limit]);
}

/** The page that a card asks about, and the page of ours that it should link to. */
export interface PageInQuestion {
  readonly opportunityId: string;
  readonly pageUrl: string | null;
  readonly targetUrl: string;
}

/** Nothing when the card is gone. */
export function findPage(db: Db, { workspaceId, subjectId, subjectType }: ClaimedLook): Promise<PageInQuestion | undefined> {
  const subjects = subjectType === 'message' ? 'messages' : 'enrollments';
  return firstRow(
    db,
    `SELECT o.id AS "opportunityId", o.page_url AS "pageUrl", t.url AS "targetUrl"
       FROM ${subjects} s
       JOIN opportunities o ON o.workspace_id = $1 AND o.id = s.opportunity_id
       JOIN campaigns c ON c.workspace_id = $1 AND c.id = o.campaign_id
       JOIN target_pages t ON t.workspace_id = $1 AND t.id = c.target_page_id
      WHERE s.workspace_id = $1 AND s.id = $2`,
    [workspaceId, subjectId],
  );
}

/** The look is done: a mail that only waited for it goes on at once. */
export async function settleLook(
  tx: EntityManager,
  { workspaceId, subjectId, subjectType }: ClaimedLook,
  seen: { readonly verdict: Verdict; readonly at: Date },
): Promise<void> {
  const look = await firstRow<{ askedAt: Date }>(
    tx,
    `UPDATE page_looks SET looked_at = $3, verdict = $4, claimed_until = NULL WHERE workspace_id = $1 AND subject_id = $2 RETURNING asked_at AS "askedAt"`,
    [workspaceId, subjectId, seen.at, seen.verdict],
  );
  if (!look || subjectType === 'enrollment') return;
  // exactly the time that the gate gave it: any other was set for another reason
  const heldUntil = new Date(look.askedAt.getTime() + PAGE_PATIENCE_MS);
  await rows(tx, `UPDATE messages SET next_at = $4 WHERE workspace_id = $1 AND id = $2 AND state = 'scheduled' AND next_at = $3 AND next_at > $4`, [
    ...[workspaceId, subjectId],
    ...[heldUntil, seen.at],
  ]);
  await wake(tx, 'send');
}
