import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, type FieldError, NotFound, RuleViolation, Unauthorized } from '../../../domain/errors.js';
import { mayStillInvite } from '../../../domain/member-rules.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import { publicActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { hashToken } from '../../../platform/secrets/tokens.js';
import { Members } from '../../workspaces/members.service.js';
import { LoginThrottle } from '../login/login-throttle.service.js';
import { findByToken, lockByToken, type OpenedInvitation } from './invitations.queries.js';
import { hashPassword, passwordMatches } from '../passwords/passwords.js';
import type { LoginOrigin } from '../sessions/login-origin.js';
import { Sessions } from '../sessions/sessions.service.js';
import { Users } from '../sessions/users.service.js';

export interface Acceptance {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  /** Who is logged in, if anybody. */
  readonly userId?: string | undefined;
}

type Account = NonNullable<OpenedInvitation['account']>;

export interface Accepted {
  readonly invitation: OpenedInvitation;
  readonly userId: string;
  readonly memberId: string;
  /** Of the first session of a new account. Who has one logs in as always, with all that asks for. */
  readonly sessionToken: string | undefined;
}

/** The other end of an invitation: whoever holds the link. */
@Injectable()
export class InvitationAcceptance {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly users: Users,
    private readonly members: Members,
    private readonly sessions: Sessions,
    private readonly throttle: LoginThrottle,
  ) {}

  /** @throws NotFound; Conflict `invitation_used`, `invitation_expired` */
  async open(token: string): Promise<OpenedInvitation> {
    return this.requireStanding(await findByToken(this.db, hashToken(token)));
  }

  /**
   * Lets the holder in. An account that exists is never taken over by a link: its owner is logged in, or knows its password. The session
   * that the browser had until now ends where another one is opened.
   * @throws what `open` throws; RuleViolation `account_details_required`; Unauthorized `login_required`, `invalid_credentials`;
   *   LimitReached `too_many_attempts`; Conflict `already_member`
   */
  async accept(token: string, by: Acceptance, origin: LoginOrigin): Promise<Accepted> {
    const { account, email } = await this.open(token);
    if (account) await this.requireProof(account, email, by, origin);
    const newcomer = account ? undefined : await accountOf(email, by);
    const accepted = await transact(this.db, async (tx) => {
      const locked = this.requireStanding(await lockByToken(tx, hashToken(token)));
      const userId = account?.id ?? (newcomer && (await this.users.create(tx, newcomer)));
      if (userId === undefined) throw new NotFound('account');
      const { workspaceId, role, projectIds } = locked;
      const memberId = await this.members.join(tx, { workspaceId, userId, role, projectIds });
      await this.close(tx, locked, { userId, memberId, requestId: origin.requestId });
      const sessionToken = newcomer && (await this.sessions.open(tx, { userId, workspaceId, memberId }, origin));
      return { invitation: locked, userId, memberId, sessionToken };
    });
    const replaced = accepted.sessionToken === undefined ? undefined : origin.sessionToken;
    if (replaced !== undefined) await this.sessions.logOut(replaced, origin.requestId);
    return accepted;
  }

  /** One whose inviter may not invite any more is none, nor one whose key has ended. */
  private requireStanding(found: OpenedInvitation | undefined): OpenedInvitation {
    if (!found || found.revoked || !mayStillInvite(found.inviter, found.role)) throw noInvitation();
    if (found.keyExpiresAt && found.keyExpiresAt <= this.clock.now()) throw noInvitation();
    if (found.accepted) throw new Conflict('invitation_used', 'This invitation was accepted already: log in.');
    if (found.expiresAt <= this.clock.now()) throw new Conflict('invitation_expired', 'This invitation has expired: ask for a new one.');
    return found;
  }

  /** Guesses count as those of a login do, so that an invitation is no second door to try passwords at. */
  private async requireProof(account: Account, email: string, by: Acceptance, origin: LoginOrigin): Promise<void> {
    if (by.userId === account.id) return;
    if (account.secondFactor)
      throw new Unauthorized('There is an account with this address, which has a second factor: log in to it.', 'login_required');
    if (by.password === undefined) {
      throw new Unauthorized('There is an account with this address: log in to it, or send its password.', 'login_required');
    }
    const tried = await this.throttle.enter({ userId: account.id, email }, origin);
    if (!(await passwordMatches(account.passwordHash, by.password))) throw new Unauthorized('The password is wrong.', 'invalid_credentials');
    await this.throttle.refund(tried); // no login: the place does not become one that is known
  }

  private async close(
    tx: EntityManager,
    { workspaceId, id, role }: OpenedInvitation,
    by: Pick<Accepted, 'userId' | 'memberId'> & { requestId: string },
  ) {
    const now = this.clock.now();
    await rows(tx, 'UPDATE invitations SET accepted_at = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2', [workspaceId, id, now]);
    const actor = { ...publicActor(workspaceId, by.requestId), userId: by.userId, memberId: by.memberId };
    await audit(tx, actor, { action: 'invitation.accepted', subjectId: id, at: now, details: { role, memberId: by.memberId } });
  }
}

function noInvitation(): NotFound {
  return new NotFound('invitation behind this link');
}

async function accountOf(email: string, { name, password }: Acceptance) {
  if (name !== undefined && password !== undefined) return { email, name, passwordHash: await hashPassword(password), installationOwner: false };
  const detail = 'is needed for a new account';
  const errors: FieldError[] = [
    ...(name === undefined ? [{ pointer: '/name', detail }] : []),
    ...(password === undefined ? [{ pointer: '/password', detail }] : []),
  ];
  throw new RuleViolation('account_details_required', 'There is no account with this address yet: send a name and a password for it.', { errors });
}
