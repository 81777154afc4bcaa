import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Forbidden, VersionMismatch } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import type { IfVersion } from '../../platform/http/if-match.decorator.js';
import type { MeResponse } from './auth.dto.js';
import { Profile } from './profile.service.js';

/** What people change about themselves. */
@Injectable()
export class OwnAccount {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly profile: Profile,
  ) {}

  /** @throws Forbidden for a key; VersionMismatch */
  async rename(actor: Actor, name: string, ifVersion: IfVersion): Promise<MeResponse> {
    const { userId, sessionId } = actor;
    if (userId === null || sessionId === undefined) throw new Forbidden('Log in for this: a key changes nothing about its maker.');
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
}
