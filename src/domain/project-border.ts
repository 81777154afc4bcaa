/**
 * How a thing belongs to projects:
 * - `itself`: it is one
 * - `project`: it is of one project; of none, only who sees all projects sees it
 * - `project_or_all`: as `project`, but one of no project protects them all and is seen by everyone
 * - `record`: as `project`; one of no project that stands on a site or a person is seen by whoever works with the catalogue
 * - `thread`: seen when a mail of it is
 * - `site`, `person`: the catalogue, shared by all projects; a viewer sees of it what an opportunity of their projects touches
 * - `tools`: shared by all projects, but the team's: not for a viewer of some projects, who could read what is written for others
 * - `parent`: reached only through a thing of this table that stands before it or beside it
 * - `workspace`: shared by all projects; its permission says who may see it
 * - `own`: the caller's own; its route finds no other
 */
export type Bond = 'itself' | 'project' | 'project_or_all' | 'record' | 'thread' | 'site' | 'person' | 'tools' | 'parent' | 'workspace' | 'own';

export interface BorderedThing {
  /** What people call it, for the error. */
  readonly thing: string;
  readonly bond: Bond;
  /** What fields that hold its id begin with, where that is not the thing itself: `owner` for ownerId. */
  readonly fields?: readonly string[];
}

/**
 * The second border (promise 6): by the word that stands before an id in a path, what the id is of and how that belongs to
 * projects. An id after a word that is missing here is nobody's whose projects are named: add the word with the route.
 */
export const BORDER = {
  projects: { thing: 'project', bond: 'itself' },
  'target-pages': { thing: 'target page', bond: 'project', fields: ['targetPage'] },
  campaigns: { thing: 'campaign', bond: 'project' },
  opportunities: { thing: 'opportunity', bond: 'project' },
  enrollments: { thing: 'enrollment', bond: 'project' },
  messages: { thing: 'message', bond: 'project' },
  pitches: { thing: 'pitch', bond: 'project' },
  backlinks: { thing: 'backlink', bond: 'project' },
  tasks: { thing: 'task', bond: 'record' },
  notes: { thing: 'note', bond: 'record' },
  suppressions: { thing: 'suppression', bond: 'project_or_all' },
  threads: { thing: 'thread', bond: 'thread' },
  prospects: { thing: 'prospect', bond: 'site' },
  contacts: { thing: 'contact', bond: 'person' },
  agreements: { thing: 'agreement', bond: 'parent' },
  topics: { thing: 'topic', bond: 'parent' },
  drafts: { thing: 'draft', bond: 'parent' },
  checks: { thing: 'check', bond: 'parent' },
  templates: { thing: 'template', bond: 'tools' },
  sequences: { thing: 'sequence', bond: 'tools' },
  mailboxes: { thing: 'mailbox', bond: 'workspace' },
  members: { thing: 'member', bond: 'workspace', fields: ['member', 'owner', 'assignee', 'writer', 'actor', 'author'] },
  invitations: { thing: 'invitation', bond: 'workspace' },
  sessions: { thing: 'session', bond: 'own' },
  'api-keys': { thing: 'API key', bond: 'workspace', fields: ['apiKey', 'key'] },
  'webhook-endpoints': { thing: 'webhook endpoint', bond: 'workspace', fields: ['webhookEndpoint', 'endpoint'] },
  'webhook-deliveries': { thing: 'webhook delivery', bond: 'workspace', fields: ['webhookDelivery', 'delivery'] },
  jobs: { thing: 'job', bond: 'workspace' },
  workspaces: { thing: 'workspace', bond: 'own' },
} as const satisfies Record<string, BorderedThing>;

export type BorderWord = keyof typeof BORDER;

const WORDS = Object.keys(BORDER) as BorderWord[]; // its own keys

export function borderWord(word: string): BorderWord | undefined {
  return WORDS.find((one) => one === word);
}

/** What a field of a body or a query holds the ids of: `targetPageId`, `mailboxIds`, `proofMessageId`. Undefined when it holds none that is known. */
export function wordOfField(field: string): BorderWord | undefined {
  const [, name] = /^(\w+?)Ids?$/.exec(field) ?? [];
  if (name === undefined) return undefined;
  return WORDS.find((word) => fieldsOf(BORDER[word]).some((known) => name === known || name.endsWith(capital(known))));
}

function fieldsOf({ thing, fields }: BorderedThing): readonly string[] {
  return fields ?? [thing];
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The projects of the catalogue's border: only a viewer's, for whoever works with sites shares them with the whole team. */
export function catalogueBorder(actor: { readonly role: string; readonly projectIds: readonly string[] | null }): readonly string[] | null {
  return actor.role === 'viewer' ? actor.projectIds : null;
}

/** Whether templates and sequences are there for the actor. */
export function seesTools(actor: { readonly role: string; readonly projectIds: readonly string[] | null }): boolean {
  return catalogueBorder(actor) === null;
}
