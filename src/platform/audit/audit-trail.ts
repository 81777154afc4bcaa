import type { EntityManager } from 'typeorm';
import { rows } from '../database/sql.js';
import { newId } from '../ids.js';
import type { Actor } from '../auth/actor.js';

/** Ids, states and field names of what was done; never personal values, secrets or texts (promise 8). */
export type AuditDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * Notes who did what, in the transaction that does it.
 * @param action  feature and verb in the past, as in `pitch.moved`
 */
export async function audit(
  tx: EntityManager,
  actor: Actor,
  entry: { action: string; subjectId: string; at: Date; details?: AuditDetails },
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO audit_log (workspace_id, id, at, actor_id, via, action, subject_id, details, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      actor.workspaceId,
      newId(),
      entry.at,
      actor.memberId,
      actor.via,
      entry.action,
      entry.subjectId,
      JSON.stringify(entry.details ?? {}),
      actor.requestId ?? null,
    ],
  );
}
