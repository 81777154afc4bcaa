import type { EntityManager } from 'typeorm';
import { changeRuleOf } from '../../domain/border-changes.js';
import { BORDER, type Bond, type BorderWord, catalogueBorder, seesTools } from '../../domain/project-border.js';
import { Forbidden, NotFound } from '../../domain/errors.js';
import { CATALOGUE_RECORDS } from '../../domain/record-types.js';
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

const CATALOGUE = CATALOGUE_RECORDS.map((type) => `'${type}'`).join(', ');

/** Those of the ids $2 in workspace $1 that belong to the projects $3, or to whatever project when it is NULL. */
const THERE: Readonly<Partial<Record<Bond, (table: string) => string>>> = {
  itself: (table) => inWorkspace(table) + ifBordered('x.id = ANY ($3)'),
  project: (table) => inWorkspace(table) + ifBordered('x.project_id = ANY ($3)'),
  project_or_all: (table) => inWorkspace(table) + ifBordered('(x.project_id IS NULL OR x.project_id = ANY ($3))'),
  record: (table) => inWorkspace(table) + ifBordered(`(x.project_id = ANY ($3) OR x.project_id IS NULL AND x.subject_type IN (${CATALOGUE}))`),
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
    const query = THERE[bond === 'record' && !seesTools(actor) ? 'project' : bond];
    if (!query) continue;
    const projectIds = bond === 'site' || bond === 'person' ? catalogueBorder(actor) : actor.projectIds;
    const values = [actor.workspaceId, asked.map(({ id }) => id), projectIds];
    const found = new Set((await rows<{ id: string }>(db, query(word.replace('-', '_')), values)).map(({ id }) => id));
    const absent = asked.find(({ id }) => !found.has(id.toLowerCase()));
    if (absent) throw new NotFound(thing, absent.pointer);
  }
}
