import type { DataSource, EntityManager } from 'typeorm';
import type { Standing } from '../../../domain/member-rules.js';
import type { Role } from '../../../domain/permissions.js';
import {
  CREATION_ORDER,
  creationKey,
  rowsInCreationOrder,
  type CreationSort,
  type CreationStatement,
} from '../../../platform/database/creation-order.js';
import { firstRow } from '../../../platform/database/sql.js';
import { type ListRequest, type Page, page } from '../../../platform/http/lists/paging.js';

export const INVITATION_STATES = ['pending', 'expired', 'accepted', 'revoked'] as const;
export type InvitationState = (typeof INVITATION_STATES)[number];

export const INVITATION_LIST = { ...CREATION_ORDER, filters: ['state'] } as const;
export type InvitationList = ListRequest<(typeof INVITATION_LIST.filters)[number], CreationSort>;

export interface InvitationRow {
  readonly id: string;
  readonly version: number;
  readonly email: string;
  readonly role: Role;
  readonly projectIds: string[] | null;
  readonly state: InvitationState;
  readonly inviterId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** $2 is the present. */
const STATE = `CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.revoked_at IS NOT NULL THEN 'revoked'
                    WHEN i.expires_at <= $2::timestamptz THEN 'expired' ELSE 'pending' END`;
const SELECT = `SELECT i.id, i.version, i.email, i.role, i.project_ids AS "projectIds", ${STATE} AS state, i.inviter_id AS "inviterId",
       i.created_at AS "createdAt", i.expires_at AS "expiresAt" FROM invitations i WHERE i.workspace_id = $1`;

export async function listInvitations(db: DataSource, at: { workspaceId: string; now: Date }, list: InvitationList): Promise<Page<InvitationRow>> {
  const statement: CreationStatement = {
    sql: `${SELECT} AND ($3::text[] IS NULL OR ${STATE} = ANY ($3))`,
    values: [at.workspaceId, at.now, list.filters.state],
    alias: 'i',
  };
  return page(await rowsInCreationOrder<InvitationRow>(db, statement, list), list.limit, creationKey, list.sort);
}

export function findInvitation(tx: EntityManager, at: { workspaceId: string; now: Date }, id: string): Promise<InvitationRow | undefined> {
  return firstRow(tx, `${SELECT} AND i.id = $3`, [at.workspaceId, at.now, id]);
}

/** An invitation as the holder of its link meets it. */
export interface OpenedInvitation {
  readonly id: string;
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly inviterName: string;
  readonly inviter: Standing;
  readonly email: string;
  readonly role: Role;
  readonly projectIds: string[] | null;
  readonly expiresAt: Date;
  /** Of whoever has this address already. */
  readonly account: { readonly id: string; readonly passwordHash: string | null; readonly secondFactor: boolean } | null;
  readonly accepted: boolean;
  /** It, or the key that made it. */
  readonly revoked: boolean;
  /** Of the key that made it. */
  readonly keyExpiresAt: Date | null;
}

/** With the account, in one look: between two, somebody who accepts at the same time could have made it. */
const BY_TOKEN = `
  /* all-workspaces: a token names its workspace */
  SELECT i.id, i.workspace_id AS "workspaceId", w.name AS "workspaceName", u.name AS "inviterName", i.email, i.role, i.project_ids AS "projectIds",
         jsonb_build_object('role', m.role, 'projectIds', m.project_ids, 'active', m.deactivated_at IS NULL) AS inviter,
         CASE WHEN a.id IS NOT NULL THEN jsonb_build_object('id', a.id, 'passwordHash', a.password_hash,
           'secondFactor', EXISTS (SELECT FROM second_factors f WHERE f.user_id = a.id AND f.confirmed_at IS NOT NULL)) END AS account,
         i.expires_at AS "expiresAt", i.accepted_at IS NOT NULL AS accepted, i.revoked_at IS NOT NULL OR k.revoked_at IS NOT NULL AS revoked,
         k.expires_at AS "keyExpiresAt"
    FROM invitations i
    LEFT JOIN api_keys k ON k.workspace_id = i.workspace_id AND k.id = i.key_id
    JOIN workspaces w ON w.id = i.workspace_id
    JOIN members m ON m.workspace_id = i.workspace_id AND m.id = i.inviter_id
    JOIN users u ON u.id = m.user_id
    LEFT JOIN users a ON lower(a.email) = lower(i.email)
   WHERE i.token_hash = $1`;

export function findByToken(db: Pick<EntityManager, 'query'>, tokenHash: string): Promise<OpenedInvitation | undefined> {
  return firstRow(db, BY_TOKEN, [tokenHash]);
}

/** Of two who accept at once, the second sees what the first did. */
export function lockByToken(tx: EntityManager, tokenHash: string): Promise<OpenedInvitation | undefined> {
  return firstRow(tx, `${BY_TOKEN} FOR NO KEY UPDATE OF i`, [tokenHash]);
}
