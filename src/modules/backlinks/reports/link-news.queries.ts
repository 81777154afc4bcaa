import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

export interface ClaimedNews {
  readonly workspaceId: string;
  readonly id: string;
  readonly opportunityId: string;
  readonly source: 'reply' | 'pitch';
  readonly urls: string[];
  readonly attempts: number;
}

/** Takes the longest due one and puts it off: whoever dies over it leaves it to the next. */
export async function claimNews(db: Db, at: { readonly now: Date; readonly again: Date }): Promise<ClaimedNews | undefined> {
  return firstRow(
    db,
    `/* all-workspaces: one worker serves everyone */
     UPDATE link_news n SET due_at = $2, attempts = n.attempts + 1
       FROM (SELECT workspace_id, id FROM link_news WHERE due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) AS due
      WHERE n.workspace_id = due.workspace_id AND n.id = due.id
     RETURNING n.workspace_id AS "workspaceId", n.id, n.opportunity_id AS "opportunityId", n.source, n.urls, n.attempts`,
    [at.now, at.again],
  );
}

/** @returns false when somebody else was through with it first */
export async function settleNews(tx: Db, workspaceId: string, id: string): Promise<boolean> {
  return (await firstRow(tx, 'DELETE FROM link_news WHERE workspace_id = $1 AND id = $2 RETURNING id', [workspaceId, id])) !== undefined;
}

/** The card that news are of: its site, our own one, and the page of ours that it asks a link for. */
export interface NewsCard {
  readonly domain: string;
  readonly ownDomain: string | null;
  readonly targetUrl: string;
}

export async function findNewsCard(db: Db, workspaceId: string, opportunityId: string): Promise<NewsCard | undefined> {
  return firstRow(
    db,
    `SELECT s.domain, p.domain AS "ownDomain",
            coalesce((SELECT target_url FROM backlinks b WHERE b.workspace_id = o.workspace_id AND b.opportunity_id = o.id AND b.state <> 'closed'
                       ORDER BY b.state <> 'expected', b.state IN ('live', 'degraded'), b.required DESC, b.created_at, b.id LIMIT 1), t.url) AS "targetUrl"
       FROM opportunities o
       JOIN prospects s ON s.workspace_id = o.workspace_id AND s.id = o.prospect_id
       JOIN campaigns c ON c.workspace_id = o.workspace_id AND c.id = o.campaign_id
       JOIN projects p ON p.workspace_id = o.workspace_id AND p.id = o.project_id
       JOIN target_pages t ON t.workspace_id = o.workspace_id AND t.id = c.target_page_id
      WHERE o.workspace_id = $1 AND o.id = $2`,
    [workspaceId, opportunityId],
  );
}

/** Whether the site is one of ours: of any project of the workspace. */
export async function isOwnSite(db: Db, workspaceId: string, site: string): Promise<boolean> {
  return (await rows(db, 'SELECT id FROM projects WHERE workspace_id = $1 AND domain = $2 LIMIT 1', [workspaceId, site])).length > 0;
}
