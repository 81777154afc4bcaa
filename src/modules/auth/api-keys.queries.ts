import type { DataSource, EntityManager } from 'typeorm';
import type { Scope } from '../../domain/permissions.js';
import {
  CREATION_ORDER,
  creationKey,
  rowsInCreationOrder,
  type CreationSort,
  type CreationStatement,
} from '../../platform/database/creation-order.js';
import { firstRow } from '../../platform/database/sql.js';
import { type ListRequest, type Page, page } from '../../platform/http/paging.js';

export const API_KEY_LIST = { ...CREATION_ORDER, filters: ['memberId'] } as const;
export type ApiKeyList = ListRequest<(typeof API_KEY_LIST.filters)[number], CreationSort>;

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
  const statement: CreationStatement = {
    sql: `SELECT ${COLUMNS} FROM api_keys k WHERE k.workspace_id = $1 AND ($2::text[] IS NULL OR k.member_id::text = ANY ($2))`,
    values: [workspaceId, list.filters.memberId],
    alias: 'k',
  };
  return page(await rowsInCreationOrder<ApiKeyRow>(db, statement, list), list.limit, creationKey, list.sort);
}

export function findApiKey(tx: EntityManager, workspaceId: string, id: string): Promise<ApiKeyRow | undefined> {
  return firstRow(tx, `SELECT ${COLUMNS} FROM api_keys WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
}
