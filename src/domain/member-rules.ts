import { keyPermissions, type Permission, ROLE_PERMISSIONS, type Role, ROLES } from './permissions.js';

/** What a member is in a workspace. */
export interface Standing {
  readonly role: Role;
  /** The second border; null: all projects. */
  readonly projectIds: readonly string[] | null;
  readonly active: boolean;
}

export type StandingChange = Partial<Standing>;

/** Who manages others: a person, or a key, which may hold less than its maker's role. */
export interface TeamManager {
  readonly role: Role;
  readonly projectIds: readonly string[] | null;
  readonly permissions: ReadonlySet<Permission>;
}

export type StandingRefusal =
  /** The manager sees only some projects: they manage nobody, so that no border is widened from inside. */
  | 'outside_border'
  /** The member's present role is above the manager's. */
  | 'outranks_you'
  /** What the member would be may do what the manager may not. */
  | 'role_exceeds_yours'
  /** An owner sees every project. */
  | 'owner_sees_all'
  /** Somebody must be left who can let others in. */
  | 'last_owner';

export type StandingVerdict = { readonly next: Standing; readonly refused?: never } | { readonly refused: StandingRefusal; readonly next?: never };

/** An owner is 0. */
function rank(role: Role): number {
  return ROLES.indexOf(role);
}

/** Whether the manager holds all that somebody in that role does; a key with a part of its maker's rights gives no whole role. */
function holdsAllOf(by: TeamManager, role: Role): boolean {
  return rank(by.role) <= rank(role) && [...keyPermissions(role, ['*'])].every((permission) => by.permissions.has(permission));
}

/** Whether a newcomer may be let in as that. */
export function judgeNewcomer(by: TeamManager, wish: Omit<Standing, 'active'>): StandingRefusal | undefined {
  if (by.projectIds !== null) return 'outside_border';
  if (!holdsAllOf(by, wish.role)) return 'role_exceeds_yours';
  return wish.role === 'owner' && wish.projectIds !== null ? 'owner_sees_all' : undefined;
}

/** Whether somebody who invited is still one who may: an invitation does not outlive the rights it was written with. */
export function mayStillInvite(inviter: Standing, role: Role): boolean {
  const { projectIds, active } = inviter;
  const rights = ROLE_PERMISSIONS[inviter.role];
  return active && projectIds === null && rights.has('members:write') && rank(inviter.role) <= rank(role);
}

/**
 * What becomes of a member. Taking rights away needs a role no lower than theirs; giving some needs all that is given.
 * @param otherOwners  active owners beside the member
 */
export function judgeStanding(by: TeamManager, now: Standing, change: StandingChange, otherOwners: number): StandingVerdict {
  if (by.projectIds !== null) return { refused: 'outside_border' };
  if (rank(by.role) > rank(now.role)) return { refused: 'outranks_you' };
  const next = changed(now, change);
  if (givesMore(now, next) && !holdsAllOf(by, next.role)) return { refused: 'role_exceeds_yours' };
  if (next.role === 'owner' && next.projectIds !== null) return { refused: 'owner_sees_all' };
  if (ownsNow(now) && !ownsNow(next) && otherOwners === 0) return { refused: 'last_owner' };
  return { next };
}

/** Who becomes an owner sees all, unless the change says otherwise, which is refused. */
function changed(now: Standing, change: StandingChange): Standing {
  const role = change.role ?? now.role;
  const kept = role === 'owner' ? null : now.projectIds;
  return { role, projectIds: change.projectIds === undefined ? kept : change.projectIds, active: change.active ?? now.active };
}

function ownsNow({ role, active }: Standing): boolean {
  return active && role === 'owner';
}

function givesMore(now: Standing, next: Standing): boolean {
  const seen = now.projectIds;
  const widened = seen !== null && (next.projectIds === null || next.projectIds.some((id) => !seen.includes(id)));
  return rank(next.role) < rank(now.role) || widened || (next.active && !now.active);
}
