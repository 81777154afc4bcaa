import type { DataSource } from 'typeorm';
import type { Role } from '../../domain/permissions.js';
import { rows } from '../../platform/database/sql.js';
import { type ListRequest, type Page, page } from '../../platform/http/paging.js';

export const MEMBER_LIST = { sorts: ['createdAt', '-createdAt'], filters: ['role'], key: ['instant', 'uuid'] } as const;
export type MemberList = ListRequest<(typeof MEMBER_LIST.filters)[number], (typeof MEMBER_LIST.sorts)[number]>;

export interface MemberRow {
  readonly id: string;
  readonly version: number;
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly deactivatedAt: Date | null;
  readonly createdAt: Date;
}

/** The people of a workspace. */
export async function listMembers(db: DataSource, workspaceId: string, list: MemberList): Promise<Page<MemberRow>> {
  const [order, beyond] = list.sort === 'createdAt' ? ['ASC', '>'] : ['DESC', '<'];
  const [createdAt = null, id = null] = list.after ?? [];
  const found = await rows<MemberRow>(
    db,
    `SELECT m.id, m.version, m.user_id AS "userId", u.name, u.email, m.role, m.deactivated_at AS "deactivatedAt", m.created_at AS "createdAt"
       FROM members m JOIN users u ON u.id = m.user_id
      WHERE m.workspace_id = $1 AND ($2::text[] IS NULL OR m.role = ANY ($2)) AND ($3::timestamptz IS NULL OR (m.created_at, m.id) ${beyond} ($3, $4::uuid))
      ORDER BY m.created_at ${order}, m.id ${order} LIMIT $5`,
    [workspaceId, list.filters.role ?? null, createdAt, id, list.limit + 1],
  );
  return page(found, list.limit, (row) => [row.createdAt.toISOString(), row.id], list.sort);
}
