import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/sql.js';
import { wake } from '../../platform/jobs/work-loops.js';

/** What waits for a look at the page that we ask about: a follow-up that is due, or a sequence at its end. */
export type LookFor = { readonly messageId: string; readonly at: Date } | { readonly enrollmentId: string; readonly at: Date };

/** Asks for a look at the page (F79); backlinks takes it, in its loop `look`. One that is asked for already stays as it is. */
export async function askForLook(tx: EntityManager, workspaceId: string, wish: LookFor): Promise<void> {
  const [type, id] = 'messageId' in wish ? (['message', wish.messageId] as const) : (['enrollment', wish.enrollmentId] as const);
  await rows(
    tx,
    `INSERT INTO page_looks (workspace_id, subject_id, subject_type, asked_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id, subject_id) DO UPDATE SET asked_at = EXCLUDED.asked_at, looked_at = NULL, verdict = NULL, claimed_until = NULL
       WHERE page_looks.looked_at IS NOT NULL`,
    [workspaceId, id, type, wish.at],
  );
  await wake(tx, 'look');
}
