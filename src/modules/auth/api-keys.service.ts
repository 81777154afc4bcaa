import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Forbidden, NotFound, RuleViolation } from '../../domain/errors.js';
import { scopesBeyond } from '../../domain/permissions.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/if-match.decorator.js';
import type { Page } from '../../platform/http/paging.js';
import { newId } from '../../platform/ids.js';
import type { CreateApiKeyRequest } from './api-keys.dto.js';
import { type ApiKeyList, type ApiKeyRow, findApiKey, listApiKeys } from './api-keys.queries.js';
import { newApiKey } from './new-api-key.js';
import { StoredTokenVerifier } from './token-verifier.service.js';

@Injectable()
export class ApiKeys {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly verifier: StoredTokenVerifier,
  ) {}

  list(actor: Actor, list: ApiKeyList): Promise<Page<ApiKeyRow>> {
    return listApiKeys(this.db, actor.workspaceId, list);
  }

  /**
   * @returns the row, and the key itself, which is stored nowhere
   * @throws RuleViolation `scope_exceeds_role`, `mailbox_required`, `expires_in_past`, `outlives_maker`; NotFound for the mailbox
   */
  async create(actor: Actor, input: CreateApiKeyRequest): Promise<{ readonly row: ApiKeyRow; readonly key: string }> {
    const expiresAt = input.expiresAt === undefined ? null : new Date(input.expiresAt);
    this.check(actor, input, expiresAt);
    const { key, prefix, hash } = newApiKey();
    const id = newId();
    const row = await transact(this.db, async (tx) => {
      await requireWithinMaker(tx, actor, input, expiresAt);
      if (input.mailboxId !== undefined) await requireMailbox(tx, actor.workspaceId, input.mailboxId);
      await rows(
        tx,
        `INSERT INTO api_keys (workspace_id, id, name, prefix, key_hash, scopes, mailbox_id, member_id, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [actor.workspaceId, id, input.name, prefix, hash, input.scopes, input.mailboxId ?? null, actor.memberId, expiresAt, this.clock.now()],
      );
      await audit(tx, actor, { action: 'api_key.created', subjectId: id, at: this.clock.now(), details: { scopes: input.scopes } });
      return findApiKey(tx, actor.workspaceId, id);
    });
    if (!row) throw new NotFound('API key');
    return { row, key };
  }

  /** Works at once here and within five seconds everywhere. A key that was revoked before stays as it is. */
  async revoke(actor: Actor, id: string, ifVersion: IfVersion): Promise<void> {
    const hash = await transact(this.db, async (tx) => {
      await changeRow(tx, { table: 'api_keys', thing: 'API key', workspaceId: actor.workspaceId, id, ifVersion }, {});
      const now = this.clock.now();
      const revoked = await firstRow<{ hash: string }>(
        tx,
        'UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $3) WHERE workspace_id = $1 AND id = $2 RETURNING key_hash AS hash',
        [actor.workspaceId, id, now],
      );
      await audit(tx, actor, { action: 'api_key.revoked', subjectId: id, at: now });
      return revoked?.hash;
    });
    if (hash !== undefined) this.verifier.forget(hash);
  }

  private check(actor: Actor, input: CreateApiKeyRequest, expiresAt: Date | null): void {
    if (actor.memberId === null) throw new Forbidden('A key needs a member who makes it.');
    const beyond = scopesBeyond(actor.role, actor.permissions, input.scopes);
    if (beyond.length > 0) {
      throw RuleViolation.at('/scopes', 'scope_exceeds_role', `You may not do this yourself: ${beyond.join(', ')}.`);
    }
    if (input.scopes.includes('inbound:write') && input.mailboxId === undefined) {
      throw RuleViolation.at('/mailboxId', 'mailbox_required', 'A key with inbound:write needs the mailbox that it brings mail into.');
    }
    if (expiresAt !== null && expiresAt <= this.clock.now()) {
      throw RuleViolation.at('/expiresAt', 'expires_in_past', 'The key would expire before it is made.');
    }
  }
}

/** A key that makes keys gives away nothing that it does not have: no other mailbox, no longer life. */
async function requireWithinMaker(tx: EntityManager, actor: Actor, input: CreateApiKeyRequest, expiresAt: Date | null): Promise<void> {
  if (actor.apiKeyId === undefined) return;
  const maker = await firstRow<{ mailboxId: string | null; expiresAt: Date | null }>(
    tx,
    'SELECT mailbox_id AS "mailboxId", expires_at AS "expiresAt" FROM api_keys WHERE workspace_id = $1 AND id = $2',
    [actor.workspaceId, actor.apiKeyId],
  );
  if (maker?.mailboxId && maker.mailboxId !== input.mailboxId) {
    throw RuleViolation.at('/mailboxId', 'scope_exceeds_role', 'This key is bound to a mailbox, and so are the keys it makes.');
  }
  if (maker?.expiresAt && (expiresAt === null || expiresAt > maker.expiresAt)) {
    throw RuleViolation.at('/expiresAt', 'outlives_maker', `A key made with this one expires by ${maker.expiresAt.toISOString()}.`);
  }
}

async function requireMailbox(tx: EntityManager, workspaceId: string, id: string): Promise<void> {
  const mailbox = await firstRow(tx, 'SELECT FROM mailboxes WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE', [workspaceId, id]);
  if (!mailbox) throw new NotFound('mailbox', '/mailboxId');
}
