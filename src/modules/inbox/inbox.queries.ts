import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

/** Where a mail belongs; null where that is not known. */
export interface Place {
  readonly projectId: string | null;
  readonly campaignId: string | null;
  readonly opportunityId: string | null;
  readonly prospectId: string | null;
}

/** A mail of ours that an incoming one may be about. */
export interface SentMail extends Place {
  readonly id: string;
  readonly contactId: string | null;
  readonly enrollmentId: string | null;
  readonly pitchId: string | null;
  readonly threadId: string | null;
  readonly toAddress: string;
  readonly subject: string | null;
}

const SENT_MAIL = `
  SELECT id, project_id AS "projectId", campaign_id AS "campaignId", opportunity_id AS "opportunityId", prospect_id AS "prospectId",
         contact_id AS "contactId", enrollment_id AS "enrollmentId", pitch_id AS "pitchId", thread_id AS "threadId", to_address AS "toAddress", subject
    FROM messages WHERE workspace_id = $1 AND direction = 'out'`;

export interface ReceivingMailbox {
  readonly id: string;
  readonly fromAddress: string;
}

export function findMailbox(db: Db, workspaceId: string, id: string): Promise<ReceivingMailbox | undefined> {
  return firstRow(db, 'SELECT id, from_address AS "fromAddress" FROM mailboxes WHERE workspace_id = $1 AND id = $2', [workspaceId, id]);
}

/** Is it an address that this workspace itself writes from? */
export async function isOwnAddress(db: Db, workspaceId: string, address: string | undefined): Promise<boolean> {
  if (address === undefined) return false;
  const own = await firstRow(db, 'SELECT FROM mailboxes WHERE workspace_id = $1 AND lower(from_address) = lower($2) LIMIT 1', [workspaceId, address]);
  return own !== undefined;
}

/** The mail of ours with one of these Message-IDs; of several, the one that is named first. */
export async function findSentById(db: Db, workspaceId: string, messageIds: readonly string[]): Promise<SentMail | undefined> {
  const ids = messageIds.filter((id) => !id.includes('\0')); // PostgreSQL has no NUL, and we never make one
  if (ids.length === 0) return undefined;
  return firstRow(db, `${SENT_MAIL} AND rfc_message_id = ANY ($2::text[]) ORDER BY array_position($2::text[], rfc_message_id) LIMIT 1`, [
    ...[workspaceId, ids],
  ]);
}

/** The last mail that went to the contact, from this mailbox if any did. */
export function findLastSentTo(
  db: Db,
  workspaceId: string,
  to: { readonly contactId: string; readonly mailboxId: string },
): Promise<SentMail | undefined> {
  return firstRow(
    db,
    `${SENT_MAIL} AND contact_id = $2 AND state IN ('sent', 'transmitting', 'delivery_unknown') ORDER BY (mailbox_id = $3) DESC, id DESC LIMIT 1`,
    [workspaceId, to.contactId, to.mailboxId],
  );
}

export async function findContact(db: Db, workspaceId: string, emailKey: string): Promise<string | undefined> {
  const contact = await firstRow<{ id: string }>(
    db,
    'SELECT COALESCE(merged_into_id, id) AS id FROM contacts WHERE workspace_id = $1 AND email_key = $2 AND erased_at IS NULL',
    [workspaceId, emailKey],
  );
  return contact?.id;
}

/** The newest card of a site the contact belongs to; for mail of people we have not written to. */
export function findCardOfContact(db: Db, workspaceId: string, contactId: string): Promise<Place | undefined> {
  return firstRow(
    db,
    `SELECT o.project_id AS "projectId", o.campaign_id AS "campaignId", o.id AS "opportunityId", o.prospect_id AS "prospectId"
       FROM prospect_contacts pc JOIN opportunities o ON o.workspace_id = pc.workspace_id AND o.prospect_id = pc.prospect_id
      WHERE pc.workspace_id = $1 AND pc.contact_id = $2 ORDER BY o.created_at DESC, o.id DESC LIMIT 1`,
    [workspaceId, contactId],
  );
}

/** What the poster of a mail is told of it. */
export interface InboundRow {
  readonly id: string;
  readonly class: string;
  readonly matchMethod: string | null;
  readonly answersId: string | null;
}

/** Not yet read: what a mail is called from its arrival until its effects are committed. */
export const PENDING = 'pending';

export interface RawMail {
  readonly workspaceId: string;
  readonly id: string;
  readonly mailboxId: string;
  readonly contentHash: string;
  readonly raw: Buffer;
  readonly receivedAt: Date;
}

/** Keeps the mail as it came. @returns its id, the old one when this very mail is known */
export async function keepRaw(tx: Db, mail: RawMail): Promise<string> {
  await rows(
    tx,
    `INSERT INTO inbound_mails (workspace_id, id, mailbox_id, content_hash, raw, class, received_at) VALUES ($1, $2, $3, $4, $5, '${PENDING}', $6)
     ON CONFLICT (workspace_id, mailbox_id, content_hash) DO NOTHING`,
    [mail.workspaceId, mail.id, mail.mailboxId, mail.contentHash, mail.raw, mail.receivedAt],
  );
  const kept = await firstRow<{ id: string }>(tx, 'SELECT id FROM inbound_mails WHERE workspace_id = $1 AND mailbox_id = $2 AND content_hash = $3', [
    ...[mail.workspaceId, mail.mailboxId, mail.contentHash],
  ]);
  if (!kept) throw new Error('A mail vanished while it was kept.');
  return kept.id;
}

export function findInbound(db: Db, workspaceId: string, id: string): Promise<InboundRow | undefined> {
  return firstRow(
    db,
    `SELECT i.id, i.class, i.match_method AS "matchMethod", m.answers_id AS "answersId"
       FROM inbound_mails i LEFT JOIN messages m ON m.workspace_id = i.workspace_id AND m.id = i.message_id
      WHERE i.workspace_id = $1 AND i.id = $2`,
    [workspaceId, id],
  );
}

/** Locks the mail while it is still to be dealt with. @returns false when somebody else has done so */
export async function lockPending(tx: Db, workspaceId: string, id: string): Promise<boolean> {
  const found = await firstRow(tx, `SELECT FROM inbound_mails WHERE workspace_id = $1 AND id = $2 AND class = '${PENDING}' FOR UPDATE`, [
    workspaceId,
    id,
  ]);
  return found !== undefined;
}

export interface InboundOutcome {
  readonly class: string;
  readonly matchMethod: string | null;
  readonly messageId: string | null;
  readonly problem: string | null;
}

export async function settleInbound(tx: Db, workspaceId: string, id: string, outcome: InboundOutcome): Promise<void> {
  await rows(tx, 'UPDATE inbound_mails SET class = $3, match_method = $4, message_id = $5, problem = $6 WHERE workspace_id = $1 AND id = $2', [
    ...[workspaceId, id],
    ...[outcome.class, outcome.matchMethod, outcome.messageId, outcome.problem],
  ]);
}

export async function replyStopsSite(tx: Db, workspaceId: string): Promise<boolean> {
  const workspace = await firstRow<{ stops: boolean }>(tx, 'SELECT reply_stops_site AS stops FROM workspaces WHERE id = $1', [workspaceId]);
  return workspace?.stops ?? true;
}

/** Only while the contact still has the address that the mail went to. */
export async function markUndeliverable(
  tx: Db,
  workspaceId: string,
  of: { readonly contactId: string; readonly emailKey: string; readonly at: Date },
): Promise<void> {
  await rows(tx, 'UPDATE contacts SET undeliverable_at = COALESCE(undeliverable_at, $4) WHERE workspace_id = $1 AND id = $2 AND email_key = $3', [
    ...[workspaceId, of.contactId],
    ...[of.emailKey, of.at],
  ]);
}

/** The oldest mail that was kept and not read, in whichever workspace. */
export function findLeftOver(
  db: Pick<EntityManager, 'query'>,
  before: Date,
): Promise<{ readonly workspaceId: string; readonly id: string; readonly mailboxId: string; readonly raw: Buffer } | undefined> {
  return firstRow(
    db,
    `/* all-workspaces: mail whose reader died */
     SELECT workspace_id AS "workspaceId", id, mailbox_id AS "mailboxId", raw FROM inbound_mails
      WHERE class = '${PENDING}' AND received_at < $1 ORDER BY received_at LIMIT 1`,
    [before],
  );
}
