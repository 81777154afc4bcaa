import type { EntityManager } from 'typeorm';
import {
  CREATION_ORDER,
  creationKey,
  rowsInCreationOrder,
  type CreationSort,
  type CreationStatement,
} from '../../../platform/database/creation-order.js';
import { type ListRequest, type Page, page } from '../../../platform/http/lists/paging.js';

export const SESSION_LIST = { ...CREATION_ORDER, filters: [] } as const;
export type SessionList = ListRequest<never, CreationSort>;

export interface SessionRow {
  readonly id: string;
  readonly version: number;
  readonly workspaceId: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly userAgent: string | null;
}

/** A session that still opens something: `$now`, and `$idle`, before which nobody may have been seen last. */
export const liveSession = (alias: string, now: string, idle: string): string =>
  `${alias}.revoked_at IS NULL AND ${alias}.expires_at > ${now} AND COALESCE(${alias}.last_seen_at, ${alias}.created_at) > ${idle}`;

export async function listSessions(
  db: Pick<EntityManager, 'query'>,
  of: { readonly userId: string; readonly now: Date; readonly idleSince: Date },
  list: SessionList,
): Promise<Page<SessionRow>> {
  const statement: CreationStatement = {
    sql: `/* all-workspaces: those of one person */
          SELECT s.id, s.version, s.workspace_id AS "workspaceId", s.created_at AS "createdAt", COALESCE(s.last_seen_at, s.created_at) AS "lastSeenAt",
                 s.expires_at AS "expiresAt", s.user_agent AS "userAgent"
            FROM sessions s WHERE s.user_id = $1 AND ${liveSession('s', '$2', '$3')}`,
    values: [of.userId, of.now, of.idleSince],
    alias: 's',
  };
  return page(await rowsInCreationOrder<SessionRow>(db, statement, list), list.limit, creationKey, list.sort);
}
