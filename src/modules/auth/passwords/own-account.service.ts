import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Conflict, RuleViolation, Unauthorized, VersionMismatch } from '../../../domain/errors.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import type { MeResponse } from '../login/auth.dto.js';
import { LoginThrottle } from '../login/login-throttle.service.js';
import type { LoginOrigin } from '../sessions/login-origin.js';
import { PasswordChanges } from './password-changes.service.js';
import type { ChangePasswordRequest } from './password-reset.dto.js';
import { hashPassword, passwordMatches } from './passwords.js';
import { requirePerson } from '../sessions/person.js';
import { Profile } from '../login/profile.service.js';
import { Users } from '../sessions/users.service.js';

/** What people change about themselves. */
@Injectable()
export class OwnAccount {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly profile: Profile,
    private readonly users: Users,
    private readonly passwords: PasswordChanges,
    private readonly throttle: LoginThrottle,
  ) {}

  /** @throws Forbidden for a key; VersionMismatch */
  async rename(actor: Actor, name: string, ifVersion: IfVersion): Promise<MeResponse> {
    const { userId } = requirePerson(actor);
    await transact(this.db, async (tx) => {
      const changed = await rows(
        tx,
        'UPDATE users SET name = $2, version = version + 1 WHERE id = $1 AND ($3::int IS NULL OR version = $3) RETURNING id',
        [userId, name, ifVersion === '*' ? null : ifVersion],
      );
      if (changed.length === 0) throw new VersionMismatch();
      await audit(tx, actor, { action: 'user.changed', subjectId: userId, at: this.clock.now(), details: { fields: ['name'] } });
    });
    return this.profile.of(actor);
  }

  /**
   * By who is logged in and knows the present password. Guesses count as those of a login do.
   * @throws Forbidden for a key; Conflict `no_password`; RuleViolation `wrong_password`; LimitReached `too_many_attempts`
   */
  async changePassword(actor: Actor, { currentPassword, newPassword }: ChangePasswordRequest, origin: LoginOrigin): Promise<void> {
    const { userId, sessionId } = requirePerson(actor);
    const user = await this.users.find(userId);
    if (!user) throw new Unauthorized();
    if (user.passwordHash === null) throw new Conflict('no_password', 'You have no password yet: ask for a link to choose one.');
    const tried = await this.throttle.enter({ userId, email: user.email }, origin);
    if (!(await passwordMatches(user.passwordHash, currentPassword))) throw wrongPassword();
    await this.throttle.passed(tried, userId);
    const passwordHash = await hashPassword(newPassword); // outside of the transaction: it takes its time
    const ended = await transact(this.db, async (tx) => {
      const still = await firstRow(tx, 'SELECT FROM users WHERE id = $1 AND password_hash = $2 FOR NO KEY UPDATE', [userId, user.passwordHash]);
      if (!still) throw wrongPassword(); // it was changed meanwhile
      return this.passwords.store(tx, { userId, passwordHash, keptSessionId: sessionId, action: 'user.password_changed', actor });
    });
    this.passwords.forget(ended);
  }
}

function wrongPassword(): RuleViolation {
  return RuleViolation.at('/currentPassword', 'wrong_password', 'This is not your present password.');
}
