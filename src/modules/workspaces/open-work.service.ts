import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../../platform/database/sql.js';

/** `moves` to whoever takes over; `follows` what moves, by itself; `ends` when its owner goes. */
export const WORK_FATES = ['moves', 'follows', 'ends'] as const;
export type WorkFate = (typeof WORK_FATES)[number];

export interface OpenItem {
  readonly id: string;
  readonly projectId: string | null;
  readonly state: string;
  /** What people know it by. */
  readonly title: string | null;
}

/** A kind of things that a member has in hand; the feature that keeps them registers it. */
export interface WorkKind {
  /** As in the path of the resource. */
  readonly kind: string;
  readonly fate: WorkFate;
  /**
   * Selects id, "projectId", state and title of what is open. $1 the workspace, $2 the member, $3 the projects (`uuid[]`, null for all).
   * What belongs to no project is there only when $3 is null.
   */
  readonly select: string;
  /** Gives the same things to the member $4, and returns their ids. Only for what moves. */
  readonly move?: string;
}

/** Whose work, and in which projects; null for all. */
export interface WorkOf {
  readonly workspaceId: string;
  readonly memberId: string;
  readonly projectIds: readonly string[] | null;
}

export type WorkCounts = Readonly<Record<string, number>>;

/** Runs in the transaction that lets a member go. */
type AtLeaving = (tx: EntityManager, who: { readonly workspaceId: string; readonly memberId: string; readonly at: Date }) => Promise<void>;

/**
 * What members have in hand. This feature knows none of it: those further up the ladder register what is theirs, when they start.
 */
@Injectable()
export class OpenWork {
  private readonly kinds: WorkKind[] = [];
  private readonly leaving: AtLeaving[] = [];

  register(...kinds: readonly WorkKind[]): void {
    this.kinds.push(...kinds);
  }

  /** Names what ends with a membership, such as logins and keys. */
  atLeaving(end: AtLeaving): void {
    this.leaving.push(end);
  }

  /** @returns every kind with its number and up to `limit` things, the oldest first */
  async list(tx: EntityManager, of: WorkOf, limit: number): Promise<{ kind: string; fate: WorkFate; count: number; items: OpenItem[] }[]> {
    const found = [];
    for (const { kind, fate, select } of this.kinds) {
      const items = await rows<OpenItem>(tx, `SELECT * FROM (${select}) AS work ORDER BY id LIMIT $4`, [...valuesOf(of), limit]);
      found.push({ kind, fate, items, count: await this.countOf(tx, select, of) });
    }
    return found;
  }

  /** Of what somebody else must take before the member goes. Empty when nothing is left. */
  async countMoving(tx: EntityManager, of: WorkOf): Promise<WorkCounts> {
    const counts: Record<string, number> = {};
    for (const { kind, select } of this.kinds.filter((one) => one.fate === 'moves')) {
      const count = await this.countOf(tx, select, of);
      if (count > 0) counts[kind] = count;
    }
    return counts;
  }

  /** The projects that what moves belongs to; null stands for none. */
  async projectsOf(tx: EntityManager, of: WorkOf): Promise<(string | null)[]> {
    const found = new Set<string | null>();
    for (const { select } of this.kinds.filter((one) => one.fate === 'moves')) {
      const projects = await rows<{ id: string | null }>(tx, `SELECT DISTINCT "projectId" AS id FROM (${select}) AS work`, valuesOf(of));
      for (const { id } of projects) found.add(id);
    }
    return [...found];
  }

  /** @returns how many of each kind changed hands */
  async move(tx: EntityManager, of: WorkOf, toMemberId: string): Promise<WorkCounts> {
    const moved: Record<string, number> = {};
    for (const { kind, move } of this.kinds) {
      if (move !== undefined) moved[kind] = (await rows(tx, move, [...valuesOf(of), toMemberId])).length;
    }
    return moved;
  }

  async end(tx: EntityManager, who: { readonly workspaceId: string; readonly memberId: string; readonly at: Date }): Promise<void> {
    for (const end of this.leaving) await end(tx, who);
  }

  private async countOf(tx: EntityManager, select: string, of: WorkOf): Promise<number> {
    const row = await firstRow<{ count: number }>(tx, `SELECT count(*)::int AS count FROM (${select}) AS work`, valuesOf(of));
    return row?.count ?? 0;
  }
}

function valuesOf({ workspaceId, memberId, projectIds }: WorkOf): unknown[] {
  return [workspaceId, memberId, projectIds];
}
