import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/sql.js';
import type { ListRequest } from '../../platform/http/paging.js';
import type { Project } from './project.entity.js';
import type { TargetPage } from './target-page.entity.js';

type Db = Pick<EntityManager, 'query'>;
type Sort = '-createdAt' | 'createdAt';

const BY_CREATION = { sorts: ['-createdAt', 'createdAt'], key: ['instant', 'uuid'] } as const;
export const PROJECT_LIST = { ...BY_CREATION, filters: ['externalRef', 'domain'] } as const;
export const TARGET_PAGE_LIST = { ...BY_CREATION, filters: ['url'] } as const;

export function listProjects(db: Db, workspaceId: string, list: ListRequest<'externalRef' | 'domain', Sort>): Promise<Project[]> {
  const [after, direction] = list.sort === 'createdAt' ? ['>', 'ASC'] : ['<', 'DESC'];
  return rows(
    db,
    `SELECT id, version, name, url, domain, external_ref AS "externalRef", created_at AS "createdAt" FROM projects
      WHERE workspace_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) ${after} ($2, $3::uuid))
        AND ($4::text[] IS NULL OR external_ref = ANY ($4)) AND ($5::text[] IS NULL OR domain = ANY ($5))
      ORDER BY created_at ${direction}, id ${direction} LIMIT $6`,
    [workspaceId, list.after?.[0], list.after?.[1], list.filters.externalRef, list.filters.domain, list.limit + 1],
  );
}

export function listTargetPages(
  db: Db,
  owner: { readonly workspaceId: string; readonly projectId: string },
  list: ListRequest<'url', Sort>,
): Promise<TargetPage[]> {
  const [after, direction] = list.sort === 'createdAt' ? ['>', 'ASC'] : ['<', 'DESC'];
  return rows(
    db,
    `SELECT id, version, project_id AS "projectId", url, title, anchors, created_at AS "createdAt" FROM target_pages
      WHERE workspace_id = $1 AND project_id = $2 AND ($3::timestamptz IS NULL OR (created_at, id) ${after} ($3, $4::uuid))
        AND ($5::text[] IS NULL OR url = ANY ($5))
      ORDER BY created_at ${direction}, id ${direction} LIMIT $6`,
    [owner.workspaceId, owner.projectId, list.after?.[0], list.after?.[1], list.filters.url, list.limit + 1],
  );
}
