import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, type FieldError, LimitReached, NotFound, RuleViolation, Unauthorized } from '../../../domain/errors.js';
import { mayStillInvite } from '../../../domain/member-rules.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import { publicActor } from '../../../platform/auth/system-actor.js';
import { Clock, HOUR_MS, SECOND_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { hashToken } from '../../../platform/secrets/tokens.js';
import { Members } from '../../workspaces/members.service.js';
import { findByToken, lockByToken, type OpenedInvitation } from './invitations.queries.js';
import { hashPassword, passwordMatches } from '../passwords/passwords.js';
import { Sessions } from '../sessions/sessions.service.js';
import { Users } from '../sessions/users.service.js';

/** Wrong passwords for one account, in an hour and by all invitations to it together. */
const PASSWORDS_AN_HOUR = 5;

export interface Acceptance {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  /** Who is logged in, if anybody. */
  readonly userId?: string | undefined;
  readonly requestId: string;
}

type Account = NonNullable<OpenedInvitation['account']>;
type Attempted = Pick<OpenedInvitation, 'workspaceId' | 'id' | 'email'>;

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
  ) {}

  /** @throws NotFound; Conflict `invitation_used`, `invitation_expired` */
  async open(token: string): Promise<OpenedInvitation> {
    return this.requireStanding(await findByToken(this.db, hashToken(token)));
  }

  /**
   * Lets the holder in. An account that exists is never taken over by a link: its owner is logged in, or knows its password.
   * @throws what `open` throws; RuleViolation `account_details_required`; Unauthorized `login_required`, `invalid_credentials`;
   *   LimitReached `too_many_attempts`; Conflict `already_member`
   */
  async accept(token: string, by: Acceptance): Promise<Accepted> {
    const { account, ...invitation } = await this.open(token);
    if (account) await this.requireProof(invitation, account, by);
    const newcomer = account ? undefined : await accountOf(invitation.email, by);
    return transact(this.db, async (tx) => {
      const locked = this.requireStanding(await lockByToken(tx, hashToken(token)));
      const userId = account?.id ?? (newcomer && (await this.users.create(tx, newcomer)));
      if (userId === undefined) throw new NotFound('account');
      const { workspaceId, role, projectIds } = locked;
      const memberId = await this.members.join(tx, { workspaceId, userId, role, projectIds });
      await this.close(tx, locked, { userId, memberId, requestId: by.requestId });
      const sessionToken = newcomer && (await this.sessions.open(tx, { userId, workspaceId, memberId }));
      return { invitation: locked, userId, memberId, sessionToken };
    });
  }

  /** One whose inviter may not invite any more is none. */
  private requireStanding(found: OpenedInvitation | undefined): OpenedInvitation {
    if (!found || found.revoked || !mayStillInvite(found.inviter, found.role)) throw new NotFound('invitation');
    if (found.accepted) throw new Conflict('invitation_used', 'This invitation was accepted already: log in.');
    if (found.expiresAt <= this.clock.now()) throw new Conflict('invitation_expired', 'This invitation has expired: ask for a new one.');
    return found;
  }

  private async requireProof(invitation: Attempted, account: Account, by: Acceptance): Promise<void> {
    if (by.userId === account.id) return;
    if (by.password === undefined) {
      throw new Unauthorized('There is an account with this address: log in to it, or send its password.', 'login_required');
    }
    await this.countAttempt(invitation);
    if (!(await passwordMatches(account.passwordHash, by.password))) throw new Unauthorized('The password is wrong.', 'invalid_credentials');
  }

  /** Counts first and looks then, so that many at once get no further than one after the other. */
  private async countAttempt({ workspaceId, id, email }: Attempted): Promise<void> {
    const now = this.clock.now();
    const hourAgo = new Date(now.getTime() - HOUR_MS);
    await rows(
      this.db,
      `UPDATE invitations SET failures = CASE WHEN failed_at > $4 THEN failures + 1 ELSE 1 END, failed_at = $3 WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, id, now, hourAgo],
    );
    const tried = await firstRow<{ count: number }>(
      this.db,
      `/* all-workspaces: the account may be asked into several */
       SELECT sum(failures)::int AS count FROM invitations WHERE lower(email) = lower($1) AND failures > 0 AND failed_at > $2`,
      [email, hourAgo],
    );
    if ((tried?.count ?? 0) > PASSWORDS_AN_HOUR) {
      throw new LimitReached(
        'too_many_attempts',
        'Too many passwords were tried. Log in to your account instead, or wait an hour.',
        HOUR_MS / SECOND_MS,
      );
    }
  }

  private async close(
    tx: EntityManager,
    { workspaceId, id, role }: OpenedInvitation,
    by: Pick<Accepted, 'userId' | 'memberId'> & { requestId: string },
  ) {
    const now = this.clock.now();
    await rows(tx, 'UPDATE invitations SET accepted_at = $3, failures = 0, version = version + 1 WHERE workspace_id = $1 AND id = $2', [
      workspaceId,
      id,
      now,
    ]);
    const actor = { ...publicActor(workspaceId, by.requestId), userId: by.userId, memberId: by.memberId };
    await audit(tx, actor, { action: 'invitation.accepted', subjectId: id, at: now, details: { role, memberId: by.memberId } });
  }
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
