import type { EntityManager } from 'typeorm';
import type { Calendar } from '../../../domain/calendar.js';
import type { RecipientPlace } from '../../../domain/country-zones.js';
import type { LawFacts } from '../../../domain/outreach-law.js';
import { OPEN_ENROLLMENT_STATES } from '../../../domain/machines/enrollment.js';
import { OPEN_STAGES } from '../../../domain/machines/opportunity.js';
import type { SendWindow } from '../../../domain/send-window.js';
import { nextStep, type SequenceStep } from '../../../domain/sequence-steps.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { RECIPIENT_PLACE, withCalendars } from '../../prospects/recipient-place.service.js';

type Db = Pick<EntityManager, 'query'>;

export interface CampaignToCheck {
  readonly id: string;
  readonly projectId: string;
  readonly window: SendWindow | null;
  readonly steps: readonly SequenceStep[];
  readonly postalAddress: string | null;
  readonly addressRule: 'always' | 'never';
  /** Set, but not verified yet. */
  readonly openLinkDomain: string | null;
}

export async function loadCampaign(db: Db, workspaceId: string, id: string): Promise<CampaignToCheck | undefined> {
  return firstRow(
    db,
    `SELECT c.id, c.project_id AS "projectId", c.send_window AS "window", v.steps, w.postal_address AS "postalAddress", w.address_rule AS "addressRule",
            CASE WHEN p.link_domain_verified_at IS NULL THEN p.link_domain END AS "openLinkDomain"
       FROM campaigns c
       JOIN projects p ON p.workspace_id = c.workspace_id AND p.id = c.project_id
       JOIN sequences s ON s.workspace_id = c.workspace_id AND s.id = c.sequence_id
       JOIN sequence_versions v ON v.workspace_id = s.workspace_id AND v.id = s.current_version_id
       JOIN workspaces w ON w.id = c.workspace_id
      WHERE c.workspace_id = $1 AND c.id = $2`,
    [workspaceId, id],
  );
}

export interface MailboxToCheck {
  readonly id: string;
  readonly connected: boolean;
  readonly checkedAt: Date | null;
  readonly checkOk: boolean | null;
  /** Set, but not verified yet. */
  readonly openLinkDomain: string | null;
}

export async function loadMailboxes(db: Db, workspaceId: string, campaignId: string): Promise<MailboxToCheck[]> {
  return rows(
    db,
    `SELECT m.id, m.state = 'connected' AS connected, m.checked_at AS "checkedAt", m.check_ok AS "checkOk",
            CASE WHEN m.link_domain_verified_at IS NULL THEN m.link_domain END AS "openLinkDomain" FROM campaign_mailboxes cm
       JOIN mailboxes m ON m.workspace_id = cm.workspace_id AND m.id = cm.mailbox_id
      WHERE cm.workspace_id = $1 AND cm.campaign_id = $2 ORDER BY cm.position`,
    [workspaceId, campaignId],
  );
}

export interface EnrollmentToCheck extends LawFacts, Calendar {
  readonly id: string;
  readonly contactId: string;
  readonly opportunityId: string;
  readonly mailboxId: string | null;
  readonly sequenceVersionId: string;
  readonly stepKey: string | null;
  readonly stepsDone: readonly string[];
  readonly nextAt: Date | null;
  readonly emailKey: string;
  readonly undeliverable: boolean;
}

/** Whoever would still be written to, by and by. @param after  the last one seen */
export async function loadToCheck(
  db: Db,
  { workspaceId, campaignId }: { readonly workspaceId: string; readonly campaignId: string },
  { after, limit }: { readonly after: string | null; readonly limit: number },
  now: Date,
): Promise<EnrollmentToCheck[]> {
  const found = await rows<Omit<EnrollmentToCheck, keyof Calendar> & { readonly place: RecipientPlace }>(
    db,
    `SELECT e.id, e.contact_id AS "contactId", e.opportunity_id AS "opportunityId", e.mailbox_id AS "mailboxId",
            e.sequence_version_id AS "sequenceVersionId", e.step_key AS "stepKey", e.next_at AS "nextAt", c.email_key AS "emailKey",
            c.undeliverable_at IS NOT NULL OR c.erased_at IS NOT NULL AS undeliverable, ${RECIPIENT_PLACE},
            COALESCE(c.country, p.country) AS country, c.lawful_basis AS "lawfulBasis", c.consent_override_at IS NOT NULL AS "consentOverridden",
            ARRAY (SELECT s.step_key FROM enrollment_steps s WHERE s.workspace_id = $1 AND s.enrollment_id = e.id) AS "stepsDone"
       FROM enrollments e
       JOIN contacts c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
       JOIN prospects p ON p.workspace_id = e.workspace_id AND p.id = e.prospect_id
       JOIN workspaces w ON w.id = e.workspace_id
      WHERE e.workspace_id = $1 AND e.campaign_id = $2 AND e.state IN ('pending', 'active', 'blocked', 'postponed') AND ($3::uuid IS NULL OR e.id > $3)
      ORDER BY e.id LIMIT $4`,
    [workspaceId, campaignId, after, limit],
  );
  return withCalendars(found, now);
}

/** The steps of every version that somebody in the campaign goes through. */
export async function loadPlans(db: Db, workspaceId: string, campaignId: string): Promise<Map<string, readonly SequenceStep[]>> {
  const found = await rows<{ id: string; steps: readonly SequenceStep[] }>(
    db,
    `SELECT v.id, v.steps FROM sequence_versions v WHERE v.workspace_id = $1 AND v.id IN (
       SELECT e.sequence_version_id FROM enrollments e WHERE e.workspace_id = $1 AND e.campaign_id = $2)`,
    [workspaceId, campaignId],
  );
  return new Map(found.map(({ id, steps }) => [id, steps]));
}

/** What is left to do of a plan; steps that were done under another order are left out. */
export function stepsLeft(steps: readonly SequenceStep[], { stepKey, stepsDone }: Pick<EnrollmentToCheck, 'stepKey' | 'stepsDone'>): SequenceStep[] {
  const left: SequenceStep[] = [];
  for (let step = nextStep(steps, stepKey); step; step = nextStep(steps, step.key)) if (!stepsDone.includes(step.key)) left.push(step);
  return left;
}

export interface GuardedEnrollment {
  readonly id: string;
  readonly by: 'site_in_contact' | 'contact_already_in_contact';
}

/** Those of the enrollments whose first mail the guard would hold: somebody else talks with the site, or with the person elsewhere (F5, F5a). */
export async function guardedAmong(db: Db, workspaceId: string, ids: readonly string[]): Promise<GuardedEnrollment[]> {
  return rows(
    db,
    `SELECT e.id, CASE WHEN site.taken THEN 'site_in_contact' ELSE 'contact_already_in_contact' END AS by
       FROM enrollments e
       JOIN opportunities o ON o.workspace_id = $1 AND o.id = e.opportunity_id
      CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT FROM opportunities other WHERE other.workspace_id = $1 AND other.prospect_id = o.prospect_id AND other.id <> o.id AND other.stage = ANY ($3)
           AND EXISTS (SELECT FROM messages m WHERE m.workspace_id = $1 AND m.opportunity_id = other.id AND m.direction = 'out'
                          AND m.state IN ('transmitting', 'sent', 'delivery_unknown'))) AS taken) site
      WHERE e.workspace_id = $1 AND e.id = ANY ($2) AND e.state = 'pending' AND o.guard_override IS DISTINCT FROM 'send'
        AND (site.taken OR EXISTS (
          SELECT FROM enrollments elsewhere WHERE elsewhere.workspace_id = $1 AND elsewhere.contact_id = e.contact_id
             AND elsewhere.prospect_id <> e.prospect_id AND elsewhere.state = ANY ($4)))`,
    [workspaceId, ids, OPEN_STAGES, [...OPEN_ENROLLMENT_STATES]],
  );
}
