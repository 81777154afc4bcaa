import type { EntityManager } from 'typeorm';
import { chooseByRoom, type MailboxRoom } from '../../domain/mailbox-choice.js';
import { UNSENT_MESSAGE_STATES, type MessageState } from '../../domain/machines/message.js';
import type { LawFacts } from '../../domain/outreach-law.js';
import type { SendWindow } from '../../domain/send-window.js';
import type { SequenceStep } from '../../domain/sequence-steps.js';
import type { Calendar } from '../../domain/calendar.js';
import type { RecipientPlace } from '../../domain/country-zones.js';
import { hot } from '../../platform/database/preparing-client.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { RECIPIENT_PLACE, withCalendars } from '../prospects/recipient-place.service.js';

type Db = Pick<EntityManager, 'query'>;

export interface DueEnrollment {
  readonly workspaceId: string;
  readonly id: string;
  readonly prospectId: string;
  readonly campaignId: string;
  /** Whether its campaign runs; else it is set aside. */
  readonly running: boolean;
}

/** Only a look: each is claimed by its site's lock, one transaction an enrollment. */
export async function findDue(db: Db, now: Date, limit: number): Promise<DueEnrollment[]> {
  return rows(
    db,
    hot(`/* all-workspaces: one planner serves everyone */
     SELECT e.workspace_id AS "workspaceId", e.id, e.prospect_id AS "prospectId", e.campaign_id AS "campaignId", c.state = 'running' AS running
       FROM enrollments e JOIN campaigns c ON c.workspace_id = e.workspace_id AND c.id = e.campaign_id
      WHERE e.next_at <= $1 AND NOT e.set_aside AND e.state IN ('pending', 'active', 'postponed', 'blocked')
      ORDER BY e.next_at LIMIT $2`),
    [now, limit],
  );
}

type CampaignKey = Pick<DueEnrollment, 'workspaceId' | 'campaignId'>;

/**
 * Takes all that is due in a campaign that does not run out of the planner's sight; `takeUp` brings it back. Under a lock of
 * the campaign: who lets it go on comes before, and nothing is set aside, or after, and sees what was. @returns how many
 */
export async function setAside(db: Db, { workspaceId, campaignId }: CampaignKey, now: Date): Promise<number> {
  const moved = await rows<{ id: string }>(
    db,
    `UPDATE enrollments SET set_aside = true WHERE workspace_id = $1 AND id IN (
       SELECT e.id FROM enrollments e
        WHERE e.workspace_id = $1 AND e.campaign_id = (SELECT c.id FROM campaigns c WHERE c.workspace_id = $1 AND c.id = $2 AND c.state <> 'running' FOR SHARE)
          AND e.next_at <= $3 AND NOT e.set_aside FOR NO KEY UPDATE OF e SKIP LOCKED)
     RETURNING id`,
    [workspaceId, campaignId, now],
  );
  return moved.length;
}

/** For the transaction that lets the campaign run. */
export async function takeUp(tx: Db, { workspaceId, campaignId }: CampaignKey): Promise<void> {
  await rows(tx, 'UPDATE enrollments SET set_aside = false WHERE workspace_id = $1 AND campaign_id = $2 AND set_aside', [workspaceId, campaignId]);
}

/** False while somebody else works on the site: another planner, an answer that comes in. */
export async function claimSite(tx: Db, workspaceId: string, prospectId: string): Promise<boolean> {
  const site = await firstRow(tx, 'SELECT FROM prospects WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE SKIP LOCKED', [
    workspaceId,
    prospectId,
  ]);
  return site !== undefined;
}

export interface PlannedEnrollment extends LawFacts, Calendar {
  readonly workspaceId: string;
  readonly id: string;
  readonly campaignId: string;
  readonly projectId: string;
  readonly opportunityId: string;
  readonly prospectId: string;
  readonly contactId: string;
  readonly mailboxId: string | null;
  readonly threadId: string;
  readonly state: 'pending' | 'active' | 'postponed' | 'blocked';
  readonly stepKey: string | null;
  readonly steps: readonly SequenceStep[];
  readonly stepsDone: readonly string[];
  /** Variants that had lost before this enrollment was made. */
  readonly retired: readonly { readonly stepKey: string; readonly key: string }[];
  readonly email: string;
  readonly emailKey: string;
  readonly undeliverable: boolean;
  readonly contactBlocked: boolean;
  readonly window: SendWindow | null;
  /** When the step was due. */
  readonly nextAt: Date;
  readonly plannedAt: Date;
  /** What was due before then is not sent any more. */
  readonly lateBefore: Date | null;
  /** A mail of it has not left yet, or nobody knows. */
  readonly mailUnderWay: boolean;
}

/** States of a mail that may still leave, or has in a way that nobody knows yet. */
export const UNDER_WAY: readonly MessageState[] = [...UNSENT_MESSAGE_STATES, 'transmitting', 'failed_temporary', 'delivery_unknown'];

/** The enrollment under lock, if it is still due. */
export async function loadDue(
  tx: Db,
  { workspaceId, id }: Pick<DueEnrollment, 'workspaceId' | 'id'>,
  now: Date,
): Promise<PlannedEnrollment | undefined> {
  const found = await rows<Omit<PlannedEnrollment, 'plannedAt' | keyof Calendar> & { readonly place: RecipientPlace }>(
    tx,
    `SELECT e.workspace_id AS "workspaceId", e.id, e.campaign_id AS "campaignId", e.project_id AS "projectId", e.opportunity_id AS "opportunityId",
            e.prospect_id AS "prospectId", e.contact_id AS "contactId", e.mailbox_id AS "mailboxId", e.thread_id AS "threadId", e.state,
            e.step_key AS "stepKey", v.steps, c.email, c.email_key AS "emailKey",
            c.undeliverable_at IS NOT NULL OR c.erased_at IS NOT NULL AS undeliverable, o.contact_blocked AS "contactBlocked",
            ca.send_window AS "window", ca.late_before AS "lateBefore", e.next_at AS "nextAt", ${RECIPIENT_PLACE},
            COALESCE(c.country, p.country) AS country, c.lawful_basis AS "lawfulBasis", c.consent_override_at IS NOT NULL AS "consentOverridden",
            EXISTS (SELECT FROM messages m WHERE m.workspace_id = $1 AND m.enrollment_id = $2 AND m.direction = 'out' AND m.state = ANY ($4)) AS "mailUnderWay",
            ARRAY (SELECT s.step_key FROM enrollment_steps s WHERE s.workspace_id = $1 AND s.enrollment_id = $2) AS "stepsDone",
            COALESCE((SELECT json_agg(json_build_object('stepKey', r.step_key, 'key', r.variant_key))
               FROM variant_retirements r JOIN sequences sq ON sq.workspace_id = r.workspace_id AND sq.id = r.sequence_id AND sq.retire_losers
              WHERE r.workspace_id = $1 AND r.sequence_id = v.sequence_id AND r.retired_at <= e.created_at), '[]') AS retired
       FROM enrollments e
       JOIN opportunities o ON o.workspace_id = e.workspace_id AND o.id = e.opportunity_id
       JOIN sequence_versions v ON v.workspace_id = e.workspace_id AND v.id = e.sequence_version_id
       JOIN contacts c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
       JOIN prospects p ON p.workspace_id = e.workspace_id AND p.id = e.prospect_id
       JOIN campaigns ca ON ca.workspace_id = e.workspace_id AND ca.id = e.campaign_id
       JOIN workspaces w ON w.id = e.workspace_id
      WHERE e.workspace_id = $1 AND e.id = $2 AND e.next_at <= $3 AND e.state IN ('pending', 'active', 'postponed', 'blocked') AND ca.state = 'running'
        FOR NO KEY UPDATE OF e`,
    [workspaceId, id, now, UNDER_WAY],
  );
  const [enrollment] = await withCalendars(found, now);
  return enrollment && { ...enrollment, plannedAt: now };
}

/** One that failed waits, unless somebody has planned it meanwhile. */
export async function putOff(db: Db, { workspaceId, id }: DueEnrollment, now: Date, until: Date): Promise<void> {
  await rows(db, 'UPDATE enrollments SET next_at = $4 WHERE workspace_id = $1 AND id = $2 AND next_at <= $3', [workspaceId, id, now, until]);
}

/** Written before anything else of a step: its key is what makes a second mail of it impossible (promise 1). */
export async function claimStep(
  tx: Db,
  step: {
    readonly workspaceId: string;
    readonly enrollmentId: string;
    readonly stepKey: string;
    readonly messageId: string | null;
    readonly rfcMessageId: string | null;
    readonly at: Date;
    /** Why it is left out. */
    readonly skippedCode?: string;
  },
): Promise<boolean> {
  const made = await rows(
    tx,
    `INSERT INTO enrollment_steps (workspace_id, enrollment_id, step_key, message_id, rfc_message_id, created_at, skipped_code) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT DO NOTHING RETURNING step_key`,
    [step.workspaceId, step.enrollmentId, step.stepKey, step.messageId, step.rfcMessageId, step.at, step.skippedCode ?? null],
  );
  return made.length > 0;
}

export async function setProgress(
  tx: Db,
  { workspaceId, id }: Pick<PlannedEnrollment, 'workspaceId' | 'id'>,
  to: { readonly stepKey?: string; readonly mailboxId?: string; readonly nextAt: Date | null },
): Promise<void> {
  await rows(
    tx,
    `UPDATE enrollments SET step_key = COALESCE($3, step_key), mailbox_id = COALESCE($4, mailbox_id), next_at = $5 WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id, to.stepKey ?? null, to.mailboxId ?? null, to.nextAt],
  );
}

export interface MailboxChoice {
  readonly id: string;
  readonly fromAddress: string;
  readonly connected: boolean;
}

/** Days of work that are counted in a mailbox: beyond them all are equally full. */
const DAYS_COUNTED = 100;

/** The mailbox of the thread; for a first mail that of the campaign with the most room (F32). */
export async function chooseMailbox(
  tx: Db,
  { workspaceId, campaignId, mailboxId, plannedAt }: PlannedEnrollment,
): Promise<MailboxChoice | undefined> {
  const columns = `m.id, m.from_address AS "fromAddress", m.state = 'connected' AS connected`;
  if (mailboxId !== null) return firstRow(tx, `SELECT ${columns} FROM mailboxes m WHERE m.workspace_id = $1 AND m.id = $2`, [workspaceId, mailboxId]);
  const found = await rows<MailboxChoice & MailboxRoom>(
    tx,
    `SELECT ${columns}, size.per_day AS "perDay",
            (SELECT count(*)::int FROM (SELECT FROM messages q WHERE q.workspace_id = $1 AND q.mailbox_id = m.id AND q.state = 'scheduled'
                LIMIT size.per_day * ${String(DAYS_COUNTED)}) waits)
            + (SELECT count(*)::int FROM messages s WHERE s.workspace_id = $1 AND s.mailbox_id = m.id AND s.sent_at IS NOT NULL AND s.direction = 'out'
                AND s.sent_at > $3::timestamptz - interval '1 day') AS waiting
       FROM campaign_mailboxes cm JOIN mailboxes m ON m.workspace_id = cm.workspace_id AND m.id = cm.mailbox_id
       CROSS JOIN LATERAL (SELECT LEAST(m.per_day, m.ramp_start + m.ramp_step * m.ramp_days) AS per_day) size
      WHERE cm.workspace_id = $1 AND cm.campaign_id = $2 ORDER BY cm.position`,
    [workspaceId, campaignId, plannedAt],
  );
  return chooseByRoom(found);
}

/** The mails of an enrollment that have left, oldest first. */
export async function sentMails(
  tx: Db,
  workspaceId: string,
  enrollmentId: string,
): Promise<{ rfcMessageId: string; referenceIds: string[]; subject: string }[]> {
  return rows(
    tx,
    `SELECT rfc_message_id AS "rfcMessageId", reference_ids AS "referenceIds", COALESCE(subject, '') AS subject FROM messages
      WHERE workspace_id = $1 AND enrollment_id = $2 AND direction = 'out' AND state = 'sent' AND rfc_message_id IS NOT NULL ORDER BY sent_at, id`,
    [workspaceId, enrollmentId],
  );
}
