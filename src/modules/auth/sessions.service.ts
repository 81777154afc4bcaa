import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Forbidden, NotFound, Unauthorized } from '../../domain/errors.js';
import { Clock, DAY_MS } from '../../platform/clock.js';
import { rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { newId } from '../../platform/ids.js';
import { hashToken, newToken } from '../../platform/secrets/tokens.js';
import type { LoginRequest } from './auth.dto.js';
import { passwordMatches } from './passwords.js';
import { StoredTokenVerifier } from './token-verifier.service.js';
import { type Membership, Users } from './users.service.js';

export const SESSION_MS = 30 * DAY_MS;

export interface Login extends Pick<Membership, 'workspaceId' | 'memberId'> {
  readonly userId: string;
}

/** Logins by password. Who tries too often is slowed down from issue 3 on. */
@Injectable()
export class Sessions {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly users: Users,
    private readonly verifier: StoredTokenVerifier,
  ) {}

  /**
   * @returns the new session with its token, which only the browser keeps
   * @throws Unauthorized `invalid_credentials`, the same for an unknown address and a wrong password; NotFound for a workspace not theirs
   */
  async logIn({ email, password, workspaceId }: LoginRequest): Promise<Login & { readonly token: string }> {
    const user = await this.users.findByEmail(email);
    if (!(await passwordMatches(user?.passwordHash, password)) || !user) {
      throw new Unauthorized('The address or the password is wrong.', 'invalid_credentials');
    }
    const memberships = await this.users.memberships(user.id);
    const membership = workspaceId === undefined ? memberships[0] : memberships.find((one) => one.workspaceId === workspaceId);
    if (!membership) throw workspaceId === undefined ? new Forbidden('You belong to no workspace.') : new NotFound('workspace', '/workspaceId');
    const login: Login = { userId: user.id, workspaceId: membership.workspaceId, memberId: membership.memberId };
    return { ...login, token: await transact(this.db, (tx) => this.open(tx, login)) };
  }

  /** @returns the token of a new session */
  async open(tx: EntityManager, login: Login): Promise<string> {
    const token = newToken();
    const now = this.clock.now();
    await rows(
      tx,
      'INSERT INTO sessions (token_hash, id, user_id, workspace_id, member_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      [hashToken(token), newId(), login.userId, login.workspaceId, login.memberId, now, new Date(now.getTime() + SESSION_MS)],
    );
    return token;
  }

  async logOut(token: string): Promise<void> {
    const hash = hashToken(token);
    await rows(this.db, '/* all-workspaces: by its own token */ UPDATE sessions SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL', [
      hash,
      this.clock.now(),
    ]);
    this.verifier.forget(hash);
  }
}
