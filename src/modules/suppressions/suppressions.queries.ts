import type { EntityManager } from 'typeorm';
import type { Actor } from '../../platform/auth/actor.js';
import { CREATION_ORDER, rowsInCreationOrder, type CreationSort, type CreationStatement } from '../../platform/database/creation-order.js';
import { hot } from '../../platform/database/preparing-client.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { ListRequest } from '../../platform/http/lists/paging.js';
import type { Suppression, SuppressionKind, SuppressionSource } from './suppression.entity.js';

const COLUMNS = `id, version, kind, value, value_hash AS "valueHash", reason, source, project_id AS "projectId", expires_at AS "expiresAt", created_at AS "createdAt"`;

export type SuppressionRow = Omit<Suppression, 'workspaceId'>;

export const SUPPRESSION_LIST = {
  ...CREATION_ORDER,
  filters: ['kind', 'value', 'reason', 'source', 'projectId'],
} as const;

type SuppressionListRequest = ListRequest<(typeof SUPPRESSION_LIST.filters)[number], CreationSort>;

/** Of the actor's projects, and those that protect all. */
export function listSuppressions(db: Pick<EntityManager, 'query'>, actor: Actor, list: SuppressionListRequest): Promise<SuppressionRow[]> {
  const { kind, value, reason, source, projectId } = list.filters;
  const statement: CreationStatement = {
    sql: `SELECT ${COLUMNS} FROM suppressions s
           WHERE s.workspace_id = $1 AND ($2::text[] IS NULL OR s.kind = ANY ($2)) AND ($3::text[] IS NULL OR s.value = ANY ($3))
             AND ($4::text[] IS NULL OR s.reason = ANY ($4)) AND ($5::text[] IS NULL OR s.source = ANY ($5))
             AND ($6::text[] IS NULL OR s.project_id::text = ANY ($6)) AND ($7::uuid[] IS NULL OR s.project_id IS NULL OR s.project_id = ANY ($7))`,
    values: [actor.workspaceId, kind, value, reason, source, projectId, actor.projectIds],
    alias: 's',
  };
  return rowsInCreationOrder(db, statement, list);
}

/** A suppression as it is to be; values normalised. */
export interface NewSuppression {
  readonly workspaceId: string;
  readonly id: string;
  readonly kind: SuppressionKind;
  /** Null where only the hash is known, which then stands in its place. */
  readonly value: string | null;
  readonly valueHash: string | null;
  readonly reason: string;
  readonly source: SuppressionSource;
  readonly projectId: string | null;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
}

/**
 * Makes it, or strengthens the one there is: longer instead of shorter, a person's word instead of a bounce. Undefined
 * when that one is as strong already. `created` tells which.
 */
export function upsertSuppression(tx: EntityManager, row: NewSuppression): Promise<(SuppressionRow & { readonly created: boolean }) | undefined> {
  return firstRow(
    tx,
    `INSERT INTO suppressions AS s (workspace_id, id, kind, value, value_hash, reason, source, project_id, expires_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT ON CONSTRAINT suppressions_value_key DO UPDATE SET version = s.version + 1, reason = excluded.reason, source = excluded.source,
       expires_at = CASE WHEN s.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL ELSE greatest(s.expires_at, excluded.expires_at) END
     WHERE s.expires_at < excluded.expires_at OR (s.expires_at IS NOT NULL AND excluded.expires_at IS NULL)
        OR (s.source = 'bounce' AND excluded.source <> 'bounce')
     RETURNING ${COLUMNS}, xmax = 0 AS created`,
    [row.workspaceId, row.id, row.kind, row.value, row.valueHash, row.reason, row.source, row.projectId, row.expiresAt, row.createdAt],
  );
}

export function readSuppression(
  tx: EntityManager,
  row: Pick<NewSuppression, 'workspaceId' | 'kind' | 'value' | 'valueHash' | 'projectId'>,
): Promise<SuppressionRow | undefined> {
  return firstRow(
    tx,
    `SELECT ${COLUMNS} FROM suppressions
      WHERE workspace_id = $1 AND kind = $2 AND project_id IS NOT DISTINCT FROM $5 AND value IS NOT DISTINCT FROM $3 AND value_hash IS NOT DISTINCT FROM $4`,
    [row.workspaceId, row.kind, row.value, row.valueHash, row.projectId],
  );
}

/** Which of the given addresses and domains are suppressed at `at`. */
export function matchSuppressions(
  db: Pick<EntityManager, 'query'>,
  workspaceId: string,
  wanted: {
    readonly addresses: readonly string[];
    readonly hashes: readonly string[];
    readonly domains: readonly string[];
    readonly projectId: string | null;
    readonly at: Date;
  },
): Promise<Pick<SuppressionRow, 'id' | 'kind' | 'value' | 'valueHash' | 'reason' | 'source'>[]> {
  return rows(
    db,
    hot(`SELECT id, kind, value, value_hash AS "valueHash", reason, source FROM suppressions
      WHERE workspace_id = $1 AND ((kind = 'address' AND value = ANY ($2)) OR (kind = 'domain' AND value = ANY ($3)) OR value_hash = ANY ($6))
        AND (project_id IS NULL OR project_id = $4) AND (expires_at IS NULL OR expires_at > $5)
      ORDER BY project_id NULLS FIRST, kind, id`),
    [workspaceId, wanted.addresses, wanted.domains, wanted.projectId, wanted.at, wanted.hashes],
  );
}

/** Suppressions of single addresses, without their values. */
export function findStops(
  tx: EntityManager,
  workspaceId: string,
  of: { readonly emailKeys: readonly string[]; readonly sources: readonly SuppressionSource[] },
): Promise<Pick<SuppressionRow, 'kind' | 'reason' | 'source' | 'projectId' | 'expiresAt'>[]> {
  return rows(
    tx,
    `SELECT kind, reason, source, project_id AS "projectId", expires_at AS "expiresAt" FROM suppressions
      WHERE workspace_id = $1 AND kind = 'address' AND value = ANY ($2) AND source = ANY ($3) ORDER BY id`,
    [workspaceId, of.emailKeys, of.sources],
  );
}

/** Of the same person, as far as contacts were merged. */
export async function otherAddressesOf(tx: EntityManager, workspaceId: string, emailKey: string): Promise<string[]> {
  const found = await rows<{ emailKey: string }>(
    tx,
    `SELECT o.email_key AS "emailKey" FROM contacts c JOIN contacts o ON o.workspace_id = $1 AND o.id <> c.id AND o.erased_at IS NULL
        AND (o.id = c.merged_into_id OR o.merged_into_id = c.id OR o.merged_into_id = c.merged_into_id)
      WHERE c.workspace_id = $1 AND c.email_key = $2 ORDER BY o.id`,
    [workspaceId, emailKey],
  );
  return found.map((row) => row.emailKey);
}

/** Contacts whom a suppression concerns. */
export async function contactsOf(tx: EntityManager, workspaceId: string, kind: SuppressionKind, value: string): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    kind === 'address'
      ? 'SELECT id FROM contacts WHERE workspace_id = $1 AND email_key = $2 ORDER BY id'
      : // normalised domains hold neither of the two signs that LIKE gives a meaning
        `SELECT id FROM contacts WHERE workspace_id = $1 AND (email_key LIKE '%@' || $2 OR email_key LIKE '%.' || $2) ORDER BY id`,
    [workspaceId, value],
  );
  return found.map((row) => row.id);
}

/** Enrollments of the contacts that still run for one project. */
export async function openEnrollmentsOf(
  tx: EntityManager,
  workspaceId: string,
  wanted: { readonly projectId: string; readonly contactIds: readonly string[]; readonly states: readonly string[] },
): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    'SELECT id FROM enrollments WHERE workspace_id = $1 AND project_id = $2 AND contact_id = ANY ($3) AND state = ANY ($4) ORDER BY id',
    [workspaceId, wanted.projectId, wanted.contactIds, wanted.states],
  );
  return found.map((row) => row.id);
}

/** The row that was taken out; undefined when it is not there in this version. */
export function deleteSuppression(
  tx: EntityManager,
  workspaceId: string,
  id: string,
  version: number | null,
): Promise<Pick<SuppressionRow, 'kind' | 'source' | 'projectId'> | undefined> {
  return firstRow(
    tx,
    'DELETE FROM suppressions WHERE workspace_id = $1 AND id = $2 AND ($3::int IS NULL OR version = $3) RETURNING kind, source, project_id AS "projectId"',
    [workspaceId, id, version],
  );
}

/** Whether an address is known by its hash: whoever it belongs to was erased. */
export async function isHashed(tx: Pick<EntityManager, 'query'>, workspaceId: string, valueHash: string): Promise<boolean> {
  return (await firstRow(tx, 'SELECT FROM suppressions WHERE workspace_id = $1 AND value_hash = $2 LIMIT 1', [workspaceId, valueHash])) !== undefined;
}

/** Puts the hash in place of the address; what was said of it already by hash alone stays, and is enough. */
export async function replaceByHash(tx: EntityManager, workspaceId: string, value: string, valueHash: string): Promise<void> {
  await rows(
    tx,
    `DELETE FROM suppressions s WHERE s.workspace_id = $1 AND s.kind = 'address' AND s.value = $2 AND EXISTS (
       SELECT FROM suppressions h WHERE h.workspace_id = $1 AND h.value_hash = $3 AND h.project_id IS NOT DISTINCT FROM s.project_id AND h.expires_at IS NULL)`,
    [workspaceId, value, valueHash],
  );
  await rows(
    tx,
    `UPDATE suppressions SET value = NULL, value_hash = $3, expires_at = NULL, version = version + 1 WHERE workspace_id = $1 AND kind = 'address' AND value = $2`,
    [workspaceId, value, valueHash],
  );
}
