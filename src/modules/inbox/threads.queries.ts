import type { EntityManager } from 'typeorm';
import type { Actor } from '../../platform/auth/actor.js';
import { borderClause } from '../../platform/database/border-clause.js';
import { rows } from '../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

export interface ThreadMessageRow {
  readonly id: string;
  readonly version: number;
  readonly direction: 'out' | 'in';
  readonly state: string;
  readonly class: string | null;
  readonly matchMethod: string | null;
  readonly answersId: string | null;
  readonly opportunityId: string | null;
  readonly contactId: string | null;
  readonly mailboxId: string;
  readonly fromAddress: string;
  readonly toAddress: string;
  readonly subject: string | null;
  readonly text: string | null;
  readonly sentAt: Date | null;
  readonly createdAt: Date;
}

/** The last messages of a conversation that the actor may see, oldest first. */
export async function readThread(db: Db, actor: Actor, threadId: string, limit: number): Promise<ThreadMessageRow[]> {
  const values: unknown[] = [actor.workspaceId, threadId, limit];
  const border = borderClause(actor, 'project_id', values);
  const newestFirst = await rows<ThreadMessageRow>(
    db,
    `SELECT id, version, direction, state, class, match_method AS "matchMethod", answers_id AS "answersId", opportunity_id AS "opportunityId",
            contact_id AS "contactId", mailbox_id AS "mailboxId", from_address AS "fromAddress", to_address AS "toAddress", subject, text,
            sent_at AS "sentAt", created_at AS "createdAt"
       FROM messages WHERE workspace_id = $1 AND thread_id = $2${border} ORDER BY id DESC LIMIT $3`,
    values,
  );
  return newestFirst.reverse();
}

/** A person's word on what the answer means; the raw mail keeps what the machine took it for. */
export async function classifyMessage(tx: Db, workspaceId: string, id: string, found: string): Promise<void> {
  await rows(tx, 'UPDATE messages SET version = version + 1, class = $3 WHERE workspace_id = $1 AND id = $2', [workspaceId, id, found]);
}
