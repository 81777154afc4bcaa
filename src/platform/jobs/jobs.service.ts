import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { IllegalTransition, NotFound } from '../../domain/errors.js';
import { isManager, keyPermissions } from '../../domain/permissions.js';
import { audit } from '../audit/audit-trail.js';
import type { Actor } from '../auth/actor.js';
import { Clock } from '../clock.js';
import { CREATION_ORDER, creationKey, type CreationSort, rowsInCreationOrder } from '../database/creation-order.js';
import { filterClause, filterNames } from '../database/filter-clause.js';
import { firstRow } from '../database/sql.js';
import { transact } from '../database/transact.js';
import { changeRow } from '../database/versioned.js';
import type { IfVersion } from '../http/input/if-match.decorator.js';
import type { PageQuery } from '../http/lists/page-query.dto.js';
import { type ListRules, type Page, page, readPage } from '../http/lists/paging.js';

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A piece of long work as people see it. */
export interface JobRow {
  readonly id: string;
  readonly version: number;
  readonly kind: string;
  readonly state: JobState;
  readonly memberId: string | null;
  readonly done: number;
  readonly total: number;
  readonly result: Record<string, unknown> | null;
  readonly error: Record<string, unknown> | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

const SELECT = `SELECT j.id, j.version, j.kind, j.state, j.member_id AS "memberId", j.done, j.total, j.result, j.error, j.created_at AS "createdAt",
       j.started_at AS "startedAt", j.finished_at AS "finishedAt" FROM jobs j WHERE j.workspace_id = $1 AND ($2::uuid IS NULL OR j.member_id = $2)
   AND ($3::text IS NULL OR j.actor ->> 'apiKeyId' = $3)`;

const FILTERS = { state: 'j.state', kind: 'j.kind' } as const;
const JOB_LIST: ListRules<keyof typeof FILTERS, CreationSort> = { ...CREATION_ORDER, filters: filterNames(FILTERS) };

/** Long work as those see it who asked for it, and managers who may see all projects. */
@Injectable()
export class Jobs {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<JobRow>> {
    const list = readPage(query, JOB_LIST);
    const values: unknown[] = [actor.workspaceId, ...whoseJobs(actor)];
    const wanted = filterClause(FILTERS, list.filters, values);
    const found = await rowsInCreationOrder<JobRow>(this.db, { sql: SELECT + wanted, values, alias: 'j' }, list);
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<JobRow> {
    const job = await firstRow<JobRow>(this.db, `${SELECT} AND j.id = $4`, [actor.workspaceId, ...whoseJobs(actor), id]);
    if (!job) throw new NotFound('job');
    return job;
  }

  /**
   * Stops work that is not done; what it did so far stays, and its `result` tells. A running one ends with its present step.
   * @throws NotFound, VersionMismatch, IllegalTransition when it is over
   */
  async cancel(actor: Actor, id: string, ifVersion: IfVersion): Promise<JobRow> {
    await this.get(actor, id);
    const { workspaceId } = actor;
    const at = this.clock.now();
    await transact(this.db, async (tx) => {
      const job = await firstRow<{ state: JobState }>(tx, 'SELECT state FROM jobs WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [workspaceId, id]);
      if (job && job.state !== 'queued' && job.state !== 'running') throw new IllegalTransition('job', job.state, 'cancelled', []);
      await changeRow(
        tx,
        { table: 'jobs', thing: 'job', workspaceId, id, ifVersion },
        { state: 'cancelled', finished_at: at, input: null, place: null },
      );
      await audit(tx, actor, { action: 'job.cancelled', subjectId: id, at });
    });
    return this.get(actor, id);
  }
}

/**
 * Results name things of every kind and project. Only who may do all that a manager may, everywhere, sees other people's; a person
 * sees their own, and a narrower key what was asked for with it.
 * @returns the member who asked, the key they asked with; null for any
 */
function whoseJobs({ role, projectIds, permissions, memberId, apiKeyId }: Actor): [string | null, string | null] {
  const whole = [...keyPermissions(role, ['*'])].every((permission) => permissions.has(permission));
  if (isManager(role) && projectIds === null && whole) return [null, null];
  return [memberId, apiKeyId ?? null];
}
