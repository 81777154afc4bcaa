import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict } from '../../../domain/errors.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import type { OidcIdentity } from '../../../platform/auth/oidc-client.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { requirePerson } from '../sessions/person.js';
import { Users } from '../sessions/users.service.js';

type Identity = Pick<OidcIdentity, 'issuer' | 'subject'>;

/**
 * Who is who at the provider of single sign-on: by issuer and subject alone. An address proves nothing: whoever can write one
 * into their profile there would own the account here.
 */
@Injectable()
export class Identities {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly users: Users,
  ) {}

  async findUserId({ issuer, subject }: Identity): Promise<string | undefined> {
    const row = await firstRow<{ id: string }>(this.db, 'SELECT user_id AS id FROM user_identities WHERE issuer = $1 AND subject = $2', [
      issuer,
      subject,
    ]);
    return row?.id;
  }

  /** @returns since when the person is linked, if they are. @throws Forbidden for a key */
  async linkedAt(actor: Actor): Promise<Date | undefined> {
    const row = await firstRow<{ at: Date }>(this.db, 'SELECT min(created_at) AS at FROM user_identities WHERE user_id = $1 HAVING count(*) > 0', [
      requirePerson(actor).userId,
    ]);
    return row?.at;
  }

  /** @throws Forbidden for a key, and what `bind` throws */
  async link(actor: Actor, identity: Identity): Promise<void> {
    const person = requirePerson(actor);
    await transact(this.db, async (tx) => {
      await this.bind(tx, person.userId, identity);
      await audit(tx, person, { action: 'oidc.linked', subjectId: person.userId, at: this.clock.now() });
    });
  }

  /** Without a link nothing happens. @throws Forbidden for a key; Conflict `no_password` for who could not come in any more */
  async unlink(actor: Actor): Promise<void> {
    const person = requirePerson(actor);
    const user = await this.users.find(person.userId);
    if (user?.passwordHash === null) throw new Conflict('no_password', 'You have no password: without the link you could not log in any more.');
    await transact(this.db, async (tx) => {
      const removed = await rows(tx, 'DELETE FROM user_identities WHERE user_id = $1 RETURNING user_id', [person.userId]);
      if (removed.length > 0) await audit(tx, person, { action: 'oidc.unlinked', subjectId: person.userId, at: this.clock.now() });
    });
  }

  /**
   * Links a user who has shown on both sides who they are; repeated, it changes nothing.
   * @throws Conflict `oidc_linked` when one of the two is linked with somebody else
   */
  async bind(tx: EntityManager, userId: string, { issuer, subject }: Identity): Promise<void> {
    await rows(tx, 'INSERT INTO user_identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
      ...[issuer, subject, userId, this.clock.now()],
    ]);
    const bound = await firstRow(tx, 'SELECT FROM user_identities WHERE issuer = $1 AND subject = $2 AND user_id = $3', [issuer, subject, userId]);
    if (!bound) throw new Conflict('oidc_linked', 'You, or this identity, are linked with another one already: take that link away first.');
  }
}
