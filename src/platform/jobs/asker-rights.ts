import { Forbidden } from '../../domain/errors.js';
import { type Permission, type Role, ROLES } from '../../domain/permissions.js';
import { withinBoth } from '../../domain/project-scope.js';
import type { Actor } from '../auth/actor.js';

/** What somebody may do at this moment. */
export type Rights = Pick<Actor, 'role' | 'projectIds' | 'permissions'>;

/** Looks up what the actor may do now; undefined when the member has gone or the key has ended. The auth feature provides it. */
export type RightsNow = (actor: Actor) => Promise<Rights | undefined>;

export const RIGHTS_ENDED = {
  status: 403,
  code: 'job_rights_ended',
  detail: 'Whoever asked for this work may not do it any more. What was done until then stays done.',
} as const;

/**
 * The actor of a job for its next step: never more than they were when they asked, and never more than they are now.
 * @throws Forbidden `job_rights_ended` when too little is left for the work
 */
export async function requireRightsStill(asker: Actor, needs: readonly Permission[], rightsNow: RightsNow): Promise<Actor> {
  if (asker.via === 'system') return asker;
  const now = await rightsNow(asker);
  const permissions = new Set([...asker.permissions].filter((permission) => now?.permissions.has(permission)));
  if (!now || needs.some((permission) => !permissions.has(permission))) throw new Forbidden(RIGHTS_ENDED.detail, RIGHTS_ENDED.code);
  return { ...asker, permissions, role: lowerRole(asker.role, now.role), projectIds: withinBoth(asker.projectIds, now.projectIds) };
}

function lowerRole(one: Role, other: Role): Role {
  return ROLES.indexOf(one) > ROLES.indexOf(other) ? one : other;
}
