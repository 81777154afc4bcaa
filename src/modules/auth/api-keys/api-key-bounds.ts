import type { EntityManager } from 'typeorm';
import { Conflict, Forbidden, NotFound, RuleViolation } from '../../../domain/errors.js';
import { keyPermissions, type Scope, scopesBeyond } from '../../../domain/permissions.js';
import { withinBoth } from '../../../domain/project-scope.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { firstRow } from '../../../platform/database/sql.js';
import { requireProjects } from '../../workspaces/seen-projects.service.js';
import type { KeyBounds } from './api-key-line.js';
import type { ApiKeyRow } from './api-keys.queries.js';

/** What is asked for a key; absent: not asked about. */
export interface KeyWish {
  readonly expiresAt?: Date | null;
  readonly projectIds?: readonly string[] | null;
}

/** @throws Forbidden without a member behind it; RuleViolation `scope_exceeds_role`, `mailbox_required` */
export function requireGivable(actor: Actor, scopes: readonly Scope[], mailboxId: string | undefined): void {
  if (actor.memberId === null) throw new Forbidden('A key needs a member who makes it.');
  const beyond = scopesBeyond(actor.role, actor.permissions, scopes);
  if (beyond.length > 0) {
    throw RuleViolation.at('/scopes', 'scope_exceeds_role', `You may not do this yourself: ${beyond.join(', ')}.`);
  }
  if (scopes.includes('inbound:write') && mailboxId === undefined) {
    throw RuleViolation.at('/mailboxId', 'mailbox_required', 'A key with inbound:write needs the mailbox that it brings mail into.');
  }
}

/** @throws RuleViolation `expires_in_past` */
export function requireAhead(expiresAt: Date | null | undefined, now: Date): void {
  if (expiresAt && expiresAt <= now) throw RuleViolation.at('/expiresAt', 'expires_in_past', 'The key would have expired already.');
}

/** A key brings mail into no other mailbox than the one that makes it. @throws RuleViolation `scope_exceeds_role` */
export function requireSameMailbox(bounds: readonly KeyBounds[], mailboxId: string | null): void {
  if (bounds.every((maker) => maker.mailboxId === null || maker.mailboxId === mailboxId)) return;
  throw RuleViolation.at('/mailboxId', 'scope_exceeds_role', 'This key is bound to a mailbox, and so are the keys it makes.');
}

/**
 * A key that makes or changes keys gives away nothing that it does not have, and a key never grows beyond the one that made it: no longer
 * life, no other projects.
 * @param bounds  of the key in hand and of the key's maker, where there are such
 * @returns the projects to store: those asked for, else those that the bounds allow
 * @throws RuleViolation `outlives_maker`; NotFound for a project that the actor or the bounds do not see
 */
export async function requireWithinBounds(
  tx: EntityManager,
  actor: Actor,
  bounds: readonly KeyBounds[],
  wish: KeyWish,
): Promise<readonly string[] | null | undefined> {
  const border = bounds.reduce<readonly string[] | null>((seen, { projectIds }) => withinBoth(seen, projectIds), null);
  await requireProjects(tx, { ...actor, projectIds: withinBoth(actor.projectIds, border) }, wish.projectIds);
  for (const { expiresAt } of bounds) {
    if (outlives(wish.expiresAt, expiresAt)) {
      throw RuleViolation.at(
        '/expiresAt',
        'outlives_maker',
        `It would outlive the key that makes it: choose ${expiresAt?.toISOString() ?? 'its end'} at most.`,
      );
    }
  }
  return wish.projectIds === null ? border : wish.projectIds;
}

function outlives(wished: Date | null | undefined, maker: Date | null): boolean {
  return wished !== undefined && maker !== null && (wished === null || wished > maker);
}

/** The new key is shown to whoever asks for it, so only to whose it is: a person their own, a key itself. @throws Forbidden */
export function requireOwnKey(actor: Actor, key: Pick<ApiKeyRow, 'id' | 'memberId'>): void {
  if (actor.memberId !== key.memberId) throw new Forbidden('Only its maker can rotate a key: the new one acts in their name. You can revoke it.');
  if (actor.apiKeyId !== undefined && actor.apiKeyId !== key.id) throw new Forbidden('A key can rotate itself and no other one.');
}

/**
 * A key touches itself and keys that it exceeds in nothing: not what they may do, not what they see, not how long they live.
 * @param inHand  bounds of the key that asks; undefined for a person
 * @throws Forbidden `key_exceeds_yours`
 */
export async function requireLesserKey(tx: EntityManager, actor: Actor, inHand: KeyBounds | undefined, key: ApiKeyRow): Promise<void> {
  if (inHand === undefined || inHand.id === key.id) return;
  const maker = await firstRow<{ role: Actor['role']; projectIds: string[] | null }>(
    tx,
    'SELECT role, project_ids AS "projectIds" FROM members WHERE workspace_id = $1 AND id = $2',
    [actor.workspaceId, key.memberId],
  );
  if (!maker) throw new NotFound('API key');
  const may = [...keyPermissions(maker.role, key.scopes)];
  const sees = withinBoth(maker.projectIds, key.projectIds);
  const border = withinBoth(actor.projectIds, inHand.projectIds);
  const lesser =
    scopesBeyond(actor.role, actor.permissions, may).length === 0 &&
    (border === null || (sees?.every((id) => border.includes(id)) ?? false)) &&
    (inHand.mailboxId === null || inHand.mailboxId === key.mailboxId) &&
    !outlives(key.expiresAt, inHand.expiresAt);
  if (!lesser)
    throw new Forbidden(
      'This key reaches further than the one you use: only a person, or a key that holds all it does, touches it.',
      'key_exceeds_yours',
    );
}

/**
 * Whoever looks after the keys of others may hold them shorter, not longer: what its maker limited stays limited.
 * @throws Forbidden
 */
export function requireNarrower(actor: Actor, key: Pick<ApiKeyRow, 'memberId' | 'expiresAt' | 'projectIds'>, wish: KeyWish): void {
  if (actor.memberId === key.memberId) return; // by a key of theirs: `requireLesserKey` and `requireWithinBounds` hold it back
  const { expiresAt: end, projectIds: border } = key;
  const longer = wish.expiresAt !== undefined && end !== null && (wish.expiresAt === null || wish.expiresAt > end);
  const wider = wish.projectIds !== undefined && border !== null && (wish.projectIds === null || !wish.projectIds.every((id) => border.includes(id)));
  if (longer || wider) throw new Forbidden('Only its maker can let a key live longer or see more projects.');
}

/** @throws Conflict `api_key_ended` */
export function requireAlive(key: Pick<ApiKeyRow, 'revokedAt' | 'expiresAt'>, now: Date): void {
  if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) {
    throw new Conflict('api_key_ended', 'This key was revoked or has expired, and stays so: make a new one.');
  }
}

export async function requireMailbox(tx: EntityManager, workspaceId: string, id: string): Promise<void> {
  const mailbox = await firstRow(tx, 'SELECT FROM mailboxes WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE', [workspaceId, id]);
  if (!mailbox) throw new NotFound('mailbox', '/mailboxId');
}
