import type { EntityManager } from 'typeorm';
import { changeRuleOf } from '../../domain/border-changes.js';
import { BORDER, type Bond, type BorderWord, catalogueBorder, seesTools } from '../../domain/project-border.js';
import { Forbidden, NotFound } from '../../domain/errors.js';
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

/** Whether a campaign outside of the projects $3 uses the tool $2 in workspace $1. */
const USED_BEYOND: Readonly<Partial<Record<BorderWord, string>>> = {
  sequences: 'SELECT FROM campaigns WHERE workspace_id = $1 AND sequence_id = $2 AND NOT project_id = ANY ($3::uuid[]) LIMIT 1',
  // in whatever version: who is on their way through a sequence goes on with the one they began
  templates: `
    SELECT FROM sequence_versions v JOIN campaigns c ON c.workspace_id = v.workspace_id AND c.sequence_id = v.sequence_id
     WHERE v.workspace_id = $1 AND v.steps @> jsonb_build_array(jsonb_build_object('templateId', lower($2::text))) AND NOT c.project_id = ANY ($3::uuid[])
     LIMIT 1`,
};

/**
 * Refuses a change that concerns all projects, to who has only some.
 * @param path  of the route, below /api/v1
 * @param named  what the request names
 * @throws Forbidden `outside_border`
 */
export async function requireChangeable(
  db: Pick<EntityManager, 'query'>,
  { workspaceId, projectIds }: Insider,
  path: string,
  named: readonly NamedThing[],
): Promise<void> {
  const rule = changeRuleOf(path);
  const why = rule === undefined ? '' : `: ${rule.because}`;
  if (rule?.reach !== 'unused_beyond') throw new Forbidden(`You work in some projects only, and this concerns all of them${why}.`, 'outside_border');
  for (const { word, id, pointer } of named) {
    const query = pointer === undefined ? USED_BEYOND[word] : undefined;
    if (query !== undefined && (await rows(db, query, [workspaceId, id, projectIds])).length > 0) {
      throw new Forbidden(`A campaign of a project that you do not see uses this${why}. Make one of your own instead.`, 'outside_border');
    }
  }
}

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
