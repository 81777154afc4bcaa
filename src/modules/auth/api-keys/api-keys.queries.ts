import type { DataSource, EntityManager } from 'typeorm';
import type { Scope } from '../../../domain/permissions.js';
import {
  CREATION_ORDER,
  creationKey,
  rowsInCreationOrder,
  type CreationSort,
  type CreationStatement,
} from '../../../platform/database/creation-order.js';
import { firstRow } from '../../../platform/database/sql.js';
import { type ListRequest, type Page, page } from '../../../platform/http/lists/paging.js';

export const API_KEY_LIST = { ...CREATION_ORDER, filters: ['memberId'] } as const;
export type ApiKeyList = ListRequest<(typeof API_KEY_LIST.filters)[number], CreationSort>;

export interface ApiKeyRow {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: Scope[];
  readonly mailboxId: string | null;
  readonly projectIds: string[] | null;
  readonly memberId: string;
  readonly madeByKeyId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly oldKeyUntil: Date | null;
}

/** Whose keys are looked at: all of a workspace, or those of one member. */
export interface KeyAudience {
  readonly workspaceId: string;
  readonly memberId: string | null;
}

const COLUMNS = `id, version, name, prefix, scopes, mailbox_id AS "mailboxId", project_ids AS "projectIds", member_id AS "memberId", made_by_key_id AS "madeByKeyId", created_at AS "createdAt",
       expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt", old_key_until AS "oldKeyUntil"`;

const SEEN = 'workspace_id = $1 AND ($2::uuid IS NULL OR member_id = $2)';

export async function listApiKeys(db: DataSource, { workspaceId, memberId }: KeyAudience, list: ApiKeyList): Promise<Page<ApiKeyRow>> {
  const statement: CreationStatement = {
    sql: `SELECT ${COLUMNS} FROM api_keys k WHERE ${SEEN} AND ($3::text[] IS NULL OR k.member_id::text = ANY ($3))`,
    values: [workspaceId, memberId, list.filters.memberId],
    alias: 'k',
  };
  return page(await rowsInCreationOrder<ApiKeyRow>(db, statement, list), list.limit, creationKey, list.sort);
}

export function findApiKey(db: Pick<EntityManager, 'query'>, { workspaceId, memberId }: KeyAudience, id: string): Promise<ApiKeyRow | undefined> {
  return firstRow(db, `SELECT ${COLUMNS} FROM api_keys WHERE ${SEEN} AND id = $3`, [workspaceId, memberId, id]);
}
