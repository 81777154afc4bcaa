import type { EntityManager } from 'typeorm';
import { BORDER, type Bond, type BorderWord, catalogueBorder, seesTools } from '../../domain/project-border.js';
import { NotFound } from '../../domain/errors.js';
import type { Actor } from '../../platform/auth/actor.js';
import { rows } from '../../platform/database/sql.js';

/** An id that a request names. */
export interface NamedThing {
  readonly word: BorderWord;
  readonly id: string;
  /** Where it stands, unless in the path. */
  readonly pointer?: string;
}

type Insider = Pick<Actor, 'workspaceId' | 'projectIds' | 'role'>;

/** Those of the ids $2 in workspace $1 that belong to the projects $3. */
const INSIDE: Readonly<Partial<Record<Bond, (table: string) => string>>> = {
  itself: (table) => `SELECT id FROM ${table} WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) AND id = ANY ($3::uuid[])`,
  project: (table) => `SELECT id FROM ${table} WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) AND project_id = ANY ($3::uuid[])`,
  project_or_all: (table) =>
    `SELECT id FROM ${table} WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) AND (project_id IS NULL OR project_id = ANY ($3::uuid[]))`,
  thread: () =>
    'SELECT DISTINCT thread_id AS id FROM messages WHERE workspace_id = $1 AND thread_id = ANY ($2::uuid[]) AND project_id = ANY ($3::uuid[])',
  site: () =>
    'SELECT DISTINCT prospect_id AS id FROM opportunities WHERE workspace_id = $1 AND prospect_id = ANY ($2::uuid[]) AND project_id = ANY ($3::uuid[])',
  person: () => `
    SELECT DISTINCT pc.contact_id AS id
      FROM prospect_contacts pc JOIN opportunities o ON o.workspace_id = pc.workspace_id AND o.prospect_id = pc.prospect_id
     WHERE pc.workspace_id = $1 AND pc.contact_id = ANY ($2::uuid[]) AND o.project_id = ANY ($3::uuid[])`,
};

/**
 * Lets pass whoever may see all of these things. What lies outside of the actor's projects is as absent as what is of
 * another workspace; for who sees all projects nothing is asked.
 * @throws NotFound for the first that is not there, pointing at it
 */
export async function requireInside(db: Pick<EntityManager, 'query'>, actor: Insider, named: readonly NamedThing[]): Promise<void> {
  if (actor.projectIds === null) return;
  for (const word of new Set(named.map((one) => one.word))) {
    const { bond, thing } = BORDER[word];
    const asked = named.filter((one) => one.word === word);
    if (bond === 'tools' && !seesTools(actor)) throw new NotFound(thing, asked[0]?.pointer);
    const projectIds = bond === 'site' || bond === 'person' ? catalogueBorder(actor) : actor.projectIds;
    const query = INSIDE[bond];
    if (!query || projectIds === null) continue;
    const found = await rows<{ id: string }>(db, query(word.replace('-', '_')), [actor.workspaceId, asked.map(({ id }) => id), projectIds]);
    const inside = new Set(found.map(({ id }) => id));
    const outside = asked.find(({ id }) => !inside.has(id.toLowerCase()));
    if (outside) throw new NotFound(thing, outside.pointer);
  }
}
