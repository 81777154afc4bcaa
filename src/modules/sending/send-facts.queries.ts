import type { EntityManager } from 'typeorm';
import type { MessageState } from '../../domain/machines/message.js';
import { OPEN_STAGES } from '../../domain/machines/opportunity.js';
import type { SendFacts } from '../../domain/send-decision.js';
import { rows } from '../../platform/database/sql.js';

/** What the tables say of one mail; whether its recipient is suppressed is asked of those who know. */
export interface MailRow extends Omit<SendFacts, 'now' | 'suppressed'> {
  readonly id: string;
  readonly version: number;
  readonly state: MessageState;
  readonly mailboxId: string;
  readonly enrollmentId: string | null;
  readonly projectId: string | null;
  readonly toAddress: string;
  readonly contactKey: string | null;
}

/**
 * What the final check asks about, in one statement for many mails (F27). Columns that only a sequence obeys are null
 * for what a person wrote. A site is in contact when another open card's mail to it left after our last one (F5).
 */
const FACTS = `
  SELECT m.id, m.version, m.state, m.mailbox_id AS "mailboxId", m.enrollment_id AS "enrollmentId", m.next_at AS "nextAt",
         m.state IN ('draft', 'pending_approval') AS "needsApproval",
         c.erased_at IS NOT NULL AS "contactErased", c.undeliverable_at IS NOT NULL AS "contactUndeliverable",
         c.email_key AS "contactKey", m.to_address AS "toAddress", m.project_id AS "projectId",
         o.stage, COALESCE(o.contact_blocked, false) AS "contactBlocked",
         CASE WHEN planned.yes THEN e.state END AS "enrollmentState",
         CASE WHEN planned.yes THEN ca.state END AS "campaignState",
         CASE WHEN planned.yes THEN o.guard_override IS DISTINCT FROM 'send' AND EXISTS (
           SELECT FROM opportunities other JOIN messages theirs ON theirs.workspace_id = $1 AND theirs.opportunity_id = other.id
            WHERE other.workspace_id = $1 AND other.prospect_id = o.prospect_id AND other.id <> o.id AND other.stage = ANY ($3)
              AND theirs.direction = 'out' AND theirs.state IN ('transmitting', 'sent', 'delivery_unknown')
              AND COALESCE(theirs.sent_at, theirs.transmitting_at) > COALESCE(
                (SELECT max(ours.sent_at) FROM messages ours
                  WHERE ours.workspace_id = $1 AND ours.opportunity_id = o.id AND ours.direction = 'out' AND ours.state = 'sent'), '-infinity')
         ) END AS "siteInContact",
         mb.state AS "mailboxState"
    FROM messages m
    JOIN mailboxes mb ON mb.workspace_id = $1 AND mb.id = m.mailbox_id
    CROSS JOIN LATERAL (SELECT m.source = 'sequence' AND m.enrollment_id IS NOT NULL AS yes) planned
    LEFT JOIN contacts c ON c.workspace_id = $1 AND c.id = m.contact_id
    LEFT JOIN opportunities o ON o.workspace_id = $1 AND o.id = m.opportunity_id
    LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = m.enrollment_id
    LEFT JOIN campaigns ca ON ca.workspace_id = $1 AND ca.id = m.campaign_id
   WHERE m.workspace_id = $1 AND m.id = ANY ($2) AND m.direction = 'out'
   ORDER BY m.next_at, m.id`;

export function readMails(tx: Pick<EntityManager, 'query'>, workspaceId: string, ids: readonly string[]): Promise<MailRow[]> {
  return rows(tx, FACTS, [workspaceId, ids, OPEN_STAGES]);
}

/** Until the transaction ends nobody else decides about a mail to the same site; first in pipeline's order of locks. */
export async function lockSite(tx: EntityManager, workspaceId: string, messageId: string): Promise<void> {
  await rows(
    tx,
    `SELECT p.id FROM prospects p
      WHERE p.workspace_id = $1 AND p.id = (SELECT m.prospect_id FROM messages m WHERE m.workspace_id = $1 AND m.id = $2) FOR NO KEY UPDATE OF p`,
    [workspaceId, messageId],
  );
}
