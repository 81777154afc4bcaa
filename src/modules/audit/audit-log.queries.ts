import type { EntityManager } from 'typeorm';
import type { AuditDetails } from '../../platform/audit/audit-trail.js';
import type { ShownChange } from '../../platform/audit/noted-changes.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CREATION_ORDER, type CreationSort } from '../../platform/database/creation-order.js';
import { filterClause, filterNames, rangeClause } from '../../platform/database/filter-clause.js';
import { rows } from '../../platform/database/sql.js';
import { withTotal } from '../../platform/database/total.js';
import type { ListRequest } from '../../platform/http/lists/paging.js';

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
  subjectId: 'a.subject_id',
  subjectType: 'a.subject_type',
  via: 'a.via',
} as const;

export type AuditField = keyof typeof FILTERS | 'requestId';

export const AUDIT_LIST = { ...CREATION_ORDER, filters: [...filterNames(FILTERS), 'requestId' as const] };

/** One row more than the limit, for `page`. */
export async function listEntries(
  db: Pick<EntityManager, 'query'>,
  workspaceId: string,
  list: ListRequest<AuditField, CreationSort>,
): Promise<AuditRow[]> {
  const { requestId, ...filters } = list.filters;
  const values: unknown[] = [workspaceId];
  const more = filterClause(FILTERS, filters, values) + rangeClause({ createdAt: 'a.at' }, list.ranges, values);
  const request = requestId ? ` AND a.request_id = ANY ($${values.push(requestId)}::text[])` : ''; // a caller's own text
  const sql = `SELECT a.id, a.at AS "createdAt", a.actor_id AS "actorId", a.key_id AS "keyId", a.via, a.action, a.subject_type AS "subjectType",
            a.subject_id AS "subjectId", a.details, a.changes, a.request_id AS "requestId"
       FROM audit_log a WHERE a.workspace_id = $1${more}${request}`;
  const all = { sql, values: [...values], count: list.count };
  const [beyond, direction] = list.sort === 'createdAt' ? ['>', 'ASC'] : ['<', 'DESC'];
  const [at, id] = list.after ?? [];
  const place = list.after ? ` AND (a.at, a.id) ${beyond} ($${values.push(at)}::timestamptz, $${values.push(id)}::uuid)` : '';
  const limit = values.push(list.limit + 1);
  return withTotal(db, await rows<AuditRow>(db, `${sql}${place} ORDER BY a.at ${direction}, a.id ${direction} LIMIT $${limit}`, values), all);
}
