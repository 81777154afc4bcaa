import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import type { Role } from '../../domain/permissions.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { Page } from '../../platform/http/paging.js';
import { newId } from '../../platform/ids.js';
import { listMembers, type MemberList, type MemberRow } from './members.queries.js';

@Injectable()
export class Members {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  list(actor: Actor, list: MemberList): Promise<Page<MemberRow>> {
    return listMembers(this.db, actor.workspaceId, list);
  }

  /** @returns the id of the new member */
  async join(tx: EntityManager, member: { readonly workspaceId: string; readonly userId: string; readonly role: Role }): Promise<string> {
    const id = newId();
    await rows(tx, 'INSERT INTO members (workspace_id, id, user_id, role, created_at) VALUES ($1, $2, $3, $4, $5)', [
      member.workspaceId,
      id,
      member.userId,
      member.role,
      this.clock.now(),
    ]);
    return id;
  }
}

/** Somebody whom work can be given to. @throws NotFound, pointing at the field that names them */
export async function requireMember(tx: EntityManager, workspaceId: string, id: string, pointer: string): Promise<void> {
  const member = await firstRow(tx, 'SELECT FROM members WHERE workspace_id = $1 AND id = $2 AND deactivated_at IS NULL', [workspaceId, id]);
  if (!member) throw new NotFound('member', pointer);
}
