export const ROLES = ['owner', 'manager', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const RESOURCES = [
  'workspace',
  'members',
  'api-keys',
  'audit-log',
  'projects',
  'prospects',
  'suppressions',
  'templates',
  'sequences',
  'mailboxes',
  'campaigns',
  'opportunities',
  'enrollments',
  'messages',
  'inbound',
  'pitches',
  'backlinks',
  'webhooks',
  'events',
  'tasks',
  'notes',
  'reports',
] as const;
export type Resource = (typeof RESOURCES)[number];

/** What a route asks for and a key may be scoped to. Taking a suppression back is rarer than adding one, and an erasure cannot be taken back, so they have names of their own. */
export type Permission = `${Resource}:${'read' | 'write'}` | 'suppressions:remove' | 'prospects:erase';

export const PERMISSIONS: readonly Permission[] = [
  ...RESOURCES.flatMap((resource) => [`${resource}:read`, `${resource}:write`] as const),
  'suppressions:remove',
  'prospects:erase',
];

/**
 * Not for a client who looks on: secrets, what members do and remark, and the addresses of people whom other clients' mail has met.
 * A viewer who has only some projects sees of the rest what belongs to those (`project-border.ts`).
 */
const NOT_FOR_VIEWERS: readonly Resource[] = ['api-keys', 'audit-log', 'mailboxes', 'suppressions', 'webhooks', 'inbound', 'notes'];

const VIEWER: readonly Permission[] = RESOURCES.filter((resource) => !NOT_FOR_VIEWERS.includes(resource)).map(
  (resource) => `${resource}:read` as const,
);

const MEMBER: readonly Permission[] = [
  ...VIEWER,
  'mailboxes:read',
  'suppressions:read',
  'notes:read',
  'notes:write',
  'projects:write',
  'prospects:write',
  'suppressions:write',
  'templates:write',
  'sequences:write',
  'campaigns:write',
  'opportunities:write',
  'enrollments:write',
  'messages:write',
  'pitches:write',
  'backlinks:write',
  'tasks:write',
];

const MANAGER: readonly Permission[] = [
  ...MEMBER,
  'api-keys:read',
  'api-keys:write',
  'audit-log:read',
  'inbound:read',
  'inbound:write',
  'mailboxes:write',
  'reports:write',
  'suppressions:remove',
  'prospects:erase',
  'webhooks:read',
  'webhooks:write',
];

/** The one table of who may do what. Each role holds all that the next lower one does; an owner holds everything. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(VIEWER),
  member: new Set(MEMBER),
  manager: new Set(MANAGER),
  owner: new Set(PERMISSIONS),
};

/** What an API key may be scoped to: `*` is all that its maker may do, `inbound:write` aside, which is given by name with a mailbox. */
export const SCOPES: readonly ('*' | Permission)[] = ['*', ...PERMISSIONS];
export type Scope = (typeof SCOPES)[number];

/** A key never exceeds the role of its maker, whatever its scopes say. */
export function keyPermissions(makerRole: Role, scopes: readonly Scope[]): ReadonlySet<Permission> {
  const everything = scopes.includes('*');
  const granted = [...ROLE_PERMISSIONS[makerRole]].filter(
    (permission) => scopes.includes(permission) || (everything && permission !== 'inbound:write'),
  );
  return new Set(granted);
}

/**
 * Scopes of a new key that its maker may not give, since the maker does not hold them. A maker who is a key with `*` has
 * no `inbound:write`, yet may give it as far as its role does: it is held back for the sake of its mailbox, not by rank.
 */
export function scopesBeyond(role: Role, held: ReadonlySet<Permission>, scopes: readonly Scope[]): Scope[] {
  const full = keyPermissions(role, ['*']);
  const everything = [...full].every((permission) => held.has(permission));
  const given = everything ? ROLE_PERMISSIONS[role] : held;
  return scopes.filter((scope) => (scope === '*' ? !everything : !given.has(scope)));
}

/** May overrule what holds members back: guards, terms of a step (state-model 1, "manager"). */
export function isManager(role: Role): boolean {
  return role === 'owner' || role === 'manager';
}
