import type { EntityManager } from 'typeorm';
import type { EnrollmentState } from '../../../domain/machines/enrollment.js';
import type { MessageState } from '../../../domain/machines/message.js';
import type { EarlierTries } from '../../../domain/send-backoff.js';
import { hot } from '../../../platform/database/preparing-client.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { Message } from '../../pipeline/message.entity.js';

/** A mail that was handed to its server, or that the server would not take. */
export interface AttemptedMail {
  readonly workspaceId: string;
  readonly id: string;
  readonly state: MessageState;
  readonly mailboxId: string;
  /** Tries so far, this one included. */
  readonly attempts: number;
  readonly enrollmentId: string | null;
  readonly enrollmentState: EnrollmentState | null;
  readonly opportunityId: string | null;
  readonly contactId: string | null;
  readonly toAddress: string;
  readonly claimToken: string | null;
}

const ATTEMPTED = hot(`
  SELECT m.workspace_id AS "workspaceId", m.id, m.state, m.mailbox_id AS "mailboxId", m.attempts, m.enrollment_id AS "enrollmentId",
         e.state AS "enrollmentState", m.opportunity_id AS "opportunityId", m.contact_id AS "contactId", m.to_address AS "toAddress", m.claim_token AS "claimToken"
    FROM messages m LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = m.enrollment_id
   WHERE m.workspace_id = $1 AND m.id = ANY ($2)`);

export async function findAttempted(tx: EntityManager, workspaceId: string, id: string): Promise<AttemptedMail | undefined> {
  const [mail] = await findAllAttempted(tx, workspaceId, [id]);
  return mail;
}

export function findAllAttempted(tx: EntityManager, workspaceId: string, ids: readonly string[]): Promise<AttemptedMail[]> {
  return rows(tx, ATTEMPTED, [workspaceId, ids]);
}

/** A claimed message as a mail is made of it. */
export type MailText = Pick<
  Message,
  | 'workspaceId'
  | 'id'
  | 'prospectId'
  | 'contactId'
  | 'mailboxId'
  | 'projectId'
  | 'rfcMessageId'
  | 'inReplyTo'
  | 'referenceIds'
  | 'fromAddress'
  | 'toAddress'
  | 'subject'
  | 'text'
  | 'html'
  | 'commercial'
> & {
  /** The verified one that its links stand under: of the mailbox, else of the project. */
  readonly linkDomain: string | null;
};

const MAIL_TEXTS = hot(`
  SELECT workspace_id AS "workspaceId", id, prospect_id AS "prospectId", contact_id AS "contactId", mailbox_id AS "mailboxId", project_id AS "projectId", rfc_message_id AS "rfcMessageId",
         in_reply_to AS "inReplyTo", reference_ids AS "referenceIds", from_address AS "fromAddress", to_address AS "toAddress", subject, text, html, commercial,
         COALESCE(
           (SELECT mb.link_domain FROM mailboxes mb WHERE mb.workspace_id = $1 AND mb.id = messages.mailbox_id AND mb.link_domain_verified_at IS NOT NULL),
           (SELECT pr.link_domain FROM projects pr WHERE pr.workspace_id = $1 AND pr.id = messages.project_id AND pr.link_domain_verified_at IS NOT NULL)
         ) AS "linkDomain"
    FROM messages WHERE workspace_id = $1 AND id = ANY ($2)`);

export function loadMails(db: Pick<EntityManager, 'query'>, workspaceId: string, ids: readonly string[]): Promise<MailText[]> {
  return rows(db, MAIL_TEXTS, [workspaceId, ids]);
}

/** Since a person last let it go. */
const TRIES = `
  SELECT count(*) FILTER (WHERE t.event_kind = 'transmission_begun')::int AS count,
         count(*) FILTER (WHERE t.event_kind = 'transmission_not_begun')::int AS "notBegun", min(t.at) AS "firstAt"
    FROM state_changes t
   WHERE t.workspace_id = $1 AND t.machine = 'message' AND t.subject_id = $2 AND t.event_kind IN ('transmission_begun', 'transmission_not_begun')
     AND t.at > COALESCE((SELECT max(h.at) FROM state_changes h
          WHERE h.workspace_id = $1 AND h.machine = 'message' AND h.subject_id = $2 AND h.event_kind = 'moved_by_hand'), '-infinity')`;

/** How it fared so far, the try under way included. */
export async function triesOf(tx: EntityManager, { workspaceId, id }: AttemptedMail, now: Date): Promise<EarlierTries> {
  const tries = await firstRow<Omit<EarlierTries, 'firstAt'> & { firstAt: Date | null }>(tx, TRIES, [workspaceId, id]);
  return { count: tries?.count ?? 0, notBegun: tries?.notBegun ?? 0, firstAt: tries?.firstAt ?? now };
}
