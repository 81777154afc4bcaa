import type { EntityManager } from 'typeorm';
import type { BacklinkState } from '../../domain/machines/backlink.js';
import type { Hop } from '../../domain/page-facts.js';
import type { ComplianceStatus, ReasonCode, Verdict } from '../../domain/reason-codes.js';
import type { RobotsStatement } from '../../domain/robots-directives.js';
import type { RobotsAnswer } from '../../domain/robots-watch.js';
import type { Actor } from '../../platform/auth/actor.js';
import { borderClause } from '../../platform/database/border-clause.js';
import { CREATION_ORDER, rowsInCreationOrder, type CreationSort } from '../../platform/database/creation-order.js';
import { filterClause, filterNames } from '../../platform/database/filter-clause.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { ListRequest, ListRules } from '../../platform/http/lists/paging.js';
import type { TlsFacts } from '../../platform/web-fetch/net/connection-facts.js';
import type { TargetLook } from './checks/target-looks.service.js';

type Db = Pick<EntityManager, 'query'>;

/** A link of the page that came near the target, as the evidence keeps it. */
export interface CandidateEvidence {
  readonly href: string;
  readonly url?: string;
  readonly tag: string;
  readonly rel: readonly string[];
  readonly anchorText: string;
  readonly anchorFrom: string;
  readonly place: string;
  readonly hidden: boolean;
  readonly level: string;
  readonly anchorMatch: string;
  readonly context: string;
}

/** One look at the page: immutable. */
export interface CheckRow {
  readonly id: string;
  readonly verdict: Verdict;
  readonly reasonCodes: ReasonCode[];
  readonly httpStatus: number | null;
  readonly finalUrl: string | null;
  readonly anchorText: string | null;
  readonly rel: string[];
  readonly indexable: boolean | null;
  readonly askedBy: 'schedule' | 'person' | 'prospect';
  readonly checkedAt: Date;
  readonly evidence: { readonly chain?: Hop[]; readonly candidates?: CandidateEvidence[] };
}

/** The same with all that was kept of it. */
export interface CheckDetail extends CheckRow {
  readonly evidence: {
    readonly chain?: Hop[];
    readonly candidates?: CandidateEvidence[];
    readonly headers?: Readonly<Record<string, string[]>>;
    readonly bodyHash?: string;
    readonly truncated?: boolean;
    readonly timingMs?: number;
    readonly ip?: string | null;
    readonly agent?: string;
    readonly failure?: string;
    readonly rendered?: boolean;
    /** The page is as it was at `readAt`: the server sent nothing new. */
    readonly notModified?: true;
    readonly readAt?: string;
    readonly httpVersion?: string;
    readonly tls?: TlsFacts | null;
    readonly robots?: RobotsAnswer;
    readonly directives?: RobotsStatement[];
    readonly targets?: (TargetLook & { readonly url: string })[];
    readonly compliance?: { readonly status: ComplianceStatus; readonly codes: ReasonCode[] };
  };
}

export interface BacklinkRow {
  readonly id: string;
  readonly version: number;
  readonly projectId: string;
  readonly campaignId: string | null;
  readonly opportunityId: string | null;
  readonly prospectId: string | null;
  readonly targetPageId: string | null;
  readonly origin: string;
  readonly sourceUrl: string | null;
  readonly targetUrl: string;
  readonly expectedAnchor: string | null;
  readonly expectedRel: string[] | null;
  readonly paid: boolean;
  readonly required: boolean;
  readonly topValue: boolean;
  readonly state: BacklinkState;
  readonly stateChangedAt: Date;
  readonly stateReason: string | null;
  readonly complianceStatus: ComplianceStatus;
  readonly complianceCodes: ReasonCode[];
  readonly lastCheckId: string | null;
  readonly lastVerdict: Verdict | null;
  readonly lastCheckedAt: Date | null;
  readonly firstLiveAt: Date | null;
  readonly lastLiveAt: Date | null;
  readonly reviewDueAt: Date | null;
  readonly expiresAt: Date | null;
  readonly nextCheckAt: Date | null;
  readonly externalRef: string | null;
  readonly createdAt: Date;
}

const COLUMNS = `
  id, version, project_id AS "projectId", campaign_id AS "campaignId", opportunity_id AS "opportunityId", prospect_id AS "prospectId",
  target_page_id AS "targetPageId", origin, source_url AS "sourceUrl", target_url AS "targetUrl", expected_anchor AS "expectedAnchor",
  expected_rel AS "expectedRel", paid, required, top_value AS "topValue", state, state_changed_at AS "stateChangedAt", state_reason AS "stateReason",
  compliance_status AS "complianceStatus", compliance_codes AS "complianceCodes", last_check_id AS "lastCheckId", last_verdict AS "lastVerdict",
  last_checked_at AS "lastCheckedAt", first_live_at AS "firstLiveAt", last_live_at AS "lastLiveAt", review_due_at AS "reviewDueAt",
  expires_at AS "expiresAt", next_at AS "nextCheckAt", external_ref AS "externalRef", created_at AS "createdAt"`;

const CHECK_FIELDS = `
  id, verdict, reason_codes AS "reasonCodes", http_status AS "httpStatus", final_url AS "finalUrl", anchor_text AS "anchorText", rel, indexable,
  asked_by AS "askedBy", checked_at AS "checkedAt"`;
const CHECK_COLUMNS = `${CHECK_FIELDS}, jsonb_build_object('chain', evidence->'chain', 'candidates', evidence->'candidates') AS evidence`;

/** Filters and the columns they compare. */
const FILTERS = {
  state: 'state',
  opportunityId: 'opportunity_id',
  projectId: 'project_id',
  prospectId: 'prospect_id',
  externalRef: 'external_ref',
} as const;
type Filter = keyof typeof FILTERS;

export const BACKLINK_LIST: ListRules<Filter, CreationSort> = {
  ...CREATION_ORDER,
  filters: filterNames(FILTERS),
};

export async function listBacklinks(db: Db, actor: Actor, list: ListRequest<Filter, CreationSort>): Promise<BacklinkRow[]> {
  const values: unknown[] = [actor.workspaceId];
  const wanted = filterClause(FILTERS, list.filters, values) + borderClause(actor, 'project_id', values);
  const sql = `SELECT ${COLUMNS} FROM backlinks b WHERE workspace_id = $1${wanted}`;
  return rowsInCreationOrder(db, { sql, values, alias: 'b' }, list);
}

export async function findBacklink(db: Db, workspaceId: string, id: string): Promise<BacklinkRow | undefined> {
  return firstRow(db, `SELECT ${COLUMNS} FROM backlinks WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
}

export const CHECK_LIST: ListRules<never, '-checkedAt'> = { sorts: ['-checkedAt'], filters: [], key: ['uuid'] };

/** The last check first: ids are given in the order of time. */
export async function listChecks(db: Db, workspaceId: string, backlinkId: string, list: ListRequest<never, '-checkedAt'>): Promise<CheckRow[]> {
  return rows(
    db,
    `SELECT ${CHECK_COLUMNS} FROM backlink_checks
      WHERE workspace_id = $1 AND backlink_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4`,
    [workspaceId, backlinkId, list.after?.[0] ?? null, list.limit + 1],
  );
}

export async function findCheck(db: Db, workspaceId: string, id: string): Promise<CheckRow | undefined> {
  return firstRow(db, `SELECT ${CHECK_COLUMNS} FROM backlink_checks WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
}

/** One check of this link, with all its evidence. */
export async function findCheckDetail(db: Db, workspaceId: string, backlinkId: string, id: string): Promise<CheckDetail | undefined> {
  return firstRow(db, `SELECT ${CHECK_FIELDS}, evidence FROM backlink_checks WHERE workspace_id = $1 AND backlink_id = $2 AND id = $3`, [
    ...[workspaceId, backlinkId, id],
  ]);
}
