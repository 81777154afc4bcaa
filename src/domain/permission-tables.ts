import { fillDrawn } from './drawn-text.js';
import { PERMISSIONS, RESOURCES, type Resource, ROLE_PERMISSIONS, ROLES } from './permissions.js';
import { BORDER, type Bond } from './project-border.js';

const BOND_WORDS: Readonly<Record<Bond, string>> = {
  itself: 'those the member has',
  project: 'those of the projects the member has',
  project_or_all: 'those of the projects the member has, and those that protect all projects',
  thread: 'those with a mail of the projects the member has; of these, only that mail',
  site: 'all; a viewer those with an opportunity in the projects they have',
  person: 'all; a viewer those at such a site',
  tools: 'all; a viewer of some projects none',
  parent: 'with the thing they hang on',
  workspace: 'all, as far as the role goes',
  own: 'their own',
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

/** `docs/permissions.md` with its tables made anew. */
export function redrawPermissionDoc(text: string): string {
  return fillDrawn(fillDrawn(text, 'permissions', drawPermissions()), 'border', drawBorder());
}

function allowed(role: (typeof ROLES)[number], resource: Resource): string {
  const verbs = PERMISSIONS.filter((permission) => permission.startsWith(`${resource}:`) && ROLE_PERMISSIONS[role].has(permission));
  return verbs.map((permission) => permission.slice(resource.length + 1)).join(', ') || '–';
}
