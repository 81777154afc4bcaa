import type { DataSource, EntityManager } from 'typeorm';
import type { Scope } from '../../domain/permissions.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { type ListRequest, type Page, page } from '../../platform/http/paging.js';

export const API_KEY_LIST = { sorts: ['-createdAt', 'createdAt'], filters: ['memberId'], key: ['instant', 'uuid'] } as const;
export type ApiKeyList = ListRequest<(typeof API_KEY_LIST.filters)[number], (typeof API_KEY_LIST.sorts)[number]>;

export interface ApiKeyRow {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: Scope[];
  readonly mailboxId: string | null;
  readonly memberId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

const COLUMNS = `id, version, name, prefix, scopes, mailbox_id AS "mailboxId", member_id AS "memberId", created_at AS "createdAt",
       expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"`;

export async function listApiKeys(db: DataSource, workspaceId: string, list: ApiKeyList): Promise<Page<ApiKeyRow>> {
  const [order, beyond] = list.sort === 'createdAt' ? ['ASC', '>'] : ['DESC', '<'];
  const [createdAt = null, id = null] = list.after ?? [];
  const found = await rows<ApiKeyRow>(
    db,
    `SELECT ${COLUMNS} FROM api_keys
      WHERE workspace_id = $1 AND ($2::text[] IS NULL OR member_id::text = ANY ($2)) AND ($3::timestamptz IS NULL OR (created_at, id) ${beyond} ($3, $4::uuid))
      ORDER BY created_at ${order}, id ${order} LIMIT $5`,
    [workspaceId, list.filters.memberId ?? null, createdAt, id, list.limit + 1],
  );
  return page(found, list.limit, (row) => [row.createdAt.toISOString(), row.id], list.sort);
}

export function findApiKey(tx: EntityManager, workspaceId: string, id: string): Promise<ApiKeyRow | undefined> {
  return firstRow(tx, `SELECT ${COLUMNS} FROM api_keys WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
}
