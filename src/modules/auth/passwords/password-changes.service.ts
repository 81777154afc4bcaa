import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { publicActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { EVERY_WORKSPACE } from '../../../platform/jobs/job-queue.js';
import { SystemMail } from '../../../platform/mail/system-mail.service.js';
import { hashPassword } from './passwords.js';
import { ResetLinks } from './reset-links.service.js';
import { StoredTokenVerifier } from '../sessions/token-verifier.service.js';
import { Users } from '../sessions/users.service.js';

export interface NewPassword {
  readonly userId: string;
  readonly passwordHash: string;
  /** The login that goes on; all others end. */
  readonly keptSessionId: string | null;
  readonly action: 'user.password_reset' | 'user.password_changed';
  /** Who changed it; their workspace does not matter here. */
  readonly actor: Actor;
}

/** Gives people another password. Their other logins and the links on their way end, and they are told by mail. */
@Injectable()
export class PasswordChanges {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly users: Users,
    private readonly links: ResetLinks,
    private readonly verifier: StoredTokenVerifier,
    private readonly mail: SystemMail,
  ) {}

  /**
   * By a link, which works once. Logs nobody in, and a second factor stays.
   * @throws NotFound when the link was used, has expired, or never worked
   */
  async reset(token: string, password: string, requestId: string): Promise<void> {
    if (!(await this.links.works(token))) throw noSuchLink();
    const passwordHash = await hashPassword(password); // outside of the transaction: it takes its time
    const ended = await transact(this.db, async (tx) => {
      const userId = await this.links.use(tx, token);
      if (userId === undefined) throw noSuchLink();
      const actor = publicActor(EVERY_WORKSPACE, requestId);
      return this.store(tx, { userId, passwordHash, keptSessionId: null, action: 'user.password_reset', actor });
    });
    this.forget(ended);
  }

  /** Sessions that ended are refused here at once. */
  forget(hashes: readonly string[]): void {
    for (const hash of hashes) this.verifier.forget(hash);
  }

  /** What a change of password brings with it. @returns hashes of the sessions that ended, to be forgotten once it is committed */
  async store(tx: EntityManager, { userId, passwordHash, keptSessionId, action, actor }: NewPassword): Promise<string[]> {
    const now = this.clock.now();
    const user = await firstRow<{ email: string; name: string }>(
      tx,
      'UPDATE users SET password_hash = $2, version = version + 1 WHERE id = $1 RETURNING email, name',
      [userId, passwordHash],
    );
    if (!user) throw noSuchLink();
    await this.links.endAll(tx, userId);
    const ended = await rows<{ hash: string }>(
      tx,
      `/* all-workspaces: the logins of one person */
       UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $3::uuid RETURNING token_hash AS hash`,
      [userId, now, keptSessionId],
    );
    for (const { workspaceId, memberId } of await this.users.memberships(userId, tx)) {
      await audit(tx, { ...actor, workspaceId, memberId, userId }, { action, subjectId: userId, at: now });
    }
    const values = { name: user.name, at: `${now.toISOString().slice(0, 16).replace('T', ' ')} UTC` };
    await this.mail.send(tx, { workspaceId: EVERY_WORKSPACE, to: user, mail: 'password-changed', values, path: '/reset-password' });
    return ended.map(({ hash }) => hash);
  }
}

function noSuchLink(): NotFound {
  return new NotFound('password reset', undefined, 'This link was used, has expired, or never worked: ask for a new one.');
}
