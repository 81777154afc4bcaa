import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Forbidden, NotFound, VersionMismatch } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import { noteChanges } from '../../platform/audit/noted-changes.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { newId } from '../../platform/ids.js';
import { Members } from './members.service.js';
import { Workspace } from './workspace.entity.js';
import type { ChangeWorkspaceRequest } from './workspaces.dto.js';

@Injectable()
export class Workspaces {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly members: Members,
  ) {}

  async get(actor: Actor): Promise<Workspace> {
    const workspace = await this.db.manager.findOneBy(Workspace, { id: actor.workspaceId });
    if (!workspace) throw new NotFound('workspace');
    return workspace;
  }

  /** @throws VersionMismatch */
  async change(actor: Actor, input: ChangeWorkspaceRequest, ifVersion: IfVersion): Promise<Workspace> {
    await transact(this.db, async (tx) => {
      const seen = { id: actor.workspaceId, ...(ifVersion !== '*' && { version: ifVersion }) };
      const before = await tx.findOne(Workspace, { where: { id: actor.workspaceId }, lock: { mode: 'for_no_key_update' } });
      const { affected } = await tx.update(Workspace, seen, Object.assign({ version: () => 'version + 1' }, input));
      if (!before || affected !== 1) throw new VersionMismatch();
      const fields = Object.entries(input) as [keyof ChangeWorkspaceRequest, unknown][]; // its own keys
      noteChanges(tx, actor.workspaceId, Object.fromEntries(fields.map(([field, to]) => [field, { from: before[field], to }])));
      await audit(tx, actor, {
        action: 'workspace.changed',
        subjectId: actor.workspaceId,
        at: this.clock.now(),
        details: { fields: Object.keys(input) },
      });
    });
    return this.get(actor);
  }

  /**
   * Another workspace of this installation; its maker becomes its owner, and enters it by logging in to it.
   * @throws Forbidden unless the actor owns the installation
   */
  async create(actor: Actor, name: string): Promise<Workspace> {
    const workspaceId = await transact(this.db, async (tx) => {
      const { userId } = actor;
      const owner =
        userId !== null && (await firstRow(tx, 'SELECT FROM users WHERE id = $1 AND installation_owner FOR KEY SHARE', [userId])) !== undefined;
      if (!owner) throw new Forbidden('Only the owner of the installation makes workspaces.');
      const made = await this.found(tx, name, userId);
      await audit(tx, { ...actor, ...made }, { action: 'workspace.created', subjectId: made.workspaceId, at: this.clock.now() });
      return made.workspaceId;
    });
    return this.get({ ...actor, workspaceId });
  }

  /** A new workspace with that user as its owner. */
  async found(tx: EntityManager, name: string, userId: string): Promise<{ workspaceId: string; memberId: string }> {
    const workspaceId = newId();
    await rows(tx, 'INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)', [workspaceId, name, this.clock.now()]);
    return { workspaceId, memberId: await this.members.join(tx, { workspaceId, userId, role: 'owner' }) };
  }
}
