import type { EntityManager } from 'typeorm';
import { Conflict, Forbidden, NotFound, RuleViolation } from '../../../domain/errors.js';
import { type Scope, scopesBeyond } from '../../../domain/permissions.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { ApiKeyRow } from './api-keys.queries.js';

/** What is asked for a key; absent: not asked about. */
export interface KeyWish {
  readonly expiresAt?: Date | null;
  readonly projectIds?: readonly string[] | null;
}

interface MakerKey {
  readonly mailboxId: string | null;
  readonly expiresAt: Date | null;
  readonly projectIds: string[] | null;
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

/**
 * A key that makes or changes keys gives away nothing that it does not have: no longer life, no other projects, no other mailbox.
 * @param mailboxId  of a new key; left out where that does not change
 * @returns the projects to store: those asked for, else those that the key in hand is held to
 * @throws RuleViolation `scope_exceeds_role`, `outlives_maker`; NotFound for a project that the actor does not see
 */
export async function requireWithinMaker(
  tx: EntityManager,
  actor: Actor,
  wish: KeyWish,
  mailboxId?: string | null,
): Promise<readonly string[] | null | undefined> {
  if (wish.projectIds) await requireProjects(tx, actor, wish.projectIds);
  const maker = await keyInHand(tx, actor);
  if (maker === undefined) return wish.projectIds;
  if (mailboxId !== undefined && maker.mailboxId !== null && maker.mailboxId !== mailboxId) {
    throw RuleViolation.at('/mailboxId', 'scope_exceeds_role', 'This key is bound to a mailbox, and so are the keys it makes.');
  }
  if (outlives(wish.expiresAt, maker.expiresAt)) {
    throw RuleViolation.at('/expiresAt', 'outlives_maker', `A key made with this one expires by ${maker.expiresAt?.toISOString() ?? 'then'}.`);
  }
  return wish.projectIds === null ? maker.projectIds : wish.projectIds;
}

async function keyInHand(tx: EntityManager, { workspaceId, apiKeyId }: Actor): Promise<MakerKey | undefined> {
  if (apiKeyId === undefined) return undefined;
  return firstRow<MakerKey>(
    tx,
    `SELECT mailbox_id AS "mailboxId", expires_at AS "expiresAt", project_ids AS "projectIds" FROM api_keys WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, apiKeyId],
  );
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
 * Whoever looks after the keys of others may hold them shorter, not longer: what its maker limited stays limited.
 * @throws Forbidden
 */
export function requireNarrower(actor: Actor, key: Pick<ApiKeyRow, 'memberId' | 'expiresAt' | 'projectIds'>, wish: KeyWish): void {
  if (actor.memberId === key.memberId) return; // by a key of theirs: `requireWithinMaker` bounds it
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

async function requireProjects(tx: EntityManager, actor: Actor, projectIds: readonly string[]): Promise<void> {
  const seen = await rows<{ id: string }>(
    tx,
    'SELECT id FROM projects WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) AND ($3::uuid[] IS NULL OR id = ANY ($3)) FOR KEY SHARE',
    [actor.workspaceId, projectIds, actor.projectIds],
  );
  const unseen = projectIds.findIndex((id) => !seen.some((project) => project.id === id.toLowerCase()));
  if (unseen >= 0) throw new NotFound('project', `/projectIds/${unseen}`);
}
