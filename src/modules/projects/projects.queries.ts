import type { EntityManager } from 'typeorm';
import type { Actor } from '../../platform/auth/actor.js';
import { borderClause } from '../../platform/database/border-clause.js';
import { CREATION_ORDER, rowsInCreationOrder, type CreationSort, type CreationStatement } from '../../platform/database/creation-order.js';
import { searchClause } from '../../platform/database/filter-clause.js';
import type { ListRequest } from '../../platform/http/lists/paging.js';
import type { Project } from './project.entity.js';
import type { TargetPage } from './target-page.entity.js';

type Db = Pick<EntityManager, 'query'>;

export const PROJECT_LIST = { ...CREATION_ORDER, filters: ['externalRef', 'domain'] } as const;
export const TARGET_PAGE_LIST = { ...CREATION_ORDER, filters: ['url'] } as const;

export function listProjects(db: Db, actor: Actor, list: ListRequest<'externalRef' | 'domain', CreationSort>): Promise<Project[]> {
  const values: unknown[] = [actor.workspaceId, list.filters.externalRef, list.filters.domain];
  const more = borderClause(actor, 'p.id', values) + searchClause(['p.name', 'p.domain'], list.search, values);
  const statement: CreationStatement = {
    sql: `SELECT p.id, p.version, p.name, p.url, p.domain, p.external_ref AS "externalRef", p.link_domain AS "linkDomain", p.link_domain_verified_at AS "linkDomainVerifiedAt",
                 p.created_at AS "createdAt" FROM projects p
           WHERE p.workspace_id = $1 AND ($2::text[] IS NULL OR p.external_ref = ANY ($2)) AND ($3::text[] IS NULL OR p.domain = ANY ($3))${more}`,
    values,
    alias: 'p',
  };
  return rowsInCreationOrder(db, statement, list);
}

export function listTargetPages(
  db: Db,
  owner: { readonly workspaceId: string; readonly projectId: string },
  list: ListRequest<'url', CreationSort>,
): Promise<TargetPage[]> {
  const statement: CreationStatement = {
    sql: `SELECT t.id, t.version, t.project_id AS "projectId", t.url, t.title, t.anchors, t.created_at AS "createdAt" FROM target_pages t
           WHERE t.workspace_id = $1 AND t.project_id = $2 AND ($3::text[] IS NULL OR t.url = ANY ($3))`,
    values: [owner.workspaceId, owner.projectId, list.filters.url],
    alias: 't',
  };
  return rowsInCreationOrder(db, statement, list);
}
