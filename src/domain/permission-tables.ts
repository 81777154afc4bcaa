import { BORDER_CHANGES, type ChangeReach } from './border-changes.js';
import { fillDrawn } from './drawn-text.js';
import { PERMISSIONS, RESOURCES, type Resource, ROLE_PERMISSIONS, ROLES } from './permissions.js';
import { BORDER, type Bond } from './project-border.js';

const BOND_WORDS: Readonly<Record<Bond, string>> = {
  itself: 'those the member has',
  project: 'those of the projects the member has',
  project_or_all: 'those of the projects the member has, and those that protect all projects',
  record: 'those of the projects the member has, and for all but viewers those on sites and people',
  thread: 'those with a mail of the projects the member has; of these, only that mail',
  site: 'all; a viewer those with an opportunity in the projects they have',
  person: 'all; a viewer those at such a site',
  tools: 'all; a viewer of some projects none',
  parent: 'with the thing they hang on',
  workspace: 'all, as far as the role goes',
  own: 'their own',
};

const REACH_WORDS: Readonly<Record<ChangeReach, string>> = {
  inside: 'what is inside',
  own: 'their own',
  all: 'all, as far as the role goes',
  unused_beyond: 'those that no campaign of another project uses, and new ones',
  nothing: 'nothing',
};

/** What each role may do to each resource. */
export function drawPermissions(): string {
  const lines = RESOURCES.map((resource) => `| ${resource} | ${ROLES.map((role) => allowed(role, resource)).join(' | ')} |`);
  return ['', `| | ${ROLES.join(' | ')} |`, `|---|${'---|'.repeat(ROLES.length)}`, ...lines, ''].join('\n');
}

/** What a member of some projects sees of each kind of thing. */
export function drawBorder(): string {
  const lines = Object.values(BORDER).map(({ thing, bond }) => `| ${thing} | ${BOND_WORDS[bond]} |`);
  return ['', '| thing | which of them are there |', '|---|---|', ...lines, ''].join('\n');
}

/** What a member of some projects may change, by the first word of an address. */
export function drawBorderChanges(): string {
  const lines = Object.entries(BORDER_CHANGES).map(([word, { reach, because }]) => `| \`/${word}\` | ${REACH_WORDS[reach]} | ${because} |`);
  return ['', '| address | what they may change | because |', '|---|---|---|', ...lines, ''].join('\n');
}

/** `docs/permissions.md` with its tables made anew. */
export function redrawPermissionDoc(text: string): string {
  const drawn = { permissions: drawPermissions(), border: drawBorder(), changes: drawBorderChanges() };
  return Object.entries(drawn).reduce((filled, [name, drawing]) => fillDrawn(filled, name, drawing), text);
}

function allowed(role: (typeof ROLES)[number], resource: Resource): string {
  const verbs = PERMISSIONS.filter((permission) => permission.startsWith(`${resource}:`) && ROLE_PERMISSIONS[role].has(permission));
  return verbs.map((permission) => permission.slice(resource.length + 1)).join(', ') || '–';
}
