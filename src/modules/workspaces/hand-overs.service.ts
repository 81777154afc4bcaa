import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound, RuleViolation } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { firstRow } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { MemberChanges } from './member-changes.service.js';
import { type OpenItem, OpenWork, type WorkCounts, type WorkFate, type WorkOf } from './open-work.service.js';
import { requireProjects } from './seen-projects.service.js';
import { lockStanding, lockTeam, requireTeamManager } from './team.service.js';

/** Enough to look through; the counts tell the rest. */
const ITEMS_SHOWN = 100;

export interface HandOver {
  readonly toMemberId: string;
  readonly projectIds?: readonly string[] | undefined;
  readonly deactivate?: boolean | undefined;
}

export interface HandedOver {
  readonly moved: WorkCounts;
  /** What the member still has in hand. */
  readonly left: WorkCounts;
}

/** What a member has in hand, and its passing to somebody else (features F54). */
@Injectable()
export class HandOvers {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly work: OpenWork,
    private readonly changes: MemberChanges,
  ) {}

  /** @throws NotFound, Forbidden */
  openWork(actor: Actor, memberId: string): Promise<{ kind: string; fate: WorkFate; count: number; items: OpenItem[] }[]> {
    return transact(this.db, async (tx) => {
      await requireTeamManager(tx, actor);
      const { workspaceId } = actor;
      const member = await firstRow(tx, 'SELECT FROM members WHERE workspace_id = $1 AND id = $2', [workspaceId, memberId]);
      if (!member) throw new NotFound('member');
      return this.work.list(tx, { workspaceId, memberId, projectIds: null }, ITEMS_SHOWN);
    });
  }

  /**
   * Moves all of it, or that of some projects, and may let the member go, in one transaction. Mailboxes stay where they are, and
   * sequences go on from the same one. Somebody who has gone already may hand over too.
   * @throws NotFound, Forbidden; RuleViolation `same_member`, `viewer_takes_no_work`, `outside_their_projects`; what a member's change throws
   */
  async handOver(actor: Actor, memberId: string, input: HandOver): Promise<HandedOver> {
    const { workspaceId } = actor;
    if (input.toMemberId === memberId) throw RuleViolation.at('/toMemberId', 'same_member', 'This is the member whose work it is.');
    const outcome = await transact(this.db, async (tx) => {
      await lockTeam(tx, workspaceId);
      const by = await requireTeamManager(tx, actor);
      await lockStanding(tx, workspaceId, memberId);
      await requireProjects(tx, actor, input.projectIds);
      const of: WorkOf = { workspaceId, memberId, projectIds: input.projectIds ?? null };
      await this.requireTaker(tx, of, input.toMemberId);
      const moved = await this.work.move(tx, of, input.toMemberId);
      const details = { toMemberId: input.toMemberId, projectIds: input.projectIds ?? null, ...moved };
      await audit(tx, actor, { action: 'member.handed_over', subjectId: memberId, at: this.clock.now(), details });
      if (input.deactivate === true) await this.changes.apply({ tx, actor, by, id: memberId }, { deactivated: true }, '*');
      return { moved, left: await this.work.countMoving(tx, { ...of, projectIds: null }) };
    });
    if (input.deactivate === true) this.changes.announce(memberId);
    return outcome;
  }

  /** Who takes over must be there, be allowed to do the work, and see it. */
  private async requireTaker(tx: EntityManager, of: WorkOf, toMemberId: string): Promise<void> {
    const taker = await lockStanding(tx, of.workspaceId, toMemberId, '/toMemberId');
    if (!taker.active) throw new NotFound('member', '/toMemberId');
    if (taker.role === 'viewer') throw RuleViolation.at('/toMemberId', 'viewer_takes_no_work', 'A viewer only looks on: choose somebody else.');
    const seen = taker.projectIds;
    if (seen === null) return;
    const unseen = (await this.work.projectsOf(tx, of)).filter((id) => id === null || !seen.includes(id));
    if (unseen.length === 0) return;
    const detail = 'This member does not see all projects of this work: open them to the member, or hand over by project.';
    throw new RuleViolation('outside_their_projects', detail, {
      errors: [{ pointer: '/toMemberId', detail }],
      projectIds: unseen.filter((id) => id !== null),
    });
  }
}
