import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/sql.js';

/** What an original is searched for. */
export interface Sought {
  /** In small letters. */
  readonly addresses: readonly string[];
  readonly pattern: string;
}

/** Originals that belong to nobody and hold what was sought, as far as they came before `since`. */
export interface Unfiled extends Sought {
  readonly ids: readonly string[];
  /** Null: nothing was looked through. */
  readonly since: Date | null;
}

/** How many originals one statement reads: a mail may have megabytes. */
const PIECE = 100;
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Whether the original \`i\` holds one of the addresses of a parameter. */
export const holdsAddress = (parameter: string): string =>
  `EXISTS (SELECT FROM unnest(${parameter}::text[]) AS one (address) WHERE strpos(lower(encode(i.raw, 'escape')), one.address) > 0)`;

const SEARCH = `
  WITH piece AS MATERIALIZED (
    SELECT i.id, i.raw, concat_ws(' ', m.subject, m.text, m.html) AS words
      FROM inbound_mails i LEFT JOIN messages m ON m.workspace_id = $1 AND m.id = i.message_id
     WHERE i.workspace_id = $1 AND i.id > $2 AND m.contact_id IS NULL ORDER BY i.id LIMIT ${PIECE})
  SELECT i.id, i.words ~* $4 OR ${holdsAddress('$3')} AS found FROM piece i ORDER BY i.id`;

/** Looks through them in pieces; there may be years of them: call it before the transaction, while nothing is locked. */
export async function searchUnfiled(db: Pick<EntityManager, 'query'>, workspaceId: string, sought: Sought, since: Date): Promise<Unfiled> {
  const ids: string[] = [];
  for (let after: string | undefined = FIRST; after !== undefined;) {
    const piece: { id: string; found: boolean }[] = await rows(db, SEARCH, [workspaceId, after, sought.addresses, sought.pattern]);
    for (const { id, found } of piece) if (found) ids.push(id);
    after = piece.length < PIECE ? undefined : piece.at(-1)?.id;
  }
  return { ...sought, ids, since };
}
