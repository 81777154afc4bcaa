import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound, VersionMismatch } from '../../../domain/errors.js';
import { userAgentFamily } from '../../../domain/user-agent-family.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { LoginProofs } from '../../../platform/auth/recent-login.guard.js';
import { Clock, DAY_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import type { Page } from '../../../platform/http/lists/paging.js';
import { newId } from '../../../platform/ids.js';
import { hashToken, newToken } from '../../../platform/secrets/tokens.js';
import { requirePerson } from './person.js';
import { listSessions, type SessionList, type SessionRow } from './sessions.queries.js';
import { SESSION_IDLE_MS, StoredTokenVerifier } from './token-verifier.service.js';
import type { Membership } from './users.service.js';

export const SESSION_MS = 30 * DAY_MS;

export interface Login extends Pick<Membership, 'workspaceId' | 'memberId'> {
  readonly userId: string;
}

/** What is known of a new session beside whose it is. */
export interface SessionFacts {
  /** The header; only the family of it is kept. */
  readonly userAgent?: string;
  /** When the person showed who they are; now unless said otherwise. */
  readonly provedAt?: Date;
  readonly requestId?: string;
}

/** What a person's browsers hold. */
@Injectable()
export class Sessions extends LoginProofs {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly verifier: StoredTokenVerifier,
  ) {
    super();
  }

  /** @returns the token of a new session, which only the browser keeps */
  async open(tx: EntityManager, login: Login, { userAgent, provedAt, requestId }: SessionFacts = {}): Promise<string> {
    const token = newToken();
    const id = newId();
    const now = this.clock.now();
    await rows(
      tx,
      `INSERT INTO sessions (token_hash, id, user_id, workspace_id, member_id, created_at, expires_at, proved_at, user_agent)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        ...[hashToken(token), id, login.userId, login.workspaceId, login.memberId],
        ...[now, new Date(now.getTime() + SESSION_MS), provedAt ?? now, userAgentFamily(userAgent)],
      ],
    );
    await audit(tx, atScreen(login, requestId), { action: 'session.opened', subjectId: id, at: now });
    return token;
  }

  /** Ends the session that a browser brings, if it is one. */
  async logOut(token: string, requestId?: string): Promise<void> {
    const hash = hashToken(token);
    await transact(this.db, async (tx) => {
      const now = this.clock.now();
      const ended = await firstRow<Login & { id: string }>(
        tx,
        `/* all-workspaces: by its own token */ UPDATE sessions SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL
         RETURNING id, user_id AS "userId", workspace_id AS "workspaceId", member_id AS "memberId"`,
        [hash, now],
      );
      if (ended) await audit(tx, atScreen(ended, requestId), { action: 'session.ended', subjectId: ended.id, at: now });
    });
    this.verifier.forget(hash);
  }

  /** Where the person is logged in, in all their workspaces. @throws Forbidden for a key */
  list(actor: Actor, list: SessionList): Promise<Page<SessionRow>> {
    const now = this.clock.now();
    return listSessions(this.db, { userId: requirePerson(actor).userId, now, idleSince: new Date(now.getTime() - SESSION_IDLE_MS) }, list);
  }

  /** Ends one of the person's own sessions: at once here, within five seconds everywhere. @throws NotFound, for a key too: it has none */
  async end(actor: Actor, id: string, ifVersion: IfVersion): Promise<void> {
    const ended = await transact(this.db, async (tx) => {
      const session = await firstRow<{ hash: string; version: number }>(
        tx,
        `/* all-workspaces: one of the person's own */
         SELECT token_hash AS hash, version FROM sessions WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL FOR UPDATE`,
        [id, actor.sessionId === undefined ? null : actor.userId],
      );
      if (!session) throw new NotFound('session');
      if (ifVersion !== '*' && ifVersion !== session.version) throw new VersionMismatch();
      return this.endThose(tx, actor, [session.hash]);
    });
    for (const hash of ended) this.verifier.forget(hash);
  }

  /** Ends all sessions of the person but this one. @throws Forbidden for a key */
  async endOthers(actor: Actor): Promise<void> {
    const { userId, sessionId } = requirePerson(actor);
    const ended = await transact(this.db, async (tx) => {
      const others = await rows<{ hash: string }>(
        tx,
        "/* all-workspaces: the person's own */ SELECT token_hash AS hash FROM sessions WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL FOR UPDATE",
        [userId, sessionId],
      );
      return this.endThose(
        tx,
        actor,
        others.map(({ hash }) => hash),
      );
    });
    for (const hash of ended) this.verifier.forget(hash);
  }

  /** Notes that the person of a session has just shown who they are. */
  async prove(tx: EntityManager, sessionId: string): Promise<void> {
    await rows(tx, "/* all-workspaces: the person's own */ UPDATE sessions SET proved_at = $2 WHERE id = $1", [sessionId, this.clock.now()]);
  }

  async provedAt(sessionId: string): Promise<Date | undefined> {
    const session = await firstRow<{ at: Date }>(
      this.db,
      "/* all-workspaces: the caller's own */ SELECT COALESCE(proved_at, created_at) AS at FROM sessions WHERE id = $1 AND revoked_at IS NULL",
      [sessionId],
    );
    return session?.at;
  }

  private async endThose(tx: EntityManager, actor: Actor, hashes: readonly string[]): Promise<readonly string[]> {
    const now = this.clock.now();
    const ended = await rows<{ id: string }>(
      tx,
      "/* all-workspaces: the person's own */ UPDATE sessions SET revoked_at = $2 WHERE token_hash = ANY ($1) RETURNING id",
      [hashes, now],
    );
    for (const { id } of ended) await audit(tx, actor, { action: 'session.ended', subjectId: id, at: now });
    return hashes;
  }
}

/** The person of a session, for the audit log. */
function atScreen({ workspaceId, userId, memberId }: Login, requestId: string | undefined): Actor {
  const person = { workspaceId, userId, memberId, role: 'viewer', projectIds: null, permissions: new Set<never>(), via: 'ui' } as const;
  return { ...person, ...(requestId !== undefined && { requestId }) };
}
