import type { EntityManager } from 'typeorm';
import { Conflict, type DomainError, Forbidden, NotFound, RuleViolation } from '../../domain/errors.js';
import type { Standing, StandingRefusal, TeamManager } from '../../domain/member-rules.js';
import { ROLE_PERMISSIONS, type Role } from '../../domain/permissions.js';
import type { Actor } from '../../platform/auth/actor.js';
import { firstRow, rows } from '../../platform/database/sql.js';

interface StandingRow extends Standing {
  readonly version: number;
  readonly userId: string;
}

/**
 * Changes of the team of a workspace wait for each other from here to the end of `tx`: two owners who demote each other at once
 * would both find another owner in place.
 */
export async function lockTeam(tx: EntityManager, workspaceId: string): Promise<void> {
  await rows(tx, 'SELECT FROM workspaces WHERE id = $1 FOR NO KEY UPDATE', [workspaceId]);
}

/** Locked: nobody gives them work meanwhile (`requireWorker`). @throws NotFound */
export async function lockStanding(tx: EntityManager, workspaceId: string, id: string, pointer?: string): Promise<StandingRow> {
  const row = await firstRow<StandingRow>(
    tx,
    `SELECT role, project_ids AS "projectIds", deactivated_at IS NULL AS active, version, user_id AS "userId"
       FROM members WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE`,
    [workspaceId, id],
  );
  if (!row) throw new NotFound('member', pointer);
  return row;
}

/** Active owners beside the member. Call `lockTeam` first. */
export async function countOtherOwners(tx: EntityManager, workspaceId: string, id: string): Promise<number> {
  const others = await rows(tx, `SELECT FROM members WHERE workspace_id = $1 AND id <> $2 AND role = 'owner' AND deactivated_at IS NULL`, [
    workspaceId,
    id,
  ]);
  return others.length;
}

/**
 * The actor as a manager of people, by what stands in the table now: a credential is believed for some seconds, in which somebody who
 * was just demoted could make themselves an owner again. Call `lockTeam` first.
 * @throws Forbidden
 */
export async function requireTeamManager(tx: EntityManager, actor: Actor): Promise<TeamManager> {
  if (actor.projectIds !== null) throw refusal('outside_border');
  if (actor.memberId === null) return actor;
  const now = await firstRow<{ role: Role; projectIds: string[] | null }>(
    tx,
    'SELECT role, project_ids AS "projectIds" FROM members WHERE workspace_id = $1 AND id = $2 AND deactivated_at IS NULL',
    [actor.workspaceId, actor.memberId],
  );
  if (!now || !ROLE_PERMISSIONS[now.role].has('members:write')) throw new Forbidden('This needs the permission members:write.');
  return { role: now.role, projectIds: now.projectIds, permissions: actor.permissions };
}

/** What a refusal is for the caller. */
export function refusal(why: StandingRefusal): DomainError {
  switch (why) {
    case 'outside_border':
      return new Forbidden('Who sees only some projects does not manage people.');
    case 'outranks_you':
      return new Forbidden('This member has a higher role than you.');
    case 'role_exceeds_yours':
      return RuleViolation.at('/role', 'role_exceeds_yours', 'You may not do yourself all that this role may.');
    case 'owner_sees_all':
      return RuleViolation.at('/projectIds', 'owner_sees_all', 'An owner sees every project: leave this out, or send null.');
    case 'last_owner':
      return new Conflict('last_owner', 'The workspace would have no owner. Make somebody else an owner first.');
  }
}
