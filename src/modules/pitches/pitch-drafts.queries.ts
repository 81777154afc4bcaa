import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { ListRequest } from '../../platform/http/lists/paging.js';

type Db = Pick<EntityManager, 'query'>;
type Sort = '-number' | 'number';

export interface DraftRow {
  readonly id: string;
  readonly pitchId: string;
  readonly number: number;
  readonly remarks: string | null;
  readonly createdAt: Date;
}
export interface DraftWithText extends DraftRow {
  readonly text: string;
}

export const DRAFT_LIST = { sorts: ['-number', 'number'], key: ['number', 'uuid'], filters: [] } as const;

const COLUMNS = 'id, pitch_id AS "pitchId", number, remarks, created_at AS "createdAt"';

/** Texts may be long, so a list leaves them out. */
export function listDrafts(
  db: Db,
  of: { readonly workspaceId: string; readonly pitchId: string },
  list: ListRequest<never, Sort>,
): Promise<DraftRow[]> {
  const [after, direction] = list.sort === 'number' ? ['>', 'ASC'] : ['<', 'DESC'];
  return rows(
    db,
    `SELECT ${COLUMNS} FROM pitch_drafts WHERE workspace_id = $1 AND pitch_id = $2 AND ($3::int IS NULL OR (number, id) ${after} ($3, $4::uuid))
      ORDER BY number ${direction}, id ${direction} LIMIT $5`,
    [of.workspaceId, of.pitchId, list.after?.[0], list.after?.[1], list.limit + 1],
  );
}

export function findDraft(db: Db, workspaceId: string, of: { readonly pitchId: string; readonly id: string }): Promise<DraftWithText | undefined> {
  return firstRow(db, `SELECT ${COLUMNS}, text FROM pitch_drafts WHERE workspace_id = $1 AND pitch_id = $2 AND id = $3`, [
    workspaceId,
    of.pitchId,
    of.id,
  ]);
}

/** The next version; the caller holds the lock of the pitch. */
export async function addDraft(
  tx: Db,
  workspaceId: string,
  draft: { readonly id: string; readonly pitchId: string; readonly text: string; readonly remarks: string | null; readonly createdAt: Date },
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO pitch_drafts (workspace_id, id, pitch_id, number, text, remarks, created_at)
     SELECT $1, $2, $3, COALESCE(max(number), 0) + 1, $4, $5, $6 FROM pitch_drafts WHERE workspace_id = $1 AND pitch_id = $3`,
    [workspaceId, draft.id, draft.pitchId, draft.text, draft.remarks, draft.createdAt],
  );
}
