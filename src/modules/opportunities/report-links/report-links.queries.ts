import type { EntityManager } from 'typeorm';
import { CREATION_ORDER, type CreationSort, rowsInCreationOrder } from '../../../platform/database/creation-order.js';
import { firstRow } from '../../../platform/database/sql.js';
import type { ListRequest, ListRules } from '../../../platform/http/lists/paging.js';

type Db = Pick<EntityManager, 'query'>;

/** A link as its owners see it: the token is kept nowhere. */
export interface ReportLinkRow {
  readonly id: string;
  readonly contactId: string | null;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly createdAt: Date;
}

export const REPORT_LINK_LIST: ListRules<never, CreationSort> = { ...CREATION_ORDER, filters: [] };

/** One row more than the limit, for `page` to see that there are more. */
export async function listReportLinks(
  db: Db,
  workspaceId: string,
  opportunityId: string,
  list: ListRequest<never, CreationSort>,
): Promise<ReportLinkRow[]> {
  const sql = `SELECT r.id, r.contact_id AS "contactId", r.expires_at AS "expiresAt", r.revoked_at AS "revokedAt", r.created_at AS "createdAt"
                 FROM report_links r WHERE r.workspace_id = $1 AND r.opportunity_id = $2`;
  return rowsInCreationOrder(db, { sql, values: [workspaceId, opportunityId], alias: 'r' }, list);
}

/** @returns whether it was open until now; undefined when the card has no such link */
export async function revokeReportLink(
  tx: Db,
  workspaceId: string,
  link: { readonly id: string; readonly opportunityId: string; readonly at: Date },
): Promise<{ readonly wasOpen: boolean } | undefined> {
  return firstRow(
    tx,
    `UPDATE report_links r SET revoked_at = coalesce(r.revoked_at, $4)
       FROM (SELECT workspace_id, id, revoked_at IS NULL AS open FROM report_links WHERE workspace_id = $1 AND id = $2 FOR UPDATE) AS before
      WHERE r.workspace_id = $1 AND before.workspace_id = $1 AND r.id = before.id AND r.opportunity_id = $3 RETURNING before.open AS "wasOpen"`,
    [workspaceId, link.id, link.opportunityId, link.at],
  );
}
