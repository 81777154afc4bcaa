import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { storableText } from '../../../platform/database/storable-text.js';
import type { KnownPage } from '../../../platform/web-fetch/known-page.js';

type Db = Pick<EntityManager, 'query'>;

interface LinkKey {
  readonly workspaceId: string;
  readonly id: string;
}

/** After so many answers of "not modified" in a row the page is read again: marks of versions lie. */
const REUSES = 6;
/** As the column holds it. */
const MAX_PAGE = 200_000;

/** The page as it was last read for this very purpose; nothing when it is to be read again. */
export async function findSeenPage(db: Db, { workspaceId, id }: LinkKey, judgedFor: string): Promise<KnownPage | undefined> {
  const found = await firstRow<{ page: KnownPage }>(
    db,
    'SELECT page FROM seen_pages WHERE workspace_id = $1 AND backlink_id = $2 AND judged_for = $3 AND reuses < $4',
    [workspaceId, id, judgedFor, REUSES],
  );
  return found?.page;
}

export async function keepSeenPage(tx: Db, { workspaceId, id }: LinkKey, judgedFor: string, page: KnownPage): Promise<void> {
  const text = JSON.stringify(page, (_, value: unknown) => (typeof value === 'string' ? storableText(value) : value));
  if (text.length > MAX_PAGE) return forgetSeenPage(tx, { workspaceId, id });
  await rows(
    tx,
    `INSERT INTO seen_pages (workspace_id, backlink_id, judged_for, page, reuses) VALUES ($1, $2, $3, $4, 0)
     ON CONFLICT (workspace_id, backlink_id) DO UPDATE SET judged_for = excluded.judged_for, page = excluded.page, reuses = 0`,
    [workspaceId, id, judgedFor, text],
  );
}

/** The server said that it is as it was. */
export async function countReuse(tx: Db, { workspaceId, id }: LinkKey): Promise<void> {
  await rows(tx, 'UPDATE seen_pages SET reuses = reuses + 1 WHERE workspace_id = $1 AND backlink_id = $2', [workspaceId, id]);
}

export async function forgetSeenPage(tx: Db, { workspaceId, id }: LinkKey): Promise<void> {
  await rows(tx, 'DELETE FROM seen_pages WHERE workspace_id = $1 AND backlink_id = $2', [workspaceId, id]);
}
