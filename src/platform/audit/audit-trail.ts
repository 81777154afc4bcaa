import type { EntityManager } from 'typeorm';
import type { Actor } from '../auth/actor.js';
import { rows } from '../database/sql.js';
import { newId } from '../ids.js';
import { type Changes, shownChanges, takeChanges } from './noted-changes.js';

/** Ids, states and field names of what was done; never personal values, secrets or texts (promise 8). */
export type AuditDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface AuditEntry {
  /** Feature and verb in the past, as in `pitch.moved`. */
  readonly action: string;
  readonly subjectId: string;
  /** What the subject is, where the action does not begin with it: the note on a card is `note.added` on an `opportunity`. */
  readonly subjectType?: string;
  readonly at: Date;
  readonly details?: AuditDetails;
  /** Before and after, for changes that neither `changeRow` nor the pipeline made: those note theirs themselves. */
  readonly changes?: Changes;
}

/**
 * Notes who did what, in the transaction that does it. Before and after are taken from what this transaction has changed
 * on the subject: write the entry after the change. Texts, names and secrets are noted by their field name only.
 */
export async function audit(tx: EntityManager, actor: Actor, entry: AuditEntry): Promise<void> {
  const { action, subjectId, at, subjectType = action.replace(/\..*/, '') } = entry;
  const changes = shownChanges(subjectType, { ...takeChanges(tx, subjectId), ...entry.changes });
  await rows(
    tx,
    `INSERT INTO audit_log (workspace_id, id, at, actor_id, key_id, via, action, subject_type, subject_id, details, changes, request_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[actor.workspaceId, newId(), at, actor.memberId, actor.apiKeyId ?? null, actor.via],
      ...[action, subjectType, subjectId, JSON.stringify(entry.details ?? {}), JSON.stringify(changes)],
      actor.requestId ?? null,
    ],
  );
}
