import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, VersionMismatch } from '../../domain/errors.js';
import { judgeStanding, type Standing, type StandingChange, type TeamManager } from '../../domain/member-rules.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { OpenWork } from './open-work.service.js';
import { requireProjects } from './seen-projects.service.js';
import { countOtherOwners, lockStanding, lockTeam, refusal, requireTeamManager } from './team.service.js';

export interface MemberChange {
  readonly role?: Standing['role'];
  readonly projectIds?: readonly string[] | null;
  readonly deactivated?: boolean;
}

/** One member to be changed, under the lock of the team. */
interface Occasion {
  readonly tx: EntityManager;
  readonly actor: Actor;
  readonly by: TeamManager;
  readonly id: string;
}

/** What becomes of the people of a workspace: their roles, their projects, their going and coming back. */
@Injectable()
export class MemberChanges {
  private readonly listeners: ((memberId: string) => void)[] = [];

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly work: OpenWork,
  ) {}

  /** Tells, once it has committed, whose rights have changed. */
  onChanged(listener: (memberId: string) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Holds in every process within five seconds.
   * @throws NotFound, VersionMismatch, Forbidden; RuleViolation `role_exceeds_yours`, `owner_sees_all`; Conflict `last_owner`, `open_work`
   */
  async change(actor: Actor, id: string, input: MemberChange, ifVersion: IfVersion): Promise<void> {
    await transact(this.db, async (tx) => {
      await lockTeam(tx, actor.workspaceId);
      const by = await requireTeamManager(tx, actor);
      await this.apply({ tx, actor, by, id }, input, ifVersion);
    });
    this.announce(id);
  }

  /** The same inside a transaction that has locked the team; `announce` it when it has committed. */
  async apply({ tx, actor, by, id }: Occasion, input: MemberChange, ifVersion: IfVersion): Promise<void> {
    const { workspaceId } = actor;
    const now = await lockStanding(tx, workspaceId, id);
    if (ifVersion !== '*' && ifVersion !== now.version) throw new VersionMismatch();
    const { next, refused } = judgeStanding(by, now, changeOf(input), await countOtherOwners(tx, workspaceId, id));
    if (refused !== undefined) throw refusal(refused);
    await requireProjects(tx, actor, input.projectIds);
    const at = this.clock.now();
    const leaves = now.active && !next.active;
    if (leaves) await this.requireNothingLeft(tx, workspaceId, id);
    await changeRow(
      tx,
      { table: 'members', thing: 'member', workspaceId, id, ifVersion },
      { role: next.role, project_ids: next.projectIds, ...(now.active !== next.active && { deactivated_at: leaves ? at : null }) },
    );
    if (leaves) await this.work.end(tx, { workspaceId, memberId: id, at });
    const action = leaves ? 'member.deactivated' : next.active && !now.active ? 'member.reactivated' : 'member.changed';
    await audit(tx, actor, { action, subjectId: id, at, details: { fields: Object.keys(input), fromRole: now.role, toRole: next.role } });
  }

  announce(memberId: string): void {
    for (const listener of this.listeners) listener(memberId);
  }

  private async requireNothingLeft(tx: EntityManager, workspaceId: string, memberId: string): Promise<void> {
    const openWork = await this.work.countMoving(tx, { workspaceId, memberId, projectIds: null });
    if (Object.keys(openWork).length === 0) return;
    throw new Conflict('open_work', 'This member still has open work. Hand it over first: POST /members/{id}/hand-over.', { openWork });
  }
}

function changeOf({ role, projectIds, deactivated }: MemberChange): StandingChange {
  return {
    ...(role !== undefined && { role }),
    ...(projectIds !== undefined && { projectIds }),
    ...(deactivated !== undefined && { active: !deactivated }),
  };
}
