import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/sql.js';
import { newId } from '../../platform/ids.js';
import { findRecordPlace } from './record-places.service.js';

type Db = Pick<EntityManager, 'query'>;

export interface NewTask {
  readonly kind: string;
  readonly subjectType: string;
  readonly subjectId: string;
  /** Whose owner it falls to, and whose project it counts for. */
  readonly opportunityId?: string | null;
  readonly title?: string | null;
  /** Due and made then. */
  readonly at: Date;
}

/** Leaves work for a person. While a task of the kind is open for a thing it stays the only one. */
export async function leaveTask(tx: Db, workspaceId: string, task: NewTask): Promise<void> {
  await rows(
    tx,
    `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, opportunity_id, project_id, assignee_id, title, due_at, created_at)
     SELECT $1, $2, $3, $4, $5, $6, o.project_id, o.owner_id, $7, $8, $8 FROM (SELECT) AS one LEFT JOIN opportunities o ON o.workspace_id = $1 AND o.id = $6
     ON CONFLICT DO NOTHING`,
    [workspaceId, newId(), task.kind, task.subjectType, task.subjectId, task.opportunityId ?? null, task.title ?? null, task.at],
  );
}

/** The work has settled itself, or was done elsewhere. */
export async function endTask(tx: Db, workspaceId: string, task: Pick<NewTask, 'kind' | 'subjectId' | 'at'>): Promise<void> {
  await rows(
    tx,
    'UPDATE tasks SET done_at = $4, version = version + 1 WHERE workspace_id = $1 AND kind = $2 AND subject_id = $3 AND done_at IS NULL',
    [workspaceId, task.kind, task.subjectId, task.at],
  );
}

export interface NewNote {
  readonly subjectType: string;
  readonly subjectId: string;
  /** Null when no member wrote it. */
  readonly authorId: string | null;
  readonly text: string;
  readonly at: Date;
}

/**
 * Keeps words that belong to a thing; history, events and audit hold none (promise 8). They are the reason of something that
 * was done, and stay as they are, unless they are said to be a remark. @returns its id
 */
export async function leaveNote(tx: Db, workspaceId: string, note: NewNote, kind: 'note' | 'reason' = 'reason'): Promise<string> {
  const id = newId();
  const place = await findRecordPlace(tx, workspaceId, note.subjectType, note.subjectId);
  await rows(
    tx,
    `INSERT INTO notes (workspace_id, id, kind, subject_type, subject_id, project_id, author_id, text, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [...[workspaceId, id, kind, note.subjectType, note.subjectId, place?.projectId ?? null], ...[note.authorId, note.text, note.at]],
  );
  return id;
}
