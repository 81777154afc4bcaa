import type { EntityManager } from 'typeorm';
import type { Actor } from '../../platform/auth/actor.js';
import { borderClause } from '../../platform/database/border-clause.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { Calendar } from '../../domain/calendar.js';
import type { RecipientPlace } from '../../domain/country-zones.js';
import { RECIPIENT_PLACE, withCalendars } from '../prospects/recipient-place.service.js';

type Db = Pick<EntityManager, 'query'>;

/** A mail of a thread, as far as an answer has to know it. */
export interface ThreadMail {
  readonly id: string;
  readonly direction: 'out' | 'in';
  readonly class: string | null;
  readonly mailboxId: string;
  readonly rfcMessageId: string | null;
  readonly referenceIds: string[];
  readonly subject: string | null;
  readonly fromAddress: string;
  readonly toAddress: string;
  readonly contactId: string | null;
  readonly prospectId: string | null;
  readonly opportunityId: string | null;
  readonly campaignId: string | null;
  readonly projectId: string | null;
}

/** Of a long thread the last; what has not left is no part of the conversation yet. Oldest first. */
export async function readConversation(db: Db, actor: Actor, threadId: string): Promise<ThreadMail[]> {
  const values: unknown[] = [actor.workspaceId, threadId];
  const border = borderClause(actor, 'project_id', values);
  const newestFirst = await rows<ThreadMail>(
    db,
    `SELECT id, direction, class, mailbox_id AS "mailboxId", rfc_message_id AS "rfcMessageId", reference_ids AS "referenceIds", subject,
            from_address AS "fromAddress", to_address AS "toAddress", contact_id AS "contactId", prospect_id AS "prospectId",
            opportunity_id AS "opportunityId", campaign_id AS "campaignId", project_id AS "projectId"
       FROM messages WHERE workspace_id = $1 AND thread_id = $2 AND (direction = 'in' OR sent_at IS NOT NULL)${border}
      ORDER BY COALESCE(sent_at, created_at) DESC, id DESC LIMIT 200`,
    values,
  );
  return newestFirst.reverse();
}

/** What speaks for or against a mail to the other side, and what its clock goes by. */
export interface OtherSide extends Calendar {
  readonly erased: boolean;
  readonly undeliverable: boolean;
  readonly blocked: boolean;
  readonly fromAddress: string;
}

export async function findOtherSide(
  db: Db,
  workspaceId: string,
  of: { readonly contactId: string | null; readonly opportunityId: string | null; readonly mailboxId: string; readonly now: Date },
): Promise<OtherSide | undefined> {
  const found = await firstRow<Omit<OtherSide, keyof Calendar> & { readonly place: RecipientPlace }>(
    db,
    `SELECT c.erased_at IS NOT NULL AS erased, c.undeliverable_at IS NOT NULL AS undeliverable,
            COALESCE(o.contact_blocked OR o.stage = 'do_not_contact', false) AS blocked, ${RECIPIENT_PLACE}, mb.from_address AS "fromAddress"
       FROM workspaces w JOIN mailboxes mb ON mb.workspace_id = w.id AND mb.id = $4
       LEFT JOIN contacts c ON c.workspace_id = $1 AND c.id = $2
       LEFT JOIN opportunities o ON o.workspace_id = $1 AND o.id = $3
       LEFT JOIN prospects p ON p.workspace_id = $1 AND p.id = o.prospect_id
      WHERE w.id = $1`,
    [workspaceId, of.contactId, of.opportunityId, of.mailboxId],
  );
  return found && (await withCalendars([found], of.now))[0];
}

/** Takes the first lock of pipeline's order: an answer that comes in meanwhile waits, and finds what is queued here. */
export async function lockSiteOf(tx: Db, workspaceId: string, prospectId: string | null): Promise<void> {
  if (prospectId !== null) await rows(tx, 'SELECT FROM prospects WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE', [workspaceId, prospectId]);
}

/** The work that an answer was is done with ours. */
export async function closeAnswerTasks(tx: Db, workspaceId: string, opportunityId: string, at: Date): Promise<void> {
  await rows(
    tx,
    `UPDATE tasks SET done_at = $3, version = version + 1
      WHERE workspace_id = $1 AND opportunity_id = $2 AND kind = 'answer_reply' AND done_at IS NULL`,
    [workspaceId, opportunityId, at],
  );
}
