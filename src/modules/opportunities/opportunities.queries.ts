import type { EntityManager } from 'typeorm';
import type { BacklinkState } from '../../domain/machines/backlink.js';
import { OPPORTUNITY_STAGES, type OpportunityStage } from '../../domain/machines/opportunity.js';
import type { Actor } from '../../platform/auth/actor.js';
import { borderClause } from '../../platform/database/border-clause.js';
import { CREATION_ORDER, rowsInCreationOrder, type CreationSort } from '../../platform/database/creation-order.js';
import { filterClause, filterNames, rangeClause } from '../../platform/database/filter-clause.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { ListRequest, ListRules } from '../../platform/http/lists/paging.js';
import type { Agreement, AgreementItem } from './agreement.entity.js';

type Db = Pick<EntityManager, 'query'>;

export interface OpportunityRow {
  readonly id: string;
  readonly version: number;
  readonly campaignId: string;
  readonly projectId: string;
  readonly prospectId: string;
  readonly domain: string;
  readonly ownerId: string | null;
  readonly stage: OpportunityStage;
  readonly stageChangedAt: Date;
  readonly stageReason: string | null;
  readonly contactBlocked: boolean;
  readonly pageUrl: string | null;
  readonly waitingOn: 'us' | 'them' | null;
  readonly waitingSince: Date | null;
  readonly nextActionOn: string | null;
  readonly guardOverride: 'create' | 'send' | null;
  readonly externalRef: string | null;
  readonly createdAt: Date;
  readonly linksRequired: number;
  readonly linksLive: number;
  readonly linksLost: number;
  readonly agreementId: string | null;
  readonly agreementNumber: number | null;
  readonly agreementVia: string | null;
  readonly agreementCompensation: string | null;
}

/** With its links, closed ones aside, and the terms in force. */
const COLUMNS = `
  o.id, o.version, o.campaign_id AS "campaignId", o.project_id AS "projectId", o.prospect_id AS "prospectId", p.domain, o.owner_id AS "ownerId",
  o.stage, o.stage_changed_at AS "stageChangedAt", o.stage_reason AS "stageReason", o.contact_blocked AS "contactBlocked", o.page_url AS "pageUrl",
  o.waiting_on AS "waitingOn", o.waiting_since AS "waitingSince", o.next_action_on::text AS "nextActionOn", o.guard_override AS "guardOverride", o.external_ref AS "externalRef", o.created_at AS "createdAt",
  l.required AS "linksRequired", l.live AS "linksLive", l.lost AS "linksLost",
  a.id AS "agreementId", a.number AS "agreementNumber", a.via AS "agreementVia", a.compensation AS "agreementCompensation"`;

const FROM = `
  FROM opportunities o
  JOIN prospects p ON p.workspace_id = o.workspace_id AND p.id = o.prospect_id
  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE required)::int AS required, count(*) FILTER (WHERE state = 'live')::int AS live,
                             count(*) FILTER (WHERE state = 'lost')::int AS lost
                        FROM backlinks WHERE workspace_id = o.workspace_id AND opportunity_id = o.id AND state <> 'closed') l
  LEFT JOIN LATERAL (SELECT id, number, via, compensation FROM agreements WHERE workspace_id = o.workspace_id AND opportunity_id = o.id
                      ORDER BY number DESC LIMIT 1) a ON true`;

/** Filters and the columns they compare. */
const FILTERS = {
  stage: 'o.stage',
  campaignId: 'o.campaign_id',
  projectId: 'o.project_id',
  prospectId: 'o.prospect_id',
  ownerId: 'o.owner_id',
  externalRef: 'o.external_ref',
  waitingOn: 'o.waiting_on',
} as const;
/** A day stands for its beginning in UTC, as the days of bounds do. */
const RANGED = {
  stageChangedAt: 'o.stage_changed_at',
  waitingSince: 'o.waiting_since',
  nextActionOn: "(o.next_action_on::timestamp AT TIME ZONE 'UTC')",
} as const;
type Filter = keyof typeof FILTERS;

export const OPPORTUNITY_LIST: ListRules<Filter, CreationSort> = {
  ...CREATION_ORDER,
  ranges: ['createdAt', 'stageChangedAt', 'waitingSince', 'nextActionOn'],
  filters: filterNames(FILTERS),
};

export async function listOpportunities(db: Db, actor: Actor, list: ListRequest<Filter, CreationSort>): Promise<OpportunityRow[]> {
  const values: unknown[] = [actor.workspaceId];
  const wanted = filterClause(FILTERS, list.filters, values) + rangeClause(RANGED, list.ranges, values) + borderClause(actor, 'o.project_id', values);
  const sql = `SELECT ${COLUMNS} ${FROM} WHERE o.workspace_id = $1${wanted}`;
  return rowsInCreationOrder(db, { sql, values, alias: 'o' }, list);
}

export async function findOpportunity(db: Db, workspaceId: string, id: string): Promise<OpportunityRow | undefined> {
  return firstRow(db, `SELECT ${COLUMNS} ${FROM} WHERE o.workspace_id = $1 AND o.id = $2`, [workspaceId, id]);
}

export interface CardRow {
  readonly id: string;
  readonly version: number;
  readonly stage: OpportunityStage;
  readonly campaignId: string;
  readonly prospectId: string;
  readonly domain: string;
  readonly ownerId: string | null;
  readonly contactBlocked: boolean;
  readonly stageChangedAt: Date;
}

const CARDS_PER_STAGE = 20;

const COUNTS = `
  SELECT stage, count(*)::int AS count FROM opportunities
   WHERE workspace_id = $1 AND ($2::uuid IS NULL OR campaign_id = $2) AND ($3::uuid IS NULL OR project_id = $3) GROUP BY stage`;

const CARDS = `
  SELECT o.id, o.version, o.stage, o.campaign_id AS "campaignId", o.prospect_id AS "prospectId", p.domain, o.owner_id AS "ownerId",
         o.contact_blocked AS "contactBlocked", o.stage_changed_at AS "stageChangedAt"
    FROM unnest($4::text[]) AS s (stage)
   CROSS JOIN LATERAL (SELECT * FROM opportunities
                        WHERE workspace_id = $1 AND ($2::uuid IS NULL OR campaign_id = $2) AND ($3::uuid IS NULL OR project_id = $3) AND stage = s.stage
                        ORDER BY stage_changed_at DESC, id DESC LIMIT ${CARDS_PER_STAGE}) o
    JOIN prospects p ON p.workspace_id = $1 AND p.id = o.prospect_id
   ORDER BY o.stage_changed_at DESC, o.id DESC`;

export interface BoardColumn {
  readonly stage: OpportunityStage;
  readonly count: number;
  readonly cards: readonly CardRow[];
}

/** The board: every stage with its count and its newest cards. */
export async function loadBoard(db: Db, workspaceId: string, of: { campaignId?: string; projectId?: string }): Promise<BoardColumn[]> {
  const place = [workspaceId, of.campaignId ?? null, of.projectId ?? null];
  const counts = await rows<{ stage: OpportunityStage; count: number }>(db, COUNTS, place);
  const cards = await rows<CardRow>(db, CARDS, [...place, counts.map(({ stage }) => stage)]);
  return OPPORTUNITY_STAGES.map((stage) => ({
    stage,
    count: counts.find((row) => row.stage === stage)?.count ?? 0,
    cards: cards.filter((card) => card.stage === stage),
  }));
}

export type AgreementRow = Omit<Agreement, 'workspaceId'> & {
  readonly items: readonly (Omit<AgreementItem, 'workspaceId' | 'agreementId'> & { readonly backlinkId: string | null })[];
};

export const AGREEMENT_LIST: ListRules<never, CreationSort> = { sorts: ['-createdAt', 'createdAt'], filters: [], key: ['number'] };

const AGREEMENTS = `
  SELECT a.id, a.opportunity_id AS "opportunityId", a.number, a.via, a.compensation, a.fee_amount AS "feeAmount", a.fee_currency AS "feeCurrency",
         a.publish_on::text AS "publishOn", a.link_until::text AS "linkUntil", a.proof_message_id AS "proofMessageId", a.created_by AS "createdBy",
         a.created_at AS "createdAt", i.items
    FROM agreements a
   CROSS JOIN LATERAL (
     SELECT coalesce(json_agg(json_build_object('id', i.id, 'targetUrl', i.target_url, 'anchor', i.anchor, 'rel', i.rel, 'sourceUrl', i.source_url,
                                                'required', i.required, 'backlinkId', b.id) ORDER BY i.id), '[]') AS items
       FROM agreement_items i
       LEFT JOIN backlinks b ON b.workspace_id = i.workspace_id AND b.opportunity_id = a.opportunity_id AND b.agreement_item_id = i.id
      WHERE i.workspace_id = a.workspace_id AND i.agreement_id = a.id) i
   WHERE a.workspace_id = $1 AND a.opportunity_id = $2`;

/** The terms of one opportunity by number, which is their order in time. */
export async function listAgreements(
  db: Db,
  workspaceId: string,
  opportunityId: string,
  list: ListRequest<never, CreationSort>,
): Promise<AgreementRow[]> {
  const [sign, order] = list.sort === '-createdAt' ? ['<', 'DESC'] : ['>', 'ASC'];
  return rows(db, `${AGREEMENTS} AND ($3::int IS NULL OR a.number ${sign} $3) ORDER BY a.number ${order} LIMIT $4`, [
    workspaceId,
    opportunityId,
    list.after?.[0] ?? null,
    list.limit + 1,
  ]);
}

export interface CardLink {
  readonly id: string;
  readonly state: BacklinkState;
  readonly targetKey: string;
  readonly agreementItemId: string | null;
}

/** Links of a card that new terms may take over, the surest first. */
export async function linksOfCard(tx: Db, workspaceId: string, opportunityId: string): Promise<CardLink[]> {
  return rows(
    tx,
    `SELECT id, state, target_key AS "targetKey", agreement_item_id AS "agreementItemId" FROM backlinks
      WHERE workspace_id = $1 AND opportunity_id = $2 AND state <> 'closed'
      ORDER BY state = 'live' DESC, state = 'expected', id FOR NO KEY UPDATE`,
    [workspaceId, opportunityId],
  );
}
