import type { EntityManager } from 'typeorm';
import { MINUTE_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { DueMailbox } from '../claim/sending.queries.js';

type Db = Pick<EntityManager, 'query'>;

/** The process that sent a mail tries at once; this is when others take over. */
const FIRST_WAIT_MINUTES = 5;
const LONGEST_WAIT_MINUTES = 360;
/** About three days. */
const TRIES_AT_MOST = 16;
const AT_ONCE = 50;

export function copyDueAt(sentAt: Date): Date {
  return new Date(sentAt.getTime() + FIRST_WAIT_MINUTES * MINUTE_MS);
}

/** Whichever mailbox has a copy that is due. */
export function mailboxWithCopiesDue(db: Db, now: Date): Promise<DueMailbox | undefined> {
  return firstRow(
    db,
    `/* all-workspaces: one loop serves everyone */
     SELECT workspace_id AS "workspaceId", mailbox_id AS id FROM messages WHERE copy_due_at <= $1 ORDER BY copy_due_at LIMIT 1`,
    [now],
  );
}

export interface DueCopy {
  readonly id: string;
  readonly rfcMessageId: string | null;
  readonly sentAt: Date | null;
  /** It will not be tried again after this. */
  readonly last: boolean;
}

/** Some copies of a mailbox that are due. Their next try is written down first: what fails or dies then waits, and no other worker takes them. */
export function takeCopies(db: Db, { workspaceId, id }: DueMailbox, now: Date): Promise<DueCopy[]> {
  return rows(
    db,
    `WITH due AS MATERIALIZED (
       SELECT m.id FROM messages m WHERE m.workspace_id = $1 AND m.mailbox_id = $2 AND m.copy_due_at <= $3
        ORDER BY m.copy_due_at LIMIT ${String(AT_ONCE)} FOR NO KEY UPDATE SKIP LOCKED)
     UPDATE messages m SET copy_tries = m.copy_tries + 1, copy_due_at = CASE WHEN m.copy_tries + 1 < ${String(TRIES_AT_MOST)} THEN
            $3::timestamptz + interval '1 minute' * LEAST(${String(FIRST_WAIT_MINUTES)} * 2 ^ m.copy_tries, ${String(LONGEST_WAIT_MINUTES)}) END
       FROM due WHERE m.workspace_id = $1 AND m.id = due.id
     RETURNING m.id, m.rfc_message_id AS "rfcMessageId", m.sent_at AS "sentAt", m.copy_due_at IS NULL AS last`,
    [workspaceId, id, now],
  );
}

/** Nothing more is to be done about these copies. */
export async function endCopies(db: Db, workspaceId: string, ids: readonly string[]): Promise<void> {
  await rows(db, 'UPDATE messages SET copy_due_at = NULL WHERE workspace_id = $1 AND id = ANY ($2)', [workspaceId, ids]);
}
