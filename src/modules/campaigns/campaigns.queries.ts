import type { EntityManager } from 'typeorm';
import type { SendWindow } from '../../domain/send-window.js';
import type { Actor } from '../../platform/auth/actor.js';
import { borderClause } from '../../platform/database/border-clause.js';
import { type ByCreation, rowsInCreationOrder } from '../../platform/database/creation-order.js';
import { searchClause } from '../../platform/database/filter-clause.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { CampaignState, Tactic } from './campaign.entity.js';

type Reader = Pick<EntityManager, 'query'>;

export interface CampaignRow {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly projectId: string;
  readonly targetPageId: string;
  readonly tactic: Tactic;
  readonly sequenceId: string;
  readonly mailboxIds: readonly string[];
  readonly window: SendWindow | null;
  readonly perDay: number | null;
  readonly weight: number;
  readonly state: CampaignState;
  readonly pauseReason: string | null;
  readonly pauseCode: 'bounces' | 'complaints' | null;
  readonly externalRef: string | null;
  readonly startedAt: Date | null;
  readonly createdAt: Date;
}

export interface CampaignFilters {
  readonly projectIds: readonly string[] | undefined;
  readonly states: readonly string[] | undefined;
  readonly externalRefs: readonly string[] | undefined;
  readonly search?: string;
}

const SELECT = `SELECT c.id, c.version, c.name, c.project_id AS "projectId", c.target_page_id AS "targetPageId", c.tactic, c.sequence_id AS "sequenceId",
       ARRAY(SELECT cm.mailbox_id FROM campaign_mailboxes cm WHERE cm.workspace_id = c.workspace_id AND cm.campaign_id = c.id ORDER BY cm.position)
         AS "mailboxIds",
       c.send_window AS "window", c.per_day AS "perDay", c.weight, c.state, c.pause_reason AS "pauseReason", c.pause_code AS "pauseCode", c.external_ref AS "externalRef", c.started_at AS "startedAt",
       c.created_at AS "createdAt"
  FROM campaigns c WHERE c.workspace_id = $1`;

export function listCampaigns(db: Reader, actor: Actor, list: ByCreation & CampaignFilters): Promise<CampaignRow[]> {
  const values: unknown[] = [actor.workspaceId, list.projectIds ?? null, list.states ?? null, list.externalRefs ?? null];
  const more = borderClause(actor, 'c.project_id', values) + searchClause(['c.name'], list.search, values);
  const statement = {
    sql: `${SELECT} AND ($2::uuid[] IS NULL OR c.project_id = ANY ($2)) AND ($3::text[] IS NULL OR c.state = ANY ($3))
            AND ($4::text[] IS NULL OR c.external_ref = ANY ($4))${more}`,
    values,
    alias: 'c',
  };
  return rowsInCreationOrder(db, statement, list);
}

export function findCampaign(db: Reader, workspaceId: string, id: string): Promise<CampaignRow | undefined> {
  return firstRow(db, `${SELECT} AND c.id = $2`, [workspaceId, id]);
}

/** What a campaign is made of, as far as the workspace has it. */
export interface KnownParts {
  readonly project: boolean;
  /** The target page is one of the project. */
  readonly targetPage: boolean;
  readonly sequence: boolean;
  readonly mailboxIds: readonly string[];
}

export interface Parts {
  readonly projectId: string;
  readonly targetPageId: string;
  readonly sequenceId: string;
  readonly mailboxIds: readonly string[];
}

export async function knownParts(db: Reader, workspaceId: string, parts: Parts): Promise<KnownParts> {
  const row = await firstRow<KnownParts>(
    db,
    `SELECT EXISTS (SELECT FROM projects WHERE workspace_id = $1 AND id = $2) AS project,
            EXISTS (SELECT FROM target_pages WHERE workspace_id = $1 AND project_id = $2 AND id = $3) AS "targetPage",
            EXISTS (SELECT FROM sequences WHERE workspace_id = $1 AND id = $4) AS sequence,
            ARRAY(SELECT id FROM mailboxes WHERE workspace_id = $1 AND id = ANY ($5::uuid[])) AS "mailboxIds"`,
    [workspaceId, parts.projectId, parts.targetPageId, parts.sequenceId, parts.mailboxIds],
  );
  return row ?? { project: false, targetPage: false, sequence: false, mailboxIds: [] };
}

export async function hasOpportunities(db: Reader, workspaceId: string, campaignId: string): Promise<boolean> {
  return (
    (await firstRow(db, 'SELECT FROM opportunities WHERE workspace_id = $1 AND campaign_id = $2 LIMIT 1', [workspaceId, campaignId])) !== undefined
  );
}

/** Puts these mailboxes in place of those the campaign had. */
export async function replaceMailboxes(tx: EntityManager, workspaceId: string, campaignId: string, mailboxIds: readonly string[]): Promise<void> {
  await rows(tx, 'DELETE FROM campaign_mailboxes WHERE workspace_id = $1 AND campaign_id = $2', [workspaceId, campaignId]);
  await rows(
    tx,
    `INSERT INTO campaign_mailboxes (workspace_id, campaign_id, mailbox_id, position)
     SELECT $1, $2, id, position FROM unnest($3::uuid[]) WITH ORDINALITY AS given (id, position)`,
    [workspaceId, campaignId, mailboxIds],
  );
}
