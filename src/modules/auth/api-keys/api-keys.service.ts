import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock, SECOND_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { changeRow, type VersionedRow } from '../../../platform/database/versioned.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import type { Page } from '../../../platform/http/lists/paging.js';
import { newId } from '../../../platform/ids.js';
import {
  type KeyWish,
  requireAhead,
  requireAlive,
  requireGivable,
  requireLesserKey,
  requireMailbox,
  requireNarrower,
  requireOwnKey,
  requireSameMailbox,
  requireWithinBounds,
} from './api-key-bounds.js';
import { auditHeirs, endHeirs, type Heir, holdBounds, holdMember, type KeyBounds, makerOf, narrowHeirs } from './api-key-line.js';
import type { ChangeApiKeyRequest, CreateApiKeyRequest, RotateApiKeyRequest } from './api-keys.dto.js';
import { type ApiKeyList, type ApiKeyRow, findApiKey, type KeyAudience, listApiKeys } from './api-keys.queries.js';
import { newApiKey } from './new-api-key.js';
import { StoredTokenVerifier } from '../sessions/token-verifier.service.js';

/** The row, and the key itself, which is stored nowhere. */
export interface ShownKey {
  readonly row: ApiKeyRow;
  readonly key: string;
}

interface LockedKey {
  readonly before: ApiKeyRow;
  /** Of the key in hand and of the key's maker, where there are such. */
  readonly bounds: readonly KeyBounds[];
}

interface Changed<T> {
  readonly done: T;
  readonly heirs: readonly Heir[];
}

@Injectable()
export class ApiKeys {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly verifier: StoredTokenVerifier,
  ) {}

  list(actor: Actor, list: ApiKeyList): Promise<Page<ApiKeyRow>> {
    return listApiKeys(this.db, audienceOf(actor), list);
  }

  /** @throws NotFound */
  get(actor: Actor, id: string): Promise<ApiKeyRow> {
    return getKey(this.db, actor, id);
  }

  /**
   * @throws RuleViolation `scope_exceeds_role`, `mailbox_required`, `expires_in_past`, `outlives_maker`; NotFound for the mailbox or a project
   */
  async create(actor: Actor, input: CreateApiKeyRequest): Promise<ShownKey> {
    const { mailboxId = null } = input;
    const wish = { expiresAt: input.expiresAt === undefined ? null : new Date(input.expiresAt), projectIds: input.projectIds ?? null };
    const now = this.clock.now();
    requireGivable(actor, input.scopes, input.mailboxId);
    requireAhead(wish.expiresAt, now);
    const { key, prefix, hash } = newApiKey();
    const id = newId();
    const row = await transact(this.db, async (tx) => {
      await holdMember(tx, actor);
      const bounds = await holdBounds(tx, actor, actor.apiKeyId === undefined ? [] : [actor.apiKeyId], now);
      requireSameMailbox(bounds, mailboxId);
      const projectIds = await requireWithinBounds(tx, actor, bounds, wish);
      if (mailboxId !== null) await requireMailbox(tx, actor.workspaceId, mailboxId);
      await rows(
        tx,
        `INSERT INTO api_keys (workspace_id, id, name, prefix, key_hash, scopes, mailbox_id, project_ids, member_id, made_by_key_id, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
        [
          ...[actor.workspaceId, id, input.name, prefix, hash, input.scopes, mailboxId],
          ...[projectIds, actor.memberId, actor.apiKeyId ?? null, wish.expiresAt, now],
        ],
      );
      await audit(tx, actor, { action: 'api_key.created', subjectId: id, at: now, details: { scopes: input.scopes } });
      return getKey(tx, actor, id);
    });
    return { row, key };
  }

  /**
   * Another name, another end, other projects; what it may do stays for good. What it made is held to its new bounds too.
   * @throws NotFound, VersionMismatch, Forbidden; Conflict `api_key_ended`; RuleViolation `expires_in_past`, `outlives_maker`
   */
  async change(actor: Actor, id: string, input: ChangeApiKeyRequest, ifVersion: IfVersion): Promise<ApiKeyRow> {
    const now = this.clock.now();
    const wish: KeyWish = {
      ...(input.expiresAt !== undefined && { expiresAt: input.expiresAt === null ? null : new Date(input.expiresAt) }),
      ...(input.projectIds !== undefined && { projectIds: input.projectIds }),
    };
    requireAhead(wish.expiresAt, now);
    return this.changing(actor, id, async (tx, { before, bounds }) => {
      requireAlive(before, now);
      requireNarrower(actor, before, wish);
      const projectIds = await requireWithinBounds(tx, actor, bounds, wish);
      await changeRow(tx, keyRow(actor, id, ifVersion), { name: input.name, expires_at: wish.expiresAt, project_ids: projectIds });
      await audit(tx, actor, { action: 'api_key.changed', subjectId: id, at: now, details: { fields: Object.keys(input) } });
      const done = await getKey(tx, actor, id);
      const heirs = await narrowHeirs(tx, { workspaceId: actor.workspaceId, id }, done);
      await auditHeirs(tx, { actor, at: now, action: 'api_key.changed', withKeyId: id }, heirs);
      return { done, heirs };
    });
  }

  /**
   * Gives a new key in place of the old one, which stays good for the overlap; one from a rotation before that is void.
   * @throws NotFound, Forbidden for another's key; Conflict `api_key_ended`
   */
  rotate(actor: Actor, id: string, { overlapSeconds = 0 }: RotateApiKeyRequest): Promise<ShownKey> {
    const { key, prefix, hash } = newApiKey();
    const now = this.clock.now();
    return this.changing(actor, id, async (tx, { before }) => {
      requireOwnKey(actor, before);
      requireAlive(before, now);
      await rows(
        tx,
        `UPDATE api_keys SET version = version + 1, key_hash = $3, prefix = $4, old_key_hash = CASE WHEN $5::timestamptz > $6 THEN key_hash END,
                old_key_until = CASE WHEN $5::timestamptz > $6 THEN $5::timestamptz END
          WHERE workspace_id = $1 AND id = $2`,
        [actor.workspaceId, id, hash, prefix, new Date(now.getTime() + overlapSeconds * SECOND_MS), now],
      );
      await audit(tx, actor, { action: 'api_key.rotated', subjectId: id, at: now, details: { overlapSeconds } });
      return { done: { row: await getKey(tx, actor, id), key }, heirs: [] };
    });
  }

  /**
   * Works at once here and within five seconds everywhere, for all that the key has made too. A key that was revoked before stays as it is.
   * @throws NotFound, VersionMismatch, Forbidden
   */
  async revoke(actor: Actor, id: string, ifVersion: IfVersion): Promise<void> {
    const { workspaceId } = actor;
    await this.changing(actor, id, async (tx) => {
      await changeRow(tx, keyRow(actor, id, ifVersion), {});
      const now = this.clock.now();
      await rows(tx, 'UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $3) WHERE workspace_id = $1 AND id = $2', [workspaceId, id, now]);
      await audit(tx, actor, { action: 'api_key.revoked', subjectId: id, at: now });
      const heirs = await endHeirs(tx, { workspaceId, id }, now);
      await auditHeirs(tx, { actor, at: now, action: 'api_key.revoked', withKeyId: id }, heirs);
      return { done: undefined, heirs };
    });
  }

  /**
   * One transaction on a key that waits for its turn; afterwards it and its heirs are looked up anew.
   * @throws NotFound; Unauthorized when the key in hand has ended; Forbidden `key_exceeds_yours`
   */
  private async changing<T>(actor: Actor, id: string, work: (tx: EntityManager, key: LockedKey) => Promise<Changed<T>>): Promise<T> {
    const { workspaceId, apiKeyId } = actor;
    const { done, hashes } = await transact(this.db, async (tx) => {
      const others = [apiKeyId ?? [], (await makerOf(tx, { workspaceId, id })) ?? []].flat().filter((one) => one !== id);
      const held = await holdBounds(tx, actor, others, this.clock.now());
      const locked = await lockHashes(tx, workspaceId, id);
      const before = await getKey(tx, actor, id);
      const bounds = apiKeyId === id ? [...held, before] : held;
      await requireLesserKey(
        tx,
        actor,
        bounds.find((one) => one.id === apiKeyId),
        before,
      );
      const changed = await work(tx, { before, bounds });
      return { done: changed.done, hashes: [...locked, ...changed.heirs.flatMap((heir) => heir.hashes)] };
    });
    for (const hash of hashes) this.verifier.forget(hash);
    return done;
  }
}

/** Who is held to some projects sees the keys that are their own. */
function audienceOf({ workspaceId, projectIds, memberId }: Actor): KeyAudience {
  return { workspaceId, memberId: projectIds === null ? null : memberId };
}

async function getKey(db: Pick<EntityManager, 'query'>, actor: Actor, id: string): Promise<ApiKeyRow> {
  const row = await findApiKey(db, audienceOf(actor), id);
  if (!row) throw new NotFound('API key');
  return row;
}

function keyRow({ workspaceId }: Actor, id: string, ifVersion: IfVersion): VersionedRow {
  return { table: 'api_keys', thing: 'API key', workspaceId, id, ifVersion };
}

async function lockHashes(tx: EntityManager, workspaceId: string, id: string): Promise<string[]> {
  const key = await firstRow<{ hash: string; old: string | null }>(
    tx,
    'SELECT key_hash AS hash, old_key_hash AS old FROM api_keys WHERE workspace_id = $1 AND id = $2 FOR UPDATE',
    [workspaceId, id],
  );
  return key === undefined ? [] : [key.hash, ...(key.old === null ? [] : [key.old])];
}
