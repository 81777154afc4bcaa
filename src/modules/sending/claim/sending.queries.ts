import type { EntityManager } from 'typeorm';
import type { MessageState } from '../../../domain/machines/message.js';
import { OPEN_STAGES } from '../../../domain/machines/opportunity.js';
import { CLASSES_FROM_PEOPLE } from '../../../domain/pipeline-events.js';
import type { Calendar } from '../../../domain/calendar.js';
import type { RecipientPlace } from '../../../domain/country-zones.js';
import type { Lane, Share } from '../../../domain/fair-share.js';
import type { SendFacts } from '../../../domain/send-decision.js';
import { hot } from '../../../platform/database/preparing-client.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { RECIPIENT_LIMITS, type RecipientLimits } from '../limits/recipient-limits.queries.js';
import { RECIPIENT_PLACE, withCalendars } from '../../prospects/recipient-place.service.js';

/** What the tables say of one mail; whether its recipient is suppressed is asked of those who know. */
export interface MailRow extends Omit<SendFacts, 'now' | 'suppressed' | 'conditionFalse' | 'recipientDomain' | keyof Calendar>, Calendar {
  readonly id: string;
  readonly version: number;
  readonly state: MessageState;
  readonly mailboxId: string;
  readonly enrollmentId: string | null;
  readonly projectId: string | null;
  readonly campaignId: string | null;
  readonly lane: Lane;
  /** What the campaign may send in a day, all mailboxes together. */
  readonly campaignPerDay: number | null;
  readonly toAddress: string;
  readonly contactKey: string | null;
  /** What the workspace allows in a day to one domain. */
  readonly recipientLimits: RecipientLimits;
  /** Its step has conditions. */
  readonly conditional: boolean;
}

/**
 * What the final check asks about, in one statement for many mails (F27). Columns that only a sequence obeys are null
 * for what a person wrote. Of "site in contact" only whether there is another open card: most have none, and planning the
 * rest costs more than all others together.
 */
const FACTS = hot(`
  SELECT m.id, m.version, m.state, m.mailbox_id AS "mailboxId", m.enrollment_id AS "enrollmentId", m.next_at AS "nextAt", m.conditional,
         (SELECT i.send_hold_at IS NOT NULL FROM installation i) AS "restoreHold",
         m.state IN ('draft', 'pending_approval') AS "needsApproval",
         c.erased_at IS NOT NULL AS "contactErased", c.undeliverable_at IS NOT NULL AS "contactUndeliverable",
         c.email_key AS "contactKey", m.to_address AS "toAddress", m.project_id AS "projectId",
         o.stage, COALESCE(o.contact_blocked, false) AS "contactBlocked",
         CASE WHEN planned.yes THEN e.state END AS "enrollmentState",
         CASE WHEN planned.yes THEN ca.state END AS "campaignState",
         CASE WHEN planned.yes THEN o.guard_override IS DISTINCT FROM 'send' AND EXISTS (
           SELECT FROM opportunities other
            WHERE other.workspace_id = $1 AND other.prospect_id = o.prospect_id AND other.id <> o.id AND other.stage = ANY ($3)
         ) END AS "siteInContact",
         CASE WHEN planned.yes THEN json_build_object('country', COALESCE(c.country, p.country), 'lawfulBasis', c.lawful_basis,
           'consentOverridden', c.consent_override_at IS NOT NULL) END AS law,
                  CASE WHEN planned.yes THEN ca.send_window END AS "window", ${RECIPIENT_PLACE},
         CASE WHEN planned.yes AND m.lane = 2 AND m.in_reply_to IS NULL THEN m.subject END AS "firstSubject",
         CASE WHEN planned.yes THEN m.due_at END AS "dueAt", CASE WHEN planned.yes AND m.lane = 1 THEN ca.late_before END AS "lateBefore",
         m.campaign_id AS "campaignId", m.lane, ca.per_day AS "campaignPerDay",
         ${RECIPIENT_LIMITS},
         mb.state AS "mailboxState", mb.alarm_code AS "mailboxAlarm",
         CASE WHEN m.follow_up_of IS NOT NULL THEN
           COALESCE((SELECT f.state FROM messages f WHERE f.workspace_id = $1 AND f.id = m.follow_up_of), 'cancelled') END AS "followedState",
         CASE WHEN m.follow_up_of IS NOT NULL THEN
           (SELECT f.sent_at FROM messages f WHERE f.workspace_id = $1 AND f.id = m.follow_up_of) END AS "followedSentAt",
         m.follow_up_days AS "followUpDays",
         CASE WHEN m.follow_up_of IS NOT NULL THEN EXISTS (
           SELECT FROM messages r
            WHERE r.workspace_id = $1 AND r.direction = 'in' AND r.id > m.id AND r.class = ANY ($4)
              AND (r.thread_id = m.thread_id OR r.contact_id = m.contact_id OR r.opportunity_id = m.opportunity_id)) END AS answered,
         CASE WHEN o.page_url IS NOT NULL THEN m.follow_up_of IS NOT NULL OR planned.yes AND EXISTS (
           SELECT FROM messages s WHERE s.workspace_id = $1 AND s.enrollment_id = m.enrollment_id AND s.direction = 'out' AND s.state = 'sent'
         ) END AS "pageWanted",
         look.asked_at AS "pageAskedAt", look.looked_at AS "pageLookedAt"
    FROM messages m
    JOIN mailboxes mb ON mb.workspace_id = $1 AND mb.id = m.mailbox_id
    JOIN workspaces w ON w.id = m.workspace_id
    CROSS JOIN LATERAL (SELECT m.source = 'sequence' AND m.enrollment_id IS NOT NULL AS yes) planned
    LEFT JOIN contacts c ON c.workspace_id = $1 AND c.id = m.contact_id
    LEFT JOIN prospects p ON p.workspace_id = $1 AND p.id = m.prospect_id
    LEFT JOIN opportunities o ON o.workspace_id = $1 AND o.id = m.opportunity_id
    LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = m.enrollment_id
    LEFT JOIN campaigns ca ON ca.workspace_id = $1 AND ca.id = m.campaign_id
    LEFT JOIN page_looks look ON look.workspace_id = $1 AND look.subject_id = m.id
   WHERE m.workspace_id = $1 AND m.id = ANY ($2) AND m.direction = 'out'
   ORDER BY m.next_at, m.id`);

/** Those of the mails to whose site another open card has written since theirs did (F5). */
const IN_CONTACT = `
  SELECT m.id FROM messages m JOIN opportunities o ON o.workspace_id = $1 AND o.id = m.opportunity_id
   WHERE m.workspace_id = $1 AND m.id = ANY ($2) AND EXISTS (
     SELECT FROM opportunities other JOIN messages theirs ON theirs.workspace_id = $1 AND theirs.opportunity_id = other.id
      WHERE other.workspace_id = $1 AND other.prospect_id = o.prospect_id AND other.id <> o.id AND other.stage = ANY ($3)
        AND theirs.direction = 'out' AND theirs.state IN ('transmitting', 'sent', 'delivery_unknown')
        AND COALESCE(theirs.sent_at, theirs.transmitting_at) > COALESCE(
          (SELECT max(ours.sent_at) FROM messages ours
            WHERE ours.workspace_id = $1 AND ours.opportunity_id = o.id AND ours.direction = 'out' AND ours.state = 'sent'), '-infinity'))`;

export async function readMails(tx: Pick<EntityManager, 'query'>, workspaceId: string, ids: readonly string[], now: Date): Promise<MailRow[]> {
  const found = await rows<Omit<MailRow, keyof Calendar> & { readonly place: RecipientPlace }>(tx, FACTS, [
    workspaceId,
    ids,
    OPEN_STAGES,
    CLASSES_FROM_PEOPLE,
  ]);
  const mails = await withCalendars(found, now);
  const shared = mails.filter((mail) => mail.siteInContact === true).map(({ id }) => id);
  if (shared.length === 0) return mails;
  const written = await rows<{ id: string }>(tx, IN_CONTACT, [workspaceId, shared, OPEN_STAGES]);
  const inContact = new Set(written.map(({ id }) => id));
  return mails.map((mail) => (mail.siteInContact === true ? { ...mail, siteInContact: inContact.has(mail.id) } : mail));
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

/** The same for many mails at once, without waiting. @returns those mails whose site nobody else holds, and those of no site */
export async function lockSites(tx: EntityManager, workspaceId: string, mails: readonly MailOfSite[]): Promise<MailOfSite[]> {
  const ids = mails.flatMap(({ prospectId }) => prospectId ?? []);
  if (ids.length === 0) return [...mails];
  const held = await rows<{ id: string }>(
    tx,
    hot('SELECT id FROM prospects WHERE workspace_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED'),
    [workspaceId, ids],
  );
  const ours = new Set(held.map(({ id }) => id));
  return mails.filter(({ prospectId }) => prospectId === null || ours.has(prospectId));
}

/** A mail, and the site that it goes to. */
export interface MailOfSite {
  readonly id: string;
  readonly prospectId: string | null;
}

/** Mails of one site are decided about one after the other. */
export function siteKeyOf({ id, prospectId }: MailOfSite): string {
  return prospectId ?? id;
}

/** A mailbox whose turn it is. */
export interface DueMailbox {
  readonly workspaceId: string;
  readonly id: string;
}

/** Locked until the transaction ends: two workers never count the same allowance. */
const PICK = hot(`
  /* all-workspaces: whichever mailbox has waited longest with mail that is due */
  SELECT mb.workspace_id AS "workspaceId", mb.id FROM mailboxes mb
   WHERE mb.state = 'connected' AND mb.alarm_at IS NULL AND mb.due_at IS NOT NULL AND GREATEST(mb.due_at, mb.next_at) <= $1
     AND NOT EXISTS (SELECT FROM installation i WHERE i.send_hold_at IS NOT NULL)
   ORDER BY GREATEST(mb.due_at, mb.next_at) LIMIT 1 FOR NO KEY UPDATE OF mb SKIP LOCKED`);

export function pickMailbox(tx: EntityManager, now: Date): Promise<DueMailbox | undefined> {
  return firstRow(tx, PICK, [now]);
}

/** The mailbox sends nothing before `until`; a longer rest that it already has stays. */
export async function restMailbox(tx: EntityManager, mailbox: DueMailbox, until: Date): Promise<void> {
  await rows(tx, 'UPDATE mailboxes SET next_at = GREATEST(next_at, $3) WHERE workspace_id = $1 AND id = $2', [
    mailbox.workspaceId,
    mailbox.id,
    until,
  ]);
}

/**
 * Ends a turn: the mailbox rests until `until`, and is picked again when its next mail is due. Its own statement before that
 * sees every mail whose writer has let go of the lock; while one has not, the mailbox stays due and is looked at again.
 */
export async function endTurn(tx: EntityManager, mailbox: DueMailbox, until: Date): Promise<void> {
  const lock = await firstRow<{ ours: boolean }>(tx, `SELECT pg_try_advisory_xact_lock(hashtextextended('mail of ' || $1, 0)) AS ours`, [mailbox.id]);
  await rows(
    tx,
    `UPDATE mailboxes SET next_at = GREATEST(next_at, $3), due_at = CASE WHEN $4 THEN
            (SELECT min(m.next_at) FROM messages m WHERE m.workspace_id = $1 AND m.mailbox_id = $2 AND m.state = 'scheduled') ELSE due_at END
      WHERE workspace_id = $1 AND id = $2`,
    [mailbox.workspaceId, mailbox.id, until, lock?.ours === true],
  );
}

/** Moves mails aside that only wait, before anyone claims them: a paused campaign of thousands costs one statement and no history. */
const STEP_ASIDE = `
  UPDATE messages SET next_at = $4 WHERE workspace_id = $1 AND id IN (
    SELECT m.id FROM messages m
      JOIN enrollments e ON e.workspace_id = $1 AND e.id = m.enrollment_id
      JOIN campaigns ca ON ca.workspace_id = $1 AND ca.id = m.campaign_id
     WHERE m.workspace_id = $1 AND m.mailbox_id = $2 AND m.state = 'scheduled' AND m.next_at <= $3 AND m.source = 'sequence'
       AND (ca.state IN ('draft', 'paused') OR e.state IN ('pending', 'paused', 'postponed', 'blocked'))
       FOR UPDATE OF m SKIP LOCKED)`;

export async function stepAside(tx: EntityManager, mailbox: DueMailbox, now: Date, until: Date): Promise<void> {
  await rows(tx, STEP_ASIDE, [mailbox.workspaceId, mailbox.id, now, until]);
}

/** Mails of these queues that may leave now and whose steps have conditions, the longest due first. */
export async function conditionalMails(
  tx: Pick<EntityManager, 'query'>,
  mailbox: DueMailbox,
  now: Date,
  queues: readonly Share[],
): Promise<{ id: string }[]> {
  return rows(
    tx,
    `SELECT mail.id FROM unnest($4::int[], $5::smallint[], $6::uuid[]) AS share (take, lane, campaign) CROSS JOIN LATERAL (
       SELECT id FROM messages
        WHERE workspace_id = $1 AND mailbox_id = $2 AND state = 'scheduled' AND next_at <= $3 AND lane = share.lane AND campaign_id = share.campaign AND conditional
        ORDER BY next_at, id LIMIT share.take) mail`,
    [
      ...[mailbox.workspaceId, mailbox.id, now],
      ...[queues.map(({ take }) => take), queues.map(({ lane }) => lane), queues.map(({ campaignId }) => campaignId)],
    ],
  );
}
