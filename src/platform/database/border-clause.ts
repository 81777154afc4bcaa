import type { Actor } from '../auth/actor.js';
import { oneOf } from './filter-clause.js';

/**
 * Narrows a statement to the projects of the actor, to stand after a WHERE clause. Nothing for who sees all of them, so
 * that their plans stay as they are.
 * @param column  of the project, as in `o.project_id`
 * @param values  of the statement so far; the projects are added
 */
export function borderClause(actor: Pick<Actor, 'projectIds'>, column: string, values: unknown[]): string {
  return actor.projectIds === null ? '' : ` AND ${oneOf(column, actor.projectIds, 'uuid', values)}`;
}
