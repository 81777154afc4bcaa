import type { EntityManager } from 'typeorm';
import { CLASSES_FROM_PEOPLE } from '../../domain/pipeline-events.js';
import type { WaitingOn } from '../../domain/pipeline-snapshot.js';
import type { Actor } from '../../platform/auth/actor.js';
import { borderClause } from '../../platform/database/border-clause.js';
import { CREATION_ORDER, type CreationSort, rowsInCreationOrder } from '../../platform/database/creation-order.js';
import { filterClause, filterNames } from '../../platform/database/filter-clause.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { ListRequest, ListRules } from '../../platform/http/lists/paging.js';

type Db = Pick<EntityManager, 'query'>;

/** A thread, by its newest mail. */
export interface ThreadRow {
  /** Of that mail: what the list goes by. */
  readonly id: string;
  readonly createdAt: Date;
  readonly threadId: string;
  readonly direction: 'out' | 'in';
  readonly class: string | null;
  readonly subject: string | null;
  readonly lastAt: Date;
  readonly waitingOn: WaitingOn;
  readonly assigneeId: string | null;
  readonly projectId: string | null;
  readonly campaignId: string | null;
  readonly opportunityId: string | null;
  readonly prospectId: string | null;
  readonly contactId: string | null;
  readonly mailboxId: string;
}

const WAITING_ON = `CASE WHEN m.direction = 'in' AND m.class IN (${CLASSES_FROM_PEOPLE.map((one) => `'${one}'`).join(', ')}) THEN 'us' ELSE 'them' END`;
/** Whoever it was given to, else the owner of its card. */
const ASSIGNEE = 'COALESCE(a.member_id, o.owner_id)';

const FILTERED = {
  projectId: 'm.project_id',
  campaignId: 'm.campaign_id',
  opportunityId: 'm.opportunity_id',
  contactId: 'm.contact_id',
  mailboxId: 'm.mailbox_id',
  assigneeId: ASSIGNEE,
  waitingOn: WAITING_ON,
} as const;
type Filter = keyof typeof FILTERED;

export const THREAD_LIST = { ...CREATION_ORDER, filters: filterNames(FILTERED) } as const satisfies ListRules;

/** Mail that was sent or came in; what waits to leave is no part of the conversation yet. */
const happened = (alias: string): string => `(${alias}.direction = 'in' OR ${alias}.sent_at IS NOT NULL)`;

/** One row more than the limit, for `page` to see that there are more. */
export async function listThreads(db: Db, actor: Actor, list: ListRequest<Filter, CreationSort>): Promise<ThreadRow[]> {
  const values: unknown[] = [actor.workspaceId];
  const wanted = filterClause(FILTERED, list.filters, values) + borderClause(actor, 'm.project_id', values);
  const seen = borderClause(actor, 'later.project_id', values);
  const sql = `
    SELECT m.id, m.created_at AS "createdAt", m.thread_id AS "threadId", m.direction, m.class, m.subject, COALESCE(m.sent_at, m.created_at) AS "lastAt",
           ${WAITING_ON} AS "waitingOn", ${ASSIGNEE} AS "assigneeId", m.project_id AS "projectId", m.campaign_id AS "campaignId",
           m.opportunity_id AS "opportunityId", m.prospect_id AS "prospectId", m.contact_id AS "contactId", m.mailbox_id AS "mailboxId"
      FROM messages m
      LEFT JOIN opportunities o ON o.workspace_id = $1 AND o.id = m.opportunity_id
      LEFT JOIN thread_assignees a ON a.workspace_id = $1 AND a.thread_id = m.thread_id
     WHERE m.workspace_id = $1 AND m.thread_id IS NOT NULL AND ${happened('m')} AND NOT EXISTS (
       SELECT FROM messages later WHERE later.workspace_id = $1 AND later.thread_id = m.thread_id AND ${happened('later')}
          AND (later.created_at, later.id) > (m.created_at, m.id)${seen})${wanted}`;
  return rowsInCreationOrder(db, { sql, values, alias: 'm' }, list);
}

/** Who answers a thread: whoever it was given to, else the owner of the card of its last mail. */
export async function findAssignee(db: Db, workspaceId: string, threadId: string): Promise<string | null> {
  const given = await firstRow<{ memberId: string | null }>(
    db,
    `SELECT COALESCE((SELECT a.member_id FROM thread_assignees a WHERE a.workspace_id = $1 AND a.thread_id = $2),
                     (SELECT o.owner_id FROM messages m JOIN opportunities o ON o.workspace_id = $1 AND o.id = m.opportunity_id
                       WHERE m.workspace_id = $1 AND m.thread_id = $2 ORDER BY m.id DESC LIMIT 1)) AS "memberId"`,
    [workspaceId, threadId],
  );
  return given?.memberId ?? null;
}

/** Gives a thread to a member; null gives it back to the owner of its card. The work that its answers have left goes along. */
export async function giveThread(
  tx: Db,
  workspaceId: string,
  to: { readonly threadId: string; readonly memberId: string | null; readonly opportunityId: string | null; readonly at: Date },
): Promise<void> {
  if (to.memberId === null) await rows(tx, 'DELETE FROM thread_assignees WHERE workspace_id = $1 AND thread_id = $2', [workspaceId, to.threadId]);
  else {
    await rows(
      tx,
      `INSERT INTO thread_assignees (workspace_id, thread_id, member_id, assigned_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (workspace_id, thread_id) DO UPDATE SET member_id = EXCLUDED.member_id, assigned_at = EXCLUDED.assigned_at`,
      [workspaceId, to.threadId, to.memberId, to.at],
    );
  }
  if (to.opportunityId === null) return;
  await rows(
    tx,
    `UPDATE tasks SET version = version + 1, assignee_id = COALESCE($3, (SELECT owner_id FROM opportunities WHERE workspace_id = $1 AND id = $2))
      WHERE workspace_id = $1 AND opportunity_id = $2 AND kind = 'answer_reply' AND done_at IS NULL`,
    [workspaceId, to.opportunityId, to.memberId],
  );
}
