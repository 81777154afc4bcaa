import type { EntityManager } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import type { Actor } from '../../platform/auth/actor.js';
import { rows } from '../../platform/database/sql.js';

/**
 * That a list of projects in a body names only such as are there and the actor sees; they stay until the end of `tx`. No list, no question.
 * @throws NotFound, pointing at the first that is not in `/projectIds`
 */
export async function requireProjects(
  tx: EntityManager,
  { workspaceId, projectIds: border }: Pick<Actor, 'workspaceId' | 'projectIds'>,
  ids: readonly string[] | null | undefined,
): Promise<void> {
  if (!ids || ids.length === 0) return;
  const seen = await rows<{ id: string }>(
    tx,
    'SELECT id FROM projects WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) AND ($3::uuid[] IS NULL OR id = ANY ($3)) FOR KEY SHARE',
    [workspaceId, ids, border],
  );
  const unseen = ids.findIndex((id) => !seen.some((project) => project.id === id.toLowerCase()));
  if (unseen >= 0) throw new NotFound('project', `/projectIds/${unseen}`);
}
