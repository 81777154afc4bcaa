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
import { type ListRequest, type Page, page } from '../../platform/http/paging.js';

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

const SELECT = `SELECT m.id, m.version, m.user_id AS "userId", u.name, u.email, m.role, m.project_ids AS "projectIds",
            m.deactivated_at AS "deactivatedAt", m.created_at AS "createdAt"
            FROM members m JOIN users u ON u.id = m.user_id
           WHERE m.workspace_id = $1`;

/** The people of a workspace. */
export async function listMembers(db: DataSource, workspaceId: string, list: MemberList): Promise<Page<MemberRow>> {
  const statement: CreationStatement = {
    sql: `${SELECT} AND ($2::text[] IS NULL OR m.role = ANY ($2))`,
    values: [workspaceId, list.filters.role],
    alias: 'm',
  };
  return page(await rowsInCreationOrder<MemberRow>(db, statement, list), list.limit, creationKey, list.sort);
}

export function findMember(db: Pick<EntityManager, 'query'>, workspaceId: string, id: string): Promise<MemberRow | undefined> {
  return firstRow(db, `${SELECT} AND m.id = $2`, [workspaceId, id]);
}
