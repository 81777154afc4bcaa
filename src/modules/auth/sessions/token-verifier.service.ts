import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { keyPermissions, ROLE_PERMISSIONS, type Role, type Scope } from '../../../domain/permissions.js';
import { withinBoth } from '../../../domain/project-scope.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { TokenVerifier } from '../../../platform/auth/token-verifier.js';
import { Clock, DAY_MS, MINUTE_MS, SECOND_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { hashToken } from '../../../platform/secrets/tokens.js';
import { liveSession } from './sessions.queries.js';

/** How long a credential is believed without asking again: api.md lets a revoked one live for five seconds. */
const BELIEVED_MS = 3 * SECOND_MS;
const MAX_BELIEVED = 10_000;
/** A session that nobody uses for so long has been forgotten somewhere. */
export const SESSION_IDLE_MS = 14 * DAY_MS;
/** Last use is for people; a write on every call would be dear. */
const USE_NOTED_EVERY_MS = MINUTE_MS;

interface KeyRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly userId: string;
  readonly memberId: string;
  readonly role: Role;
  readonly projectIds: string[] | null;
  readonly keyProjectIds: string[] | null;
  readonly scopes: Scope[];
  readonly mailboxId: string | null;
  readonly lastUsedAt: Date | null;
}

interface SessionRow {
  readonly sessionId: string;
  readonly workspaceId: string;
  readonly userId: string;
  readonly memberId: string;
  readonly role: Role;
  readonly projectIds: string[] | null;
  readonly lastSeenAt: Date;
}

interface Believed {
  readonly actor: Actor;
  readonly until: number;
}

/** A key dies with its maker's membership. After a rotation the old one is good for the overlap. */
const KEY = `
  /* all-workspaces: a key names its workspace */
  SELECT k.id, k.workspace_id AS "workspaceId", m.user_id AS "userId", m.id AS "memberId", m.role, m.project_ids AS "projectIds",
         k.project_ids AS "keyProjectIds", k.scopes, k.mailbox_id AS "mailboxId", k.last_used_at AS "lastUsedAt"
    FROM api_keys k JOIN members m ON m.workspace_id = k.workspace_id AND m.id = k.member_id
   WHERE (k.key_hash = $1 OR (k.old_key_hash = $1 AND k.old_key_until > $2)) AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) AND m.deactivated_at IS NULL`;

const SESSION = `
  /* all-workspaces: a session names its workspace */
  SELECT s.id AS "sessionId", s.workspace_id AS "workspaceId", s.user_id AS "userId", s.member_id AS "memberId", m.role, m.project_ids AS "projectIds",
         COALESCE(s.last_seen_at, s.created_at) AS "lastSeenAt"
    FROM sessions s JOIN members m ON m.workspace_id = s.workspace_id AND m.id = s.member_id
   WHERE s.token_hash = $1 AND ${liveSession('s', '$2', '$3')} AND m.deactivated_at IS NULL`;

@Injectable()
export class StoredTokenVerifier extends TokenVerifier {
  private readonly believed = new Map<string, Believed>();

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {
    super();
  }

  verifyBearer(token: string): Promise<Actor | undefined> {
    return this.believe(hashToken(token), (hash) => this.findKey(hash));
  }

  verifySession(cookie: string): Promise<Actor | undefined> {
    return this.believe(hashToken(cookie), (hash) => this.findSession(hash));
  }

  /** A credential was revoked: stops at once in this process, and within `BELIEVED_MS` in the others. */
  forget(hash: string): void {
    this.believed.delete(hash);
  }

  /** The rights of a member have changed: whatever they come with is looked up again. */
  forgetMember(memberId: string): void {
    for (const [hash, { actor }] of this.believed) if (actor.memberId === memberId) this.believed.delete(hash);
  }

  /** Measured by real time: the product's clock may stand still or jump. */
  private async believe(hash: string, find: (hash: string) => Promise<Actor | undefined>): Promise<Actor | undefined> {
    const known = this.believed.get(hash);
    if (known && known.until > performance.now()) return known.actor;
    this.believed.delete(hash);
    const asked = performance.now();
    const actor = await find(hash);
    if (!actor) return undefined;
    if (this.believed.size >= MAX_BELIEVED) this.believed.clear();
    this.believed.set(hash, { actor, until: asked + BELIEVED_MS });
    return actor;
  }

  private async findKey(hash: string): Promise<Actor | undefined> {
    const now = this.clock.now();
    const key = await firstRow<KeyRow>(this.db, KEY, [hash, now]);
    if (!key) return undefined;
    if (key.lastUsedAt === null || now.getTime() - key.lastUsedAt.getTime() >= USE_NOTED_EVERY_MS) {
      await rows(this.db, `UPDATE api_keys SET last_used_at = $3 WHERE workspace_id = $1 AND id = $2`, [key.workspaceId, key.id, now]);
    }
    return {
      workspaceId: key.workspaceId,
      userId: key.userId,
      memberId: key.memberId,
      apiKeyId: key.id,
      role: key.role,
      projectIds: withinBoth(key.projectIds, key.keyProjectIds),
      permissions: keyPermissions(key.role, key.scopes),
      via: 'key',
      ...(key.mailboxId !== null && { mailboxId: key.mailboxId }),
    };
  }

  private async findSession(hash: string): Promise<Actor | undefined> {
    const now = this.clock.now();
    const found = await firstRow<SessionRow>(this.db, SESSION, [hash, now, new Date(now.getTime() - SESSION_IDLE_MS)]);
    if (!found) return undefined;
    const { lastSeenAt, ...session } = found;
    if (now.getTime() - lastSeenAt.getTime() >= USE_NOTED_EVERY_MS) {
      await rows(this.db, 'UPDATE sessions SET last_seen_at = $3 WHERE workspace_id = $1 AND id = $2', [session.workspaceId, session.sessionId, now]);
    }
    return { ...session, permissions: ROLE_PERMISSIONS[session.role], via: 'ui' };
  }
}
