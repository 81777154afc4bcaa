import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound, RuleViolation } from '../../domain/errors.js';
import type { Role } from '../../domain/permissions.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { Page } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { findMember, listMembers, type MemberList, type MemberRow } from './members.queries.js';

export interface NewMember {
  readonly workspaceId: string;
  readonly userId: string;
  readonly role: Role;
  /** The second border; all projects without it. */
  readonly projectIds?: readonly string[] | null;
}

@Injectable()
export class Members {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  list(actor: Actor, list: MemberList): Promise<Page<MemberRow>> {
    return listMembers(this.db, actor, list);
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<MemberRow> {
    const member = await findMember(this.db, actor, id);
    if (!member) throw new NotFound('member');
    return member;
  }

  /** @returns the id of the new member */
  async join(tx: EntityManager, { workspaceId, userId, role, projectIds = null }: NewMember): Promise<string> {
    const id = newId();
    await rows(tx, 'INSERT INTO members (workspace_id, id, user_id, role, project_ids, created_at) VALUES ($1, $2, $3, $4, $5, $6)', [
      ...[workspaceId, id, userId],
      ...[role, projectIds, this.clock.now()],
    ]);
    return id;
  }
}

export interface WorkFor {
  /** The field that names the member. */
  readonly pointer: string;
  /** Whose work it is; undefined: the whole team's. */
  readonly projectId: string | null | undefined;
}

/**
 * Somebody whom this work can be given to; they stay so until the end of `tx`.
 * @throws NotFound; RuleViolation `viewer_takes_no_work`, `outside_their_projects`; all pointing at the field that names them
 */
export async function requireWorker(tx: EntityManager, workspaceId: string, id: string, { pointer, projectId }: WorkFor): Promise<void> {
  const member = await firstRow<{ role: Role; projectIds: string[] | null }>(
    tx,
    'SELECT role, project_ids AS "projectIds" FROM members WHERE workspace_id = $1 AND id = $2 AND deactivated_at IS NULL FOR SHARE',
    [workspaceId, id],
  );
  if (!member) throw new NotFound('member', pointer);
  if (member.role === 'viewer') throw RuleViolation.at(pointer, 'viewer_takes_no_work', 'A viewer only looks on: choose somebody else.');
  if (projectId === undefined || member.projectIds === null || (projectId !== null && member.projectIds.includes(projectId))) return;
  throw RuleViolation.at(
    pointer,
    'outside_their_projects',
    'This member does not see the project of this work: open it to the member, or choose somebody else.',
  );
}
