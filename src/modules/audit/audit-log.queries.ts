import type { EntityManager } from 'typeorm';
import type { AuditDetails } from '../../platform/audit/audit-trail.js';
import type { ShownChange } from '../../platform/audit/noted-changes.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CREATION_ORDER, type CreationSort } from '../../platform/database/creation-order.js';
import { filterClause, filterNames } from '../../platform/database/filter-clause.js';
import { rows } from '../../platform/database/sql.js';
import type { ListRequest } from '../../platform/http/paging.js';

export interface AuditRow {
  readonly id: string;
  readonly createdAt: Date;
  readonly actorId: string | null;
  readonly keyId: string | null;
  readonly via: Actor['via'];
  readonly action: string;
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly details: AuditDetails;
  readonly changes: readonly ShownChange[];
  readonly requestId: string | null;
}

const FILTERS = {
  action: 'a.action',
  actorId: 'a.actor_id',
  keyId: 'a.key_id',
  requestId: 'a.request_id',
  subjectId: 'a.subject_id',
  subjectType: 'a.subject_type',
  via: 'a.via',
} as const;

export type AuditField = keyof typeof FILTERS;

export const AUDIT_LIST = { ...CREATION_ORDER, filters: filterNames(FILTERS) };

/** One row more than the limit, for `page`. */
export function listEntries(db: Pick<EntityManager, 'query'>, workspaceId: string, list: ListRequest<AuditField, CreationSort>): Promise<AuditRow[]> {
  const values: unknown[] = [workspaceId, list.limit + 1, ...(list.after ?? [])];
  const [beyond, direction] = list.sort === 'createdAt' ? ['>', 'ASC'] : ['<', 'DESC'];
  const place = list.after ? ` AND (a.at, a.id) ${beyond} ($3::timestamptz, $4::uuid)` : '';
  return rows(
    db,
    `SELECT a.id, a.at AS "createdAt", a.actor_id AS "actorId", a.key_id AS "keyId", a.via, a.action, a.subject_type AS "subjectType",
            a.subject_id AS "subjectId", a.details, a.changes, a.request_id AS "requestId"
       FROM audit_log a WHERE a.workspace_id = $1${place}${filterClause(FILTERS, list.filters, values)}
      ORDER BY a.at ${direction}, a.id ${direction} LIMIT $2`,
    values,
  );
}
