import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, Forbidden, NotFound } from '../../../domain/errors.js';
import { isManager } from '../../../domain/permissions.js';
import type { RecordIds } from '../../../domain/record-types.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { CREATION_ORDER, creationKey, rowsInCreationOrder } from '../../../platform/database/creation-order.js';
import { filterClause, filterNames } from '../../../platform/database/filter-clause.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { changeRow } from '../../../platform/database/versioned.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import type { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../../platform/http/lists/paging.js';
import { leaveNote } from '../../pipeline/left-for-people.service.js';
import { recordClause, requireRecord } from './records.js';

export interface NoteRow {
  readonly id: string;
  readonly version: number;
  readonly kind: 'note' | 'reason';
  readonly subjectType: string;
  readonly subjectId: string;
  readonly projectId: string | null;
  readonly authorId: string | null;
  readonly text: string;
  readonly createdAt: Date;
  readonly changedAt: Date | null;
}

const COLUMNS = `n.id, n.version, n.kind, n.subject_type AS "subjectType", n.subject_id AS "subjectId", n.project_id AS "projectId",
  n.author_id AS "authorId", n.text, n.created_at AS "createdAt", n.changed_at AS "changedAt"`;

const FILTERS = { kind: 'kind', subjectType: 'subject_type', subjectId: 'subject_id', projectId: 'project_id', authorId: 'author_id' } as const;
const NOTE_LIST = { ...CREATION_ORDER, filters: filterNames(FILTERS) };

/** Remarks on any record (F81), and the reasons that commands have kept. Not for viewers, who may be clients. */
@Injectable()
export class Notes {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<NoteRow>> {
    const list = readPage(query, NOTE_LIST);
    const values: unknown[] = [actor.workspaceId];
    const wanted = filterClause(FILTERS, list.filters, values) + recordClause(actor, values);
    const statement = { sql: `SELECT ${COLUMNS} FROM notes n WHERE n.workspace_id = $1${wanted}`, values, alias: 'n' };
    const found = await rowsInCreationOrder<NoteRow>(this.db.manager, statement, list);
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<NoteRow> {
    return requireNote(this.db.manager, actor, id);
  }

  /** @throws NotFound, RuleViolation `record_required` */
  create(actor: Actor, input: RecordIds & { readonly text: string }): Promise<NoteRow> {
    const { workspaceId, memberId: authorId } = actor;
    const at = this.clock.now();
    return transact(this.db, async (tx) => {
      const { record } = await requireRecord(tx, actor, input);
      const note = { subjectType: record.type, subjectId: record.id, authorId, text: input.text, at };
      const id = await leaveNote(tx, workspaceId, note, 'note');
      await audit(tx, actor, { action: 'note.created', subjectId: id, at, details: { about: record.type, aboutId: record.id } });
      return requireNote(tx, actor, id);
    });
  }

  /** @throws NotFound, VersionMismatch, Forbidden, Conflict `note_is_reason` */
  change(actor: Actor, id: string, text: string, ifVersion: IfVersion): Promise<NoteRow> {
    const at = this.clock.now();
    return transact(this.db, async (tx) => {
      await this.setOwn(tx, actor, { id, ifVersion }, { text, changed_at: at });
      await audit(tx, actor, { action: 'note.changed', subjectId: id, at });
      return requireNote(tx, actor, id);
    });
  }

  /** @throws as `change` */
  remove(actor: Actor, id: string, ifVersion: IfVersion): Promise<void> {
    return transact(this.db, async (tx) => {
      const { subjectType, subjectId } = await this.setOwn(tx, actor, { id, ifVersion }, {});
      await rows(tx, 'DELETE FROM notes WHERE workspace_id = $1 AND id = $2', [actor.workspaceId, id]);
      await audit(tx, actor, { action: 'note.removed', subjectId: id, at: this.clock.now(), details: { about: subjectType, aboutId: subjectId } });
    });
  }

  /** Sets columns of a note that the actor may change; it stays locked. */
  private async setOwn(
    tx: EntityManager,
    actor: Actor,
    { id, ifVersion }: { readonly id: string; readonly ifVersion: IfVersion },
    set: Readonly<Record<string, unknown>>,
  ): Promise<NoteRow> {
    const note = await requireNote(tx, actor, id);
    if (note.authorId !== actor.memberId && !isManager(actor.role)) throw new Forbidden('Only its author, a manager or an owner changes a note.');
    await changeRow(tx, { table: 'notes', thing: 'note', workspaceId: actor.workspaceId, id, ifVersion }, set);
    if (note.kind === 'reason') throw new Conflict('note_is_reason', 'This note says why something was done: it stays as it was written.');
    return note;
  }
}

async function requireNote(db: Pick<EntityManager, 'query'>, { workspaceId }: Actor, id: string): Promise<NoteRow> {
  const note = await firstRow<NoteRow>(db, `SELECT ${COLUMNS} FROM notes n WHERE n.workspace_id = $1 AND n.id = $2`, [workspaceId, id]);
  if (!note) throw new NotFound('note');
  return note;
}
