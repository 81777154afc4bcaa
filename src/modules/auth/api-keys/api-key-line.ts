import type { EntityManager } from 'typeorm';
import { Unauthorized } from '../../../domain/errors.js';
import type { ProjectScope } from '../../../domain/project-scope.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { firstRow, rows } from '../../../platform/database/sql.js';

/** What a key is held to beside its scopes. */
export interface KeyBounds {
  readonly id: string;
  readonly mailboxId: string | null;
  readonly expiresAt: Date | null;
  readonly projectIds: ProjectScope;
}

/** A key that another made, which has changed with it. */
export interface Heir {
  readonly id: string;
  /** By which it is known to the verifier: the present one, and the one before a rotation. */
  readonly hashes: readonly string[];
}

export interface Place {
  readonly workspaceId: string;
  readonly id: string;
}

/** Which key made this one; undefined for a key that a person made, and for none. It never changes. */
export async function makerOf(tx: EntityManager, { workspaceId, id }: Place): Promise<string | undefined> {
  const key = await firstRow<{ maker: string | null }>(tx, 'SELECT made_by_key_id AS maker FROM api_keys WHERE workspace_id = $1 AND id = $2', [
    workspaceId,
    id,
  ]);
  return key?.maker ?? undefined;
}

/**
 * The bounds of keys, held until the end of `tx`: what ends or narrows one of them waits, and finds whatever was made by it meanwhile.
 * @throws Unauthorized when the key in hand has ended since the caller was let in
 */
export async function holdBounds(tx: EntityManager, { workspaceId, apiKeyId }: Actor, ids: readonly string[], now: Date): Promise<KeyBounds[]> {
  if (ids.length === 0) return [];
  const held = await rows<KeyBounds & { readonly alive: boolean }>(
    tx,
    `SELECT id, mailbox_id AS "mailboxId", expires_at AS "expiresAt", project_ids AS "projectIds",
            revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3) AS alive
       FROM api_keys WHERE workspace_id = $1 AND id = ANY ($2) ORDER BY id FOR SHARE`,
    [workspaceId, ids, now],
  );
  if (held.some(({ id, alive }) => id === apiKeyId && !alive)) throw new Unauthorized('The key that you use has ended just now.');
  return held;
}

/** Keys are made for members who are there: whoever lets one go waits, and ends what was made meanwhile. @throws Unauthorized */
export async function holdMember(tx: EntityManager, { workspaceId, memberId }: Actor): Promise<void> {
  const member = await firstRow(tx, 'SELECT FROM members WHERE workspace_id = $1 AND id = $2 AND deactivated_at IS NULL FOR SHARE', [
    workspaceId,
    memberId,
  ]);
  if (!member) throw new Unauthorized();
}

/** Ends all that a key has made, and what those made. */
export function endHeirs(tx: EntityManager, key: Place, at: Date): Promise<Heir[]> {
  return eachGeneration(tx, key, { set: 'revoked_at = $3', where: 'revoked_at IS NULL', values: [at] });
}

/** Holds all that a key has made to its new bounds, and what those made. */
export function narrowHeirs(tx: EntityManager, key: Place, { expiresAt, projectIds }: Pick<KeyBounds, 'expiresAt' | 'projectIds'>): Promise<Heir[]> {
  return eachGeneration(tx, key, {
    set: `expires_at = LEAST(expires_at, $3::timestamptz),
          project_ids = CASE WHEN $4::uuid[] IS NULL THEN project_ids WHEN project_ids IS NULL THEN $4
                             ELSE ARRAY(SELECT unnest(project_ids) INTERSECT SELECT unnest($4::uuid[])) END`,
    where: `revoked_at IS NULL AND (COALESCE(expires_at, 'infinity') > $3::timestamptz OR COALESCE(NOT project_ids <@ $4::uuid[], $4::uuid[] IS NOT NULL))`,
    values: [expiresAt, projectIds],
  });
}

interface Inheritance {
  /** Assignments. */
  readonly set: string;
  /** Which keys they are for. */
  readonly where: string;
  /** $3 and so on. */
  readonly values: readonly unknown[];
}

/** One statement a generation, not one for all: each sees what was made while it waited for the one before. */
async function eachGeneration(tx: EntityManager, { workspaceId, id }: Place, { set, where, values }: Inheritance): Promise<Heir[]> {
  const heirs: Heir[] = [];
  let makers = [id];
  while (makers.length > 0) {
    const found = await rows<Heir>(
      tx,
      `UPDATE api_keys SET version = version + 1, ${set} WHERE workspace_id = $1 AND made_by_key_id = ANY ($2) AND ${where}
       RETURNING id, array_remove(ARRAY[key_hash, old_key_hash], NULL) AS hashes`,
      [workspaceId, makers, ...values],
    );
    heirs.push(...found);
    makers = found.map((heir) => heir.id);
  }
  return heirs;
}

/** An entry for each key that changed with another, which it names. */
export async function auditHeirs(
  tx: EntityManager,
  { actor, at, action, withKeyId }: { readonly actor: Actor; readonly at: Date; readonly action: string; readonly withKeyId: string },
  heirs: readonly Heir[],
): Promise<void> {
  for (const { id } of heirs) await audit(tx, actor, { action, subjectId: id, at, details: { withKeyId } });
}
