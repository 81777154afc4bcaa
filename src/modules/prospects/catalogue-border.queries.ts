import type { EntityManager } from 'typeorm';
import { catalogueBorder } from '../../domain/project-border.js';
import type { Actor } from '../../platform/auth/actor.js';
import { rows } from '../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;
type Dated = { readonly id: string; readonly lastContactedAt: Date | null };

/**
 * Narrows a list of sites, to stand after a WHERE clause: a viewer of some projects sees those that an opportunity of theirs
 * touches; whoever works with the catalogue shares all of it.
 * @param prospectId  the column that holds the site, as in `p.id`
 */
export function catalogueClause(actor: Actor, prospectId: string, values: unknown[]): string {
  const projectIds = catalogueBorder(actor);
  if (projectIds === null) return '';
  const border = `$${values.push(projectIds)}::uuid[]`;
  return ` AND EXISTS (SELECT FROM opportunities b WHERE b.workspace_id = $1 AND b.prospect_id = ${prospectId} AND b.project_id = ANY (${border}))`;
}

/**
 * The same for a list of people: those at such a site. Joined from the person on: as a site that is one of the person's the
 * database compares every person with every card.
 */
export function peopleClause(actor: Actor, contactId: string, values: unknown[]): string {
  const projectIds = catalogueBorder(actor);
  if (projectIds === null) return '';
  const border = `$${values.push(projectIds)}::uuid[]`;
  return ` AND EXISTS (SELECT FROM prospect_contacts bc JOIN opportunities b ON b.workspace_id = bc.workspace_id AND b.prospect_id = bc.prospect_id
                        WHERE bc.workspace_id = $1 AND bc.contact_id = ${contactId} AND b.project_id = ANY (${border}))`;
}

const LAST_TO = {
  prospects: `
    SELECT o.prospect_id AS id, max(m.sent_at) AS at
      FROM opportunities o JOIN messages m ON m.workspace_id = o.workspace_id AND m.opportunity_id = o.id
     WHERE o.workspace_id = $1 AND o.prospect_id = ANY ($2) AND o.project_id = ANY ($3) GROUP BY 1`,
  contacts: `
    SELECT contact_id AS id, max(sent_at) AS at FROM messages
     WHERE workspace_id = $1 AND contact_id = ANY ($2) AND project_id = ANY ($3) GROUP BY 1`,
} as const;

/** The same with the last contact that the actor's projects had: when others wrote is theirs to know. */
export async function withLastContactInside<Row extends Dated>(
  db: Db,
  actor: Actor,
  what: keyof typeof LAST_TO,
  found: readonly Row[],
): Promise<Row[]> {
  if (actor.projectIds === null || found.length === 0) return [...found];
  const ids = found.map(({ id }) => id);
  const last = await rows<{ id: string; at: Date | null }>(db, LAST_TO[what], [actor.workspaceId, ids, actor.projectIds]);
  const byId = new Map(last.map(({ id, at }) => [id, at]));
  return found.map((row) => ({ ...row, lastContactedAt: byId.get(row.id) ?? null }));
}
