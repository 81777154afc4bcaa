import type { EntityManager } from 'typeorm';
import type { ReasonCode } from '../../../domain/reason-codes.js';
import { firstRow, rows } from '../../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

/** A link that was lost, or no longer meets its terms. */
export interface LostLink {
  readonly workspaceId: string;
  readonly id: string;
  readonly state: 'lost' | 'degraded';
  readonly opportunityId: string | null;
  readonly sourceUrl: string | null;
  readonly targetUrl: string;
  readonly complianceCodes: ReasonCode[];
  readonly wasLive: boolean;
}

/** Takes the oldest loss that nobody has looked after, and keeps it locked to the end of the transaction. */
export async function takeLoss(tx: Db): Promise<LostLink | undefined> {
  return firstRow(
    tx,
    `/* all-workspaces: one worker serves everyone */
     UPDATE backlinks b SET reclaim_for = b.state_changed_at
       FROM (SELECT workspace_id, id FROM backlinks WHERE state IN ('lost', 'degraded') AND reclaim_for IS DISTINCT FROM state_changed_at
              ORDER BY state_changed_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) AS due
      WHERE b.workspace_id = due.workspace_id AND b.id = due.id
     RETURNING b.workspace_id AS "workspaceId", b.id, b.state, b.opportunity_id AS "opportunityId", b.source_url AS "sourceUrl",
               b.target_url AS "targetUrl", b.compliance_codes AS "complianceCodes", b.first_live_at IS NOT NULL AS "wasLive"`,
  );
}

export async function hasOpenDraft(tx: Db, workspaceId: string, backlinkId: string): Promise<boolean> {
  const open = await firstRow(
    tx,
    `SELECT id FROM messages WHERE workspace_id = $1 AND reclaims_backlink_id = $2 AND state IN ('draft', 'pending_approval', 'scheduled') LIMIT 1`,
    [workspaceId, backlinkId],
  );
  return open !== undefined;
}

/** Where the link was agreed on: the mail of ours that an answer came to, else the last one; and what speaks against another. */
export interface OriginalMail {
  readonly threadId: string;
  readonly contactId: string;
  readonly mailboxId: string;
  readonly toAddress: string;
  readonly fromAddress: string;
  readonly projectId: string | null;
  readonly campaignId: string | null;
  readonly prospectId: string | null;
  readonly commercial: boolean;
  /** Erased, undeliverable, or of a site that asked for no more mail. */
  readonly closed: boolean;
}

export async function findOriginalMail(tx: Db, workspaceId: string, opportunityId: string): Promise<OriginalMail | undefined> {
  return firstRow(
    tx,
    `SELECT m.thread_id AS "threadId", m.contact_id AS "contactId", m.mailbox_id AS "mailboxId", m.to_address AS "toAddress",
            mb.from_address AS "fromAddress", m.project_id AS "projectId", m.campaign_id AS "campaignId", m.prospect_id AS "prospectId", m.commercial,
            (c.erased_at IS NOT NULL OR c.undeliverable_at IS NOT NULL OR o.contact_blocked OR o.stage = 'do_not_contact') AS closed
       FROM messages m
       JOIN opportunities o ON o.workspace_id = m.workspace_id AND o.id = m.opportunity_id
       JOIN contacts c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id
       JOIN mailboxes mb ON mb.workspace_id = m.workspace_id AND mb.id = m.mailbox_id
      WHERE m.workspace_id = $1 AND m.opportunity_id = $2 AND m.direction = 'out' AND m.sent_at IS NOT NULL AND m.thread_id IS NOT NULL
      ORDER BY EXISTS (SELECT FROM messages r WHERE r.workspace_id = $1 AND r.thread_id = m.thread_id AND r.direction = 'in') DESC, m.sent_at DESC, m.id DESC
      LIMIT 1`,
    [workspaceId, opportunityId],
  );
}

export interface MailBefore {
  readonly rfcMessageId: string;
  readonly referenceIds: string[];
  readonly subject: string;
}

/** What was said in a thread, oldest first; of a long one the last. */
export async function readBefore(tx: Db, workspaceId: string, threadId: string): Promise<MailBefore[]> {
  const newestFirst = await rows<MailBefore>(
    tx,
    `SELECT rfc_message_id AS "rfcMessageId", reference_ids AS "referenceIds", coalesce(subject, '') AS subject FROM messages
      WHERE workspace_id = $1 AND thread_id = $2 AND (direction = 'in' OR sent_at IS NOT NULL) AND rfc_message_id IS NOT NULL
      ORDER BY COALESCE(sent_at, created_at) DESC, id DESC LIMIT 50`,
    [workspaceId, threadId],
  );
  return newestFirst.reverse();
}

/** A draft whose link is back before anybody sent it. */
export async function findNeedlessDraft(db: Db): Promise<{ readonly workspaceId: string; readonly id: string } | undefined> {
  return firstRow(
    db,
    `/* all-workspaces: one worker serves everyone */
     SELECT m.workspace_id AS "workspaceId", m.id FROM messages m
       JOIN backlinks b ON b.workspace_id = m.workspace_id AND b.id = m.reclaims_backlink_id
      WHERE m.reclaims_backlink_id IS NOT NULL AND m.state IN ('draft', 'pending_approval', 'scheduled') AND b.state IN ('live', 'closed') LIMIT 1`,
  );
}

/** A link whose term ends in as many days, or fewer. */
export interface EndingLink {
  readonly workspaceId: string;
  readonly id: string;
  readonly opportunityId: string | null;
  readonly days: 2 | 7 | 14;
}

/** The end that is nearest of those not warned of yet; noted as warned of. */
export async function takeEnding(tx: Db, now: Date): Promise<EndingLink | undefined> {
  return firstRow(
    tx,
    `/* all-workspaces: one worker serves everyone */
     UPDATE backlinks b SET expiry_warned_for = b.expires_at, expiry_warned_days = due.days
       FROM (SELECT workspace_id, id,
                    CASE WHEN expires_at <= $1::timestamptz + interval '2 days' THEN 2 WHEN expires_at <= $1::timestamptz + interval '7 days' THEN 7 ELSE 14 END AS days
               FROM backlinks
              WHERE expires_at > $1 AND state IN ('live', 'degraded', 'suspect', 'needs_review') AND (
                    (CASE WHEN expiry_warned_for = expires_at THEN expiry_warned_days ELSE 99 END) = 99 AND expires_at <= $1::timestamptz + interval '14 days'
                 OR (CASE WHEN expiry_warned_for = expires_at THEN expiry_warned_days ELSE 99 END) = 14 AND expires_at <= $1::timestamptz + interval '7 days'
                 OR (CASE WHEN expiry_warned_for = expires_at THEN expiry_warned_days ELSE 99 END) = 7 AND expires_at <= $1::timestamptz + interval '2 days')
              LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) AS due
      WHERE b.workspace_id = due.workspace_id AND b.id = due.id
     RETURNING b.workspace_id AS "workspaceId", b.id, b.opportunity_id AS "opportunityId", due.days`,
    [now],
  );
}

/** The earlier warning has become old news. */
export async function closeEndingTask(tx: Db, workspaceId: string, backlinkId: string, at: Date): Promise<void> {
  await rows(
    tx,
    `UPDATE tasks SET done_at = $3, version = version + 1
      WHERE workspace_id = $1 AND subject_type = 'backlink' AND subject_id = $2 AND kind = 'link_ends_soon' AND done_at IS NULL`,
    [workspaceId, backlinkId, at],
  );
}
