import type { EntityManager } from 'typeorm';
import { rows } from '../../../platform/database/sql.js';
import { wake } from '../../../platform/jobs/work-loops.js';

/** Pages that somebody names as live, to be looked at once the caller's transaction is through. */
export interface LinkNews {
  /** Of the mail or the step that brought them: told twice they are looked at once. */
  readonly id: string;
  readonly opportunityId: string;
  readonly source: 'reply' | 'pitch';
  readonly urls: readonly string[];
  readonly at: Date;
}

export const MOST_NEWS_URLS = 20;

/** Looking at an address asks name servers, which no transaction waits for: the loop `news` reports what is left here. */
export async function leaveLinkNews(tx: Pick<EntityManager, 'query'>, workspaceId: string, news: LinkNews): Promise<void> {
  const urls = news.urls.slice(0, MOST_NEWS_URLS);
  if (urls.length === 0) return;
  await rows(
    tx,
    `INSERT INTO link_news (workspace_id, id, opportunity_id, source, urls, due_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
     ON CONFLICT DO NOTHING`,
    [workspaceId, news.id, news.opportunityId, news.source, urls, news.at],
  );
  await wake(tx, 'news');
}
