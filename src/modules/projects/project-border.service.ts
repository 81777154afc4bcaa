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

const inWorkspace = (table: string): string => `SELECT x.id FROM ${table} x WHERE x.workspace_id = $1 AND x.id = ANY ($2::uuid[])`;
const ifBordered = (condition: string): string => ` AND ($3::uuid[] IS NULL OR ${condition})`;

/** Those of the ids $2 in workspace $1 that belong to the projects $3, or to whatever project when it is NULL. */
const THERE: Readonly<Partial<Record<Bond, (table: string) => string>>> = {
  itself: (table) => inWorkspace(table) + ifBordered('x.id = ANY ($3)'),
  project: (table) => inWorkspace(table) + ifBordered('x.project_id = ANY ($3)'),
  project_or_all: (table) => inWorkspace(table) + ifBordered('(x.project_id IS NULL OR x.project_id = ANY ($3))'),
  thread: () =>
    'SELECT DISTINCT x.thread_id AS id FROM messages x WHERE x.workspace_id = $1 AND x.thread_id = ANY ($2::uuid[])' +
    ifBordered('x.project_id = ANY ($3)'),
  site: (table) =>
    inWorkspace(table) +
    ifBordered(`EXISTS (
      SELECT FROM opportunities o WHERE o.workspace_id = x.workspace_id AND o.prospect_id = x.id AND o.project_id = ANY ($3))`),
  person: (table) =>
    inWorkspace(table) +
    ifBordered(`EXISTS (
      SELECT FROM prospect_contacts pc JOIN opportunities o ON o.workspace_id = pc.workspace_id AND o.prospect_id = pc.prospect_id
       WHERE pc.workspace_id = x.workspace_id AND pc.contact_id = x.id AND o.project_id = ANY ($3))`),
  tools: (table) => inWorkspace(table) + ifBordered('true'),
  workspace: (table) => inWorkspace(table) + ifBordered('true'),
};

/** The same for who has only some projects; for who sees all of them nothing is asked. */
export async function requireInside(db: Pick<EntityManager, 'query'>, actor: Insider, named: readonly NamedThing[]): Promise<void> {
  if (actor.projectIds !== null) await requireThere(db, actor, named);
}

/**
 * Lets pass whoever may see all of these things. What lies outside of the actor's projects is as absent as what is of
 * another workspace.
 * @throws NotFound for the first that is not there, pointing at it
 */
export async function requireThere(db: Pick<EntityManager, 'query'>, actor: Insider, named: readonly NamedThing[]): Promise<void> {
  for (const word of new Set(named.map((one) => one.word))) {
    const { bond, thing } = BORDER[word];
    const asked = named.filter((one) => one.word === word);
    if (bond === 'tools' && !seesTools(actor)) throw new NotFound(thing, asked[0]?.pointer);
    const query = THERE[bond];
    if (!query) continue;
    const projectIds = bond === 'site' || bond === 'person' ? catalogueBorder(actor) : actor.projectIds;
    const values = [actor.workspaceId, asked.map(({ id }) => id), projectIds];
    const found = new Set((await rows<{ id: string }>(db, query(word.replace('-', '_')), values)).map(({ id }) => id));
    const absent = asked.find(({ id }) => !found.has(id.toLowerCase()));
    if (absent) throw new NotFound(thing, absent.pointer);
  }
}
