import type { EntityManager } from 'typeorm';
import type { NamedPerson } from '../../domain/erased-words.js';
import { rows } from '../../platform/database/sql.js';

export interface PersonToErase extends NamedPerson {
  readonly id: string;
  readonly erasedAt: Date | null;
}

/** Everybody who turned out to be the same person as the contact $2, however they were merged; a circle of merges ends the search. */
const SAME_PERSON = `
  WITH RECURSIVE same (id) AS (
    SELECT id FROM contacts WHERE workspace_id = $1 AND id = $2
    UNION
    SELECT c.id FROM same JOIN contacts k ON k.workspace_id = $1 AND k.id = same.id
      JOIN contacts c ON c.workspace_id = $1 AND (c.id = k.merged_into_id OR c.merged_into_id = k.id))`;

/** The sites first, as pipeline does; then the person. Nobody enrolls or mails them meanwhile. */
export async function lockPerson(tx: EntityManager, workspaceId: string, contactId: string): Promise<PersonToErase[]> {
  await rows(
    tx,
    `${SAME_PERSON} SELECT p.id FROM prospects p WHERE p.workspace_id = $1 AND p.id IN (
       SELECT prospect_id FROM prospect_contacts WHERE workspace_id = $1 AND contact_id IN (SELECT id FROM same)
       UNION ALL SELECT prospect_id FROM enrollments WHERE workspace_id = $1 AND contact_id IN (SELECT id FROM same))
      ORDER BY p.id FOR NO KEY UPDATE`,
    [workspaceId, contactId],
  );
  return rows(
    tx,
    `${SAME_PERSON} SELECT c.id, c.email, c.email_key AS "emailKey", c.first_name AS "firstName", c.last_name AS "lastName", c.erased_at AS "erasedAt"
       FROM contacts c WHERE c.workspace_id = $1 AND c.id IN (SELECT id FROM same) ORDER BY c.id FOR UPDATE`,
    [workspaceId, contactId],
  );
}

/** A mail that is on the wire: what the server says of it would be written down after the erasure. */
export async function isMailUnderWay(tx: EntityManager, workspaceId: string, contactIds: readonly string[]): Promise<boolean> {
  const found = await rows(
    tx,
    `SELECT FROM messages WHERE workspace_id = $1 AND contact_id = ANY ($2) AND direction = 'out' AND state IN ('transmitting', 'failed_temporary') LIMIT 1`,
    [workspaceId, contactIds],
  );
  return found.length > 0;
}

/** Ids of all that is about a person: there their name alone means them. */
export interface Surroundings {
  readonly people: readonly string[];
  readonly sites: readonly string[];
  readonly cards: readonly string[];
  readonly campaigns: readonly string[];
  readonly enrollments: readonly string[];
  readonly pitches: readonly string[];
  readonly backlinks: readonly string[];
  readonly threads: readonly string[];
  readonly messages: readonly string[];
  /** All of them: what notes and tasks may stand on. */
  readonly everything: readonly string[];
}

/** An address at which nobody can be (RFC 2606). */
const NOBODY = 'person@erased.invalid';
const HOLDS_ADDRESS = `EXISTS (SELECT FROM unnest($3::text[]) AS one (address) WHERE strpos(lower(encode(i.raw, 'escape')), one.address) > 0)`;

const SURROUNDINGS = `
  WITH sites AS (
    SELECT prospect_id AS id FROM prospect_contacts WHERE workspace_id = $1 AND contact_id = ANY ($2)
    UNION SELECT prospect_id FROM enrollments WHERE workspace_id = $1 AND contact_id = ANY ($2)),
  cards AS (SELECT id, campaign_id FROM opportunities WHERE workspace_id = $1 AND prospect_id IN (SELECT id FROM sites)),
  theirs AS (
    SELECT id, thread_id FROM messages WHERE workspace_id = $1 AND contact_id = ANY ($2)
    UNION SELECT id, thread_id FROM messages WHERE workspace_id = $1 AND opportunity_id IN (SELECT id FROM cards)),
  mails AS (
    SELECT id, thread_id FROM theirs
    UNION SELECT id, thread_id FROM messages WHERE workspace_id = $1 AND thread_id IN (SELECT thread_id FROM theirs))
  SELECT $2::uuid[] AS people, ARRAY(SELECT id FROM sites) AS sites, ARRAY(SELECT id FROM cards) AS cards,
         ARRAY(SELECT DISTINCT campaign_id FROM cards) AS campaigns,
         ARRAY(SELECT id FROM enrollments WHERE workspace_id = $1 AND opportunity_id IN (SELECT id FROM cards)) AS enrollments,
         ARRAY(SELECT id FROM pitches WHERE workspace_id = $1 AND opportunity_id IN (SELECT id FROM cards)) AS pitches,
         ARRAY(SELECT id FROM backlinks WHERE workspace_id = $1 AND (opportunity_id IN (SELECT id FROM cards) OR prospect_id IN (SELECT id FROM sites))) AS backlinks,
         ARRAY(SELECT DISTINCT thread_id FROM mails WHERE thread_id IS NOT NULL) AS threads, ARRAY(SELECT id FROM mails) AS messages`;

export async function surroundingsOf(tx: EntityManager, workspaceId: string, contactIds: readonly string[]): Promise<Surroundings> {
  const [found] = await rows<Omit<Surroundings, 'everything'>>(tx, SURROUNDINGS, [workspaceId, contactIds]);
  if (!found) throw new Error('A query without a condition gave no row.');
  return { ...found, everything: Object.values<readonly string[]>(found).flat() };
}

const WORDS_OF_MAIL = 'subject = NULL, text = NULL, html = NULL';

/**
 * Empties the person's mails and their earlier wordings. Message-IDs of ours stay: they are made of random bytes, and what comes
 * back is known by them.
 */
export async function blankMails(tx: EntityManager, workspaceId: string, contactIds: readonly string[], addresses: readonly string[]): Promise<void> {
  const mails = await rows<{ id: string }>(
    tx,
    `UPDATE messages SET version = version + 1, ${WORDS_OF_MAIL}, last_response = NULL, in_reply_to = NULL, reference_ids = '{}',
            rfc_message_id = CASE direction WHEN 'out' THEN rfc_message_id END,
            from_address = CASE direction WHEN 'in' THEN '${NOBODY}' ELSE from_address END,
            to_address = CASE direction WHEN 'out' THEN '${NOBODY}' ELSE to_address END
      WHERE workspace_id = $1 AND (contact_id = ANY ($2) OR (contact_id IS NULL AND (lower(from_address) = ANY ($3) OR lower(to_address) = ANY ($3))))
      RETURNING id`,
    [workspaceId, contactIds, addresses],
  );
  const ids = mails.map(({ id }) => id);
  await rows(tx, `UPDATE message_texts SET ${WORDS_OF_MAIL} WHERE workspace_id = $1 AND message_id = ANY ($2)`, [workspaceId, ids]);
}

/**
 * Empties the originals of mails that are theirs, or that hold their address or name, as far as they belong to the same work or to
 * nobody's. The hash of an original stays, so that the same mail brought in again is not kept again. Before the mails themselves: their
 * words tell which.
 */
export async function blankOriginals(
  tx: EntityManager,
  workspaceId: string,
  of: { readonly contactIds: readonly string[]; readonly addresses: readonly string[]; readonly nearby: readonly string[]; readonly pattern: string },
): Promise<void> {
  await rows(
    tx,
    `UPDATE inbound_mails i SET raw = '', problem = NULL, class = CASE class WHEN 'pending' THEN 'unclassified' ELSE class END
      WHERE i.workspace_id = $1 AND (
        (i.message_id IS NULL AND ${HOLDS_ADDRESS})
        OR i.message_id IN (
          SELECT m.id FROM messages m WHERE m.workspace_id = $1 AND m.direction = 'in' AND (
            m.contact_id = ANY ($2) OR lower(m.from_address) = ANY ($3)
            OR ((m.id = ANY ($4) OR m.contact_id IS NULL) AND (concat_ws(' ', m.subject, m.text, m.html) ~* $5 OR ${HOLDS_ADDRESS})))))`,
    [workspaceId, of.contactIds, of.addresses, of.nearby, of.pattern],
  );
}

/** Leaves of a contact what counts and histories need: its id, its sites, when it was written to. */
export async function blankContact(
  tx: EntityManager,
  workspaceId: string,
  of: { readonly id: string; readonly emailHash: string; readonly at: Date },
): Promise<void> {
  await rows(
    tx,
    `UPDATE contacts SET version = version + 1, email = id || '@erased.invalid', email_key = id || '@erased.invalid', email_hash = $3, erased_at = $4,
            first_name = NULL, last_name = NULL, role = NULL, time_zone = NULL, country = NULL, source_url = NULL, external_ref = NULL
      WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, of.id, of.emailHash, of.at],
  );
}
