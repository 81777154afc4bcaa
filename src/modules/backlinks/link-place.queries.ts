import type { EntityManager } from 'typeorm';
import { PITCH } from '../../domain/machines/pitch.js';
import type { BacklinkState } from '../../domain/machines/backlink.js';
import { firstRow, rows } from '../../platform/database/sql.js';

/** The card that a report names. */
export interface ReportedCard {
  readonly id: string;
  readonly projectId: string;
  readonly campaignId: string;
  readonly prospectId: string;
}

export interface KnownLink {
  readonly id: string;
  readonly projectId: string;
  readonly state: BacklinkState;
}

/** Where a link to a page of ours belongs. */
export interface TargetPlace {
  readonly projectId: string;
  readonly targetPageId: string | null;
}

export async function findCard(tx: EntityManager, workspaceId: string, id: string): Promise<ReportedCard | undefined> {
  return firstRow(
    tx,
    `SELECT id, project_id AS "projectId", campaign_id AS "campaignId", prospect_id AS "prospectId" FROM opportunities WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id],
  );
}

/** Takes the first lock of pipeline's order before any row of the card: two writers wait, but not for each other. */
export async function lockSiteOf(tx: EntityManager, workspaceId: string, opportunityId: string | null): Promise<void> {
  if (opportunityId === null) return;
  await rows(
    tx,
    `SELECT FROM prospects WHERE workspace_id = $1 AND id = (SELECT prospect_id FROM opportunities WHERE workspace_id = $1 AND id = $2) FOR NO KEY UPDATE`,
    [workspaceId, opportunityId],
  );
}

/** Two reports of one page at once wait for each other here, so that they make one link. */
export async function lockPair(tx: EntityManager, workspaceId: string, sourceKey: string, targetKey: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`backlink ${workspaceId} ${sourceKey} ${targetKey}`]);
}

export async function findPair(tx: EntityManager, workspaceId: string, sourceKey: string, targetKey: string): Promise<KnownLink | undefined> {
  return firstRow(tx, 'SELECT id, project_id AS "projectId", state FROM backlinks WHERE workspace_id = $1 AND source_key = $2 AND target_key = $3', [
    workspaceId,
    sourceKey,
    targetKey,
  ]);
}

/** The link that the terms promise to this page and that nobody has reported yet. */
export async function findExpected(tx: EntityManager, workspaceId: string, opportunityId: string, targetKey: string): Promise<KnownLink | undefined> {
  return firstRow(
    tx,
    `SELECT id, project_id AS "projectId", state FROM backlinks WHERE workspace_id = $1 AND opportunity_id = $2 AND state = 'expected' AND target_key = $3
      ORDER BY required DESC, created_at, id LIMIT 1 FOR NO KEY UPDATE`,
    [workspaceId, opportunityId, targetKey],
  );
}

/** The project of a target page with this address, else the one with its domain. An archived project takes no links of its own accord. */
export async function findTargetPlace(
  tx: EntityManager,
  workspaceId: string,
  target: {
    readonly urls: readonly string[];
    readonly site: string | undefined;
    readonly projectId: string | undefined;
    /** Of these projects; null for any. */
    readonly among: readonly string[] | null;
  },
): Promise<TargetPlace | undefined> {
  return firstRow(
    tx,
    `SELECT p.id AS "projectId", t.id AS "targetPageId"
       FROM projects p LEFT JOIN target_pages t ON t.workspace_id = p.workspace_id AND t.project_id = p.id AND t.url = ANY ($2)
      WHERE p.workspace_id = $1 AND ($4::uuid IS NULL AND p.archived_at IS NULL OR p.id = $4) AND (t.id IS NOT NULL OR p.domain = $3) AND ($5::uuid[] IS NULL OR p.id = ANY ($5))
      ORDER BY t.id IS NULL, p.created_at, p.id LIMIT 1`,
    [workspaceId, target.urls, target.site ?? null, target.projectId ?? null, target.among],
  );
}

export async function findProspect(tx: EntityManager, workspaceId: string, domain: string | undefined): Promise<string | null> {
  if (domain === undefined) return null;
  const row = await firstRow<{ id: string }>(tx, 'SELECT id FROM prospects WHERE workspace_id = $1 AND domain = $2', [workspaceId, domain]);
  return row?.id ?? null;
}

/** Were the terms of a card paid for, and do they name their links one by one? */
export async function termsOf(tx: EntityManager, workspaceId: string, opportunityId: string): Promise<{ paid: boolean; itemised: boolean }> {
  const row = await firstRow<{ paid: boolean; itemised: boolean }>(
    tx,
    `SELECT coalesce((SELECT compensation <> 'none' OR fee_amount > 0 FROM agreements
                       WHERE workspace_id = $1 AND opportunity_id = $2 ORDER BY number DESC LIMIT 1), false) AS paid,
            EXISTS (SELECT FROM backlinks WHERE workspace_id = $1 AND opportunity_id = $2 AND agreement_item_id IS NOT NULL) AS itemised`,
    [workspaceId, opportunityId],
  );
  return row ?? { paid: false, itemised: false };
}

export async function cardOfLink(tx: EntityManager, workspaceId: string, id: string): Promise<string | null> {
  const row = await firstRow<{ opportunityId: string | null }>(
    tx,
    'SELECT opportunity_id AS "opportunityId" FROM backlinks WHERE workspace_id = $1 AND id = $2',
    [workspaceId, id],
  );
  return row?.opportunityId ?? null;
}

/** States in which a pitch may hear that its article is live. */
const REPORTABLE = PITCH.edges
  .filter((edge) => edge.to === 'published_reported' && edge.on.includes('link_reported'))
  .flatMap(({ from }) => from ?? []);

/** The pitch whose article this is: of those that may, the one that moved last. */
export async function findOpenPitch(tx: EntityManager, workspaceId: string, opportunityId: string): Promise<string | null> {
  const row = await firstRow<{ id: string }>(
    tx,
    `SELECT id FROM pitches WHERE workspace_id = $1 AND opportunity_id = $2 AND state = ANY ($3) ORDER BY state_changed_at DESC, id DESC LIMIT 1`,
    [workspaceId, opportunityId, REPORTABLE],
  );
  return row?.id ?? null;
}

/** Makes the link due now. Not a change of the resource: its version stays. */
export async function checkSoon(
  tx: EntityManager,
  workspaceId: string,
  id: string,
  ask: { readonly by: 'person' | 'prospect'; readonly at: Date },
): Promise<void> {
  await rows(tx, 'UPDATE backlinks SET next_at = $3, asked_by = $4, queued_for = NULL WHERE workspace_id = $1 AND id = $2', [
    workspaceId,
    id,
    ask.at,
    ask.by,
  ]);
}
