import type { DataSource, EntityManager } from 'typeorm';
import type { Role } from '../../domain/permissions.js';
import {
  CREATION_ORDER,
  creationKey,
  rowsInCreationOrder,
  type CreationSort,
  type CreationStatement,
} from '../../platform/database/creation-order.js';
import { firstRow } from '../../platform/database/sql.js';
import { type ListRequest, type Page, page } from '../../platform/http/lists/paging.js';

/** The founders first. */
export const MEMBER_LIST = { ...CREATION_ORDER, sorts: ['createdAt', '-createdAt'], filters: ['role'] } as const;
export type MemberList = ListRequest<(typeof MEMBER_LIST.filters)[number], CreationSort>;

export interface MemberRow {
  readonly id: string;
  readonly version: number;
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly projectIds: string[] | null;
  readonly deactivatedAt: Date | null;
  readonly createdAt: Date;
}

/** Whose list it is: the border of the actor cuts it. */
export interface MemberScope {
  readonly workspaceId: string;
  readonly projectIds: readonly string[] | null;
}

/**
 * $2 is the actor's border: behind it are those who share no project with them, and what others see beside what they share. A client
 * must not meet the other clients of an agency.
 */
const SELECT = `SELECT m.id, m.version, m.user_id AS "userId", u.name, u.email, m.role, m.deactivated_at AS "deactivatedAt", m.created_at AS "createdAt",
       CASE WHEN $2::uuid[] IS NULL OR m.project_ids IS NULL THEN m.project_ids
            ELSE ARRAY (SELECT id FROM unnest(m.project_ids) AS seen (id) WHERE id = ANY ($2)) END AS "projectIds"
  FROM members m JOIN users u ON u.id = m.user_id
 WHERE m.workspace_id = $1 AND ($2::uuid[] IS NULL OR m.project_ids IS NULL OR m.project_ids && $2)`;

/** The people of a workspace. */
export async function listMembers(db: DataSource, of: MemberScope, list: MemberList): Promise<Page<MemberRow>> {
  const statement: CreationStatement = {
    sql: `${SELECT} AND ($3::text[] IS NULL OR m.role = ANY ($3))`,
    values: [of.workspaceId, of.projectIds, list.filters.role],
    alias: 'm',
  };
  return page(await rowsInCreationOrder<MemberRow>(db, statement, list), list.limit, creationKey, list.sort);
}

export function findMember(db: Pick<EntityManager, 'query'>, of: MemberScope, id: string): Promise<MemberRow | undefined> {
  return firstRow(db, `${SELECT} AND m.id = $3`, [of.workspaceId, of.projectIds, id]);
}
