import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Role } from '../../../domain/permissions.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { newId } from '../../../platform/ids.js';
import { Workspaces } from '../../workspaces/workspaces.service.js';

export interface User {
  readonly id: string;
  readonly version: number;
  readonly email: string;
  readonly name: string;
  /** Null for who comes in by single sign-on alone. */
  readonly passwordHash: string | null;
}

export interface Membership {
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly memberId: string;
  readonly role: Role;
}

export interface NewUser {
  readonly email: string;
  readonly name: string;
  /** Null for who comes in by single sign-on alone. */
  readonly passwordHash: string | null;
  /** The one who set the installation up. */
  readonly installationOwner: boolean;
}

export interface NewOwner {
  readonly userId: string;
  readonly workspaceId: string;
  readonly memberId: string;
}

const USER = `SELECT id, version, email, name, password_hash AS "passwordHash" FROM users`;

/** The people of the installation, whatever workspaces they belong to. */
@Injectable()
export class Users {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly workspaces: Workspaces,
  ) {}

  find(id: string): Promise<User | undefined> {
    return firstRow(this.db, `${USER} WHERE id = $1`, [id]);
  }

  findByEmail(email: string): Promise<User | undefined> {
    return firstRow(this.db, `${USER} WHERE lower(email) = lower($1)`, [email]);
  }

  /** Where they may work now, the oldest first. */
  memberships(userId: string, tx: Pick<EntityManager, 'query'> = this.db): Promise<Membership[]> {
    return rows(
      tx,
      `/* all-workspaces: those of one person */
       SELECT w.id AS "workspaceId", w.name AS "workspaceName", m.id AS "memberId", m.role
         FROM members m JOIN workspaces w ON w.id = m.workspace_id
        WHERE m.user_id = $1 AND m.deactivated_at IS NULL ORDER BY m.created_at, m.id`,
      [userId],
    );
  }

  async ownerExists(): Promise<boolean> {
    return (await firstRow(this.db, 'SELECT FROM installation WHERE set_up_at IS NOT NULL')) !== undefined;
  }

  /** @returns false when somebody else was first; who comes at the same time waits here for the outcome */
  async claimInstallation(tx: EntityManager): Promise<boolean> {
    const claimed = await rows(tx, 'UPDATE installation SET set_up_at = $1 WHERE set_up_at IS NULL RETURNING one_row', [this.clock.now()]);
    return claimed.length === 1;
  }

  /** A user of the installation with a workspace of their own. */
  async createOwner(tx: EntityManager, { workspaceName, ...user }: NewUser & { readonly workspaceName: string }): Promise<NewOwner> {
    const userId = await this.create(tx, user);
    return { userId, ...(await this.workspaces.found(tx, workspaceName, userId)) };
  }

  /** @returns the id of the new user, who belongs to no workspace yet */
  async create(tx: EntityManager, user: NewUser): Promise<string> {
    const id = newId();
    await rows(tx, 'INSERT INTO users (id, email, name, password_hash, installation_owner, created_at) VALUES ($1, $2, $3, $4, $5, $6)', [
      id,
      user.email,
      user.name,
      user.passwordHash,
      user.installationOwner,
      this.clock.now(),
    ]);
    return id;
  }
}
