import type { Actor } from './actor.js';

/**
 * Whether a thing of this project lies inside the actor's second border. Things of no project at all (mailboxes, the
 * workspace itself) are not asked about here: their routes say who may see them.
 * In SQL: `($n::uuid[] IS NULL OR x.project_id = ANY ($n))` with `actor.projectIds`.
 */
export function seesProject(actor: Pick<Actor, 'projectIds'>, projectId: string | null): boolean {
  return actor.projectIds === null || (projectId !== null && actor.projectIds.includes(projectId));
}
