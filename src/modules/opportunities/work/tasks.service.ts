import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import type { RecordIds } from '../../../domain/record-types.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { filterClause, filterNames, rangeClause } from '../../../platform/database/filter-clause.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { withTotal } from '../../../platform/database/total.js';
import { transact } from '../../../platform/database/transact.js';
import { changeRow } from '../../../platform/database/versioned.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import type { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { newId } from '../../../platform/ids.js';
import { page, readPage, type ListRules, type Page } from '../../../platform/http/lists/paging.js';
import { requireMember } from '../../workspaces/members.service.js';
import { recordClause, requireRecord } from './records.js';

export interface TaskRow {
  readonly id: string;
  readonly version: number;
  readonly kind: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly opportunityId: string | null;
  readonly projectId: string | null;
  readonly assigneeId: string | null;
  readonly title: string | null;
  readonly dueAt: Date;
  readonly doneAt: Date | null;
  readonly createdAt: Date;
}

export interface NewTodo extends RecordIds {
  readonly title: string;
  readonly dueAt?: string | undefined;
  /** Whose work the record is when absent, else whoever asks. */
  readonly assigneeId?: string | null | undefined;
}

const COLUMNS = `id, version, kind, subject_type AS "subjectType", subject_id AS "subjectId", opportunity_id AS "opportunityId", project_id AS "projectId",
  assignee_id AS "assigneeId", title, due_at AS "dueAt", done_at AS "doneAt", created_at AS "createdAt"`;

const FILTERS = {
  kind: 'kind',
  subjectType: 'subject_type',
  subjectId: 'subject_id',
  opportunityId: 'opportunity_id',
  projectId: 'project_id',
  assigneeId: 'assignee_id',
} as const;
type Filter = keyof typeof FILTERS;

const TASK_LIST: ListRules<Filter | 'state', 'dueAt' | '-dueAt'> = {
  sorts: ['dueAt', '-dueAt'],
  filters: ['state', ...filterNames(FILTERS)],
  key: ['instant', 'uuid'],
  ranges: ['dueAt'],
  counted: true,
};

/** Said as the index of open tasks says it. */
function stateClause(states: readonly string[] = ['open', 'done']): string {
  if (!states.includes('done')) return ' AND done_at IS NULL';
  return states.includes('open') ? '' : ' AND done_at IS NOT NULL';
}

/** Work that is left for people. Pipeline and the sequences make it. */
@Injectable()
export class Tasks {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<TaskRow>> {
    const list = readPage(query, TASK_LIST);
    const values: unknown[] = [actor.workspaceId];
    const { state, ...filters } = list.filters;
    const wanted =
      stateClause(state) +
      filterClause(FILTERS, filters, values) +
      rangeClause({ dueAt: 'due_at' }, list.ranges, values) +
      recordClause(actor, values);
    const all = { sql: `SELECT ${COLUMNS} FROM tasks WHERE workspace_id = $1${wanted}`, values: [...values], count: list.count };
    const [sign, order] = list.sort === 'dueAt' ? ['>', 'ASC'] : ['<', 'DESC'];
    const place = list.after ? ` AND (due_at, id) ${sign} ($${values.push(list.after[0])}::timestamptz, $${values.push(list.after[1])}::uuid)` : '';
    const limit = values.push(list.limit + 1);
    const found = await rows<TaskRow>(this.db, `${all.sql}${place} ORDER BY due_at ${order}, id ${order} LIMIT $${limit}`, values);
    return page(await withTotal(this.db, found, all), list.limit, (row) => [row.dueAt.toISOString(), row.id], list.sort);
  }

  /** What a person wants done at a record; of these there may be several. @throws NotFound, RuleViolation `record_required` */
  create(actor: Actor, input: NewTodo): Promise<TaskRow> {
    const { workspaceId } = actor;
    const at = this.clock.now();
    return transact(this.db, async (tx) => {
      const { record, place } = await requireRecord(tx, actor, input);
      if (input.assigneeId) await requireMember(tx, workspaceId, input.assigneeId, '/assigneeId');
      const assigneeId = input.assigneeId === undefined ? (place.ownerId ?? actor.memberId) : input.assigneeId;
      const row = await firstRow<TaskRow>(
        tx,
        `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, opportunity_id, project_id, assignee_id, title, due_at, created_at)
         VALUES ($1, $2, 'todo', $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${COLUMNS}`,
        [
          ...[workspaceId, newId(), record.type, record.id, place.opportunityId, place.projectId],
          ...[assigneeId, input.title, input.dueAt ?? at, at],
        ],
      );
      if (!row) throw new Error('The task was not stored.');
      await audit(tx, actor, { action: 'task.created', subjectId: row.id, at, details: { about: record.type, aboutId: record.id } });
      return row;
    });
  }

  /** @throws NotFound, VersionMismatch */
  change(
    actor: Actor,
    id: string,
    input: { readonly done?: boolean; readonly assigneeId?: string | null; readonly dueAt?: string },
    ifVersion: IfVersion,
  ): Promise<TaskRow> {
    const { workspaceId } = actor;
    const at = this.clock.now();
    return transact(this.db, async (tx) => {
      if (input.assigneeId) await requireMember(tx, workspaceId, input.assigneeId, '/assigneeId');
      await changeRow(
        tx,
        { table: 'tasks', thing: 'task', workspaceId, id, ifVersion },
        { done_at: input.done === undefined ? undefined : input.done ? at : null, assignee_id: input.assigneeId, due_at: input.dueAt },
      );
      await audit(tx, actor, { action: 'task.changed', subjectId: id, at, details: { fields: Object.keys(input) } });
      const row = await firstRow<TaskRow>(tx, `SELECT ${COLUMNS} FROM tasks WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
      if (!row) throw new NotFound('task');
      return row;
    });
  }
}
