import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, Forbidden, NotFound, Unauthorized } from '../../../domain/errors.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import type { ConfirmRequest, LoginRequest } from './auth.dto.js';
import type { LoginOrigin } from '../sessions/login-origin.js';
import { LoginThrottle, type LoginTry } from './login-throttle.service.js';
import { passwordMatches } from '../passwords/passwords.js';
import { requirePerson } from '../sessions/person.js';
import { SecondFactors } from '../second-factor/second-factors.service.js';
import { type Login, type SessionFacts, Sessions } from '../sessions/sessions.service.js';
import { type User, Users } from '../sessions/users.service.js';

/** A login with what the browser keeps of it. */
export type OpenedLogin = Login & { readonly token: string };

interface Entrant {
  readonly userId: string;
  /** The first they joined when absent. */
  readonly workspaceId: string | undefined;
}

/** How people show who they are: a password, and a second factor where they have one. */
@Injectable()
export class Logins {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly throttle: LoginThrottle,
    private readonly factors: SecondFactors,
  ) {}

  /**
   * The session that the browser had until now ends, whoever's it was.
   * @returns the new session, and the token by which the browser is known from now on
   * @throws Unauthorized `invalid_credentials`, the same for an unknown address and a wrong password, `totp_required`, `invalid_totp`;
   *   LimitReached `too_many_attempts`; NotFound for a workspace not theirs
   */
  async logIn({ email, password, totp, workspaceId }: LoginRequest, origin: LoginOrigin): Promise<OpenedLogin & { readonly browserToken: string }> {
    const user = await this.users.findByEmail(email);
    const tried = await this.throttle.enter({ userId: user?.id, email }, origin);
    if (!(await passwordMatches(user?.passwordHash, password)) || !user) {
      throw new Unauthorized('The address or the password is wrong.', 'invalid_credentials');
    }
    const login = await this.unlessWrongCode(tried, async (tx) => {
      await requirePasswordStill(tx, user);
      await this.factors.demand(tx, user.id, totp);
      return this.enter(tx, { userId: user.id, workspaceId }, origin);
    });
    const browserToken = await this.throttle.passed(tried, user.id);
    if (origin.sessionToken !== undefined) await this.sessions.logOut(origin.sessionToken, origin.requestId);
    return { ...login, browserToken };
  }

  /**
   * For a user who has shown elsewhere who they are.
   * @param provedAt  when they did
   * @throws Forbidden who belongs nowhere, NotFound for a workspace not theirs
   */
  async enterAs(who: Entrant, origin: LoginOrigin, provedAt: Date): Promise<OpenedLogin> {
    const login = await transact(this.db, (tx) => this.enter(tx, who, { ...origin, provedAt }));
    if (origin.sessionToken !== undefined) await this.sessions.logOut(origin.sessionToken, origin.requestId);
    return login;
  }

  /**
   * Opens a session for a user who has shown who they are.
   * @throws Forbidden who belongs nowhere, NotFound for a workspace not theirs
   */
  private async enter(tx: EntityManager, { userId, workspaceId }: Entrant, facts: SessionFacts): Promise<OpenedLogin> {
    const memberships = await this.users.memberships(userId, tx);
    const membership = workspaceId === undefined ? memberships[0] : memberships.find((one) => one.workspaceId === workspaceId);
    if (!membership) throw workspaceId === undefined ? new Forbidden('You belong to no workspace.') : new NotFound('workspace', '/workspaceId');
    const login: Login = { userId, workspaceId: membership.workspaceId, memberId: membership.memberId };
    return { ...login, token: await this.sessions.open(tx, login, facts) };
  }

  /**
   * Whoever sits at the screen shows again who they are.
   * @throws Forbidden for a key; Conflict `no_password`; and what `logIn` throws
   */
  async confirm(actor: Actor, { password, totp }: ConfirmRequest, origin: LoginOrigin): Promise<void> {
    const person = requirePerson(actor);
    const user = await this.users.find(person.userId);
    if (!user) throw new Unauthorized();
    if (user.passwordHash === null) {
      throw new Conflict('no_password', 'You have no password: log in again at GET /api/v1/auth/oidc/login?confirm=true instead.');
    }
    const tried = await this.throttle.enter({ userId: user.id, email: user.email }, origin);
    if (!(await passwordMatches(user.passwordHash, password))) throw new Unauthorized('The password is wrong.', 'invalid_credentials');
    await this.unlessWrongCode(tried, async (tx) => {
      await requirePasswordStill(tx, user);
      await this.factors.demand(tx, user.id, totp);
      await this.sessions.prove(tx, person.sessionId);
      await audit(tx, person, { action: 'session.confirmed', subjectId: person.sessionId, at: this.clock.now() });
    });
    await this.throttle.passed(tried, user.id);
  }

  /** Where the password was right, only a wrong code counts as a failure: else the codes could be tried for ever. */
  private async unlessWrongCode<T>(tried: LoginTry, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await transact(this.db, work);
    } catch (error) {
      if (!(error instanceof Unauthorized && error.code === 'invalid_totp')) await this.throttle.refund(tried);
      throw error;
    }
  }
}

/** A password that is changed while it is looked at opens nothing any more: the change ends the sessions that are there, and waits for this one. */
async function requirePasswordStill(tx: EntityManager, { id, passwordHash }: Pick<User, 'id' | 'passwordHash'>): Promise<void> {
  const still = await firstRow(tx, 'SELECT FROM users WHERE id = $1 AND password_hash = $2 FOR SHARE', [id, passwordHash]);
  if (!still) throw new Unauthorized('The password was changed just now: log in with the new one.', 'invalid_credentials');
}
