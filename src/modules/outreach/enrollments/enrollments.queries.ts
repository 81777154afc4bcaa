import type { EntityManager } from 'typeorm';
import type { LawFacts } from '../../../domain/outreach-law.js';
import type { EnrollmentState } from '../../../domain/machines/enrollment.js';
import type { OpportunityStage } from '../../../domain/machines/opportunity.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { borderClause } from '../../../platform/database/border-clause.js';
import { CREATION_ORDER, rowsInCreationOrder, type CreationSort } from '../../../platform/database/creation-order.js';
import { filterClause, filterNames } from '../../../platform/database/filter-clause.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { ListRequest, ListRules } from '../../../platform/http/lists/paging.js';

type Db = Pick<EntityManager, 'query'>;

export interface EnrollmentRow {
  readonly id: string;
  readonly version: number;
  readonly campaignId: string;
  readonly projectId: string;
  readonly opportunityId: string;
  readonly prospectId: string;
  readonly contactId: string;
  readonly mailboxId: string | null;
  readonly threadId: string;
  readonly state: EnrollmentState;
  readonly stateReason: string | null;
  readonly stateChangedAt: Date;
  readonly stepKey: string | null;
  readonly skippedSteps: readonly { readonly stepKey: string; readonly code: string }[];
  readonly nextAt: Date | null;
  readonly createdAt: Date;
}

const SELECT = `
  SELECT e.id, e.version, e.campaign_id AS "campaignId", e.project_id AS "projectId", e.opportunity_id AS "opportunityId", e.prospect_id AS "prospectId",
         e.contact_id AS "contactId", e.mailbox_id AS "mailboxId", e.thread_id AS "threadId", e.state, e.state_reason AS "stateReason",
         e.state_changed_at AS "stateChangedAt", e.step_key AS "stepKey", e.next_at AS "nextAt", e.created_at AS "createdAt",
         COALESCE((SELECT json_agg(json_build_object('stepKey', s.step_key, 'code', s.skipped_code) ORDER BY s.created_at, s.step_key) FROM enrollment_steps s
                    WHERE s.workspace_id = $1 AND s.enrollment_id = e.id AND s.skipped_code IS NOT NULL), '[]') AS "skippedSteps"
    FROM enrollments e WHERE e.workspace_id = $1`;

/** Filters and the columns they compare. */
const FILTERS = {
  state: 'e.state',
  campaignId: 'e.campaign_id',
  projectId: 'e.project_id',
  opportunityId: 'e.opportunity_id',
  prospectId: 'e.prospect_id',
  contactId: 'e.contact_id',
} as const;
type Filter = keyof typeof FILTERS;

export const ENROLLMENT_LIST: ListRules<Filter, CreationSort> = {
  ...CREATION_ORDER,
  filters: filterNames(FILTERS),
};

export async function listEnrollments(db: Db, actor: Actor, list: ListRequest<Filter, CreationSort>): Promise<EnrollmentRow[]> {
  const values: unknown[] = [actor.workspaceId];
  const wanted = filterClause(FILTERS, list.filters, values) + borderClause(actor, 'e.project_id', values);
  return rowsInCreationOrder(db, { sql: `${SELECT}${wanted}`, values, alias: 'e' }, list);
}

export async function findEnrollment(db: Db, workspaceId: string, id: string): Promise<EnrollmentRow | undefined> {
  return firstRow(db, `${SELECT} AND e.id = $2`, [workspaceId, id]);
}

export interface CampaignToEnrollIn {
  readonly projectId: string;
  /** The newest version of its sequence. */
  readonly sequenceVersionId: string;
  readonly state: 'draft' | 'running' | 'paused' | 'finished';
}

/**
 * Shared with others who enroll, against a start, and against a new version of the sequence: both would otherwise pass by what
 * is being enrolled. First in the order of locks.
 */
export async function shareCampaign(tx: Db, workspaceId: string, id: string): Promise<CampaignToEnrollIn | undefined> {
  return firstRow(
    tx,
    `SELECT c.project_id AS "projectId", s.current_version_id AS "sequenceVersionId", c.state
       FROM campaigns c JOIN sequences s ON s.workspace_id = c.workspace_id AND s.id = c.sequence_id
      WHERE c.workspace_id = $1 AND c.id = $2 FOR SHARE OF c, s`,
    [workspaceId, id],
  );
}

export interface CardToEnrollAt {
  readonly id: string;
  readonly campaignId: string;
  readonly prospectId: string;
  readonly stage: OpportunityStage;
  readonly contactBlocked: boolean;
  readonly guardOverride: 'create' | 'send' | null;
}

export async function findCard(tx: Db, workspaceId: string, id: string): Promise<CardToEnrollAt | undefined> {
  return firstRow(
    tx,
    `SELECT id, campaign_id AS "campaignId", prospect_id AS "prospectId", stage, contact_blocked AS "contactBlocked", guard_override AS "guardOverride"
       FROM opportunities WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id],
  );
}

/** The sites of a contact, each with its card in the campaign, if there is one. */
export async function sitesOfContact(
  tx: Db,
  workspaceId: string,
  contactId: string,
  campaignId: string,
): Promise<{ prospectId: string; opportunityId: string | null }[]> {
  return rows(
    tx,
    `SELECT pc.prospect_id AS "prospectId", o.id AS "opportunityId" FROM prospect_contacts pc
       LEFT JOIN opportunities o ON o.workspace_id = pc.workspace_id AND o.prospect_id = pc.prospect_id AND o.campaign_id = $3
      WHERE pc.workspace_id = $1 AND pc.contact_id = $2`,
    [workspaceId, contactId, campaignId],
  );
}

export interface ContactToEnroll {
  readonly id: string;
  readonly emailKey: string;
  readonly undeliverable: boolean;
  readonly erased: boolean;
  readonly mergedIntoId: string | null;
}

/** After the prospect in the order of locks: two sites with one editor meet here (F5a). */
export async function lockContact(tx: Db, workspaceId: string, id: string): Promise<ContactToEnroll | undefined> {
  return firstRow(
    tx,
    `SELECT id, email_key AS "emailKey", undeliverable_at IS NOT NULL AS undeliverable, erased_at IS NOT NULL AS erased, merged_into_id AS "mergedIntoId" FROM contacts
      WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE`,
    [workspaceId, id],
  );
}

/** What the law asks about a contact written to for the sake of a site. */
export async function lawFactsOf(tx: Db, workspaceId: string, contactId: string, prospectId: string): Promise<LawFacts | undefined> {
  return firstRow(
    tx,
    `SELECT COALESCE(c.country, p.country) AS country, c.lawful_basis AS "lawfulBasis", c.consent_override_at IS NOT NULL AS "consentOverridden"
       FROM contacts c JOIN prospects p ON p.workspace_id = $1 AND p.id = $3 WHERE c.workspace_id = $1 AND c.id = $2`,
    [workspaceId, contactId, prospectId],
  );
}
