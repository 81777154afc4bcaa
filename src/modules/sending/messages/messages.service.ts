import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, IllegalTransition, NotFound, RuleViolation, VersionMismatch } from '../../../domain/errors.js';
import { OPEN_ENROLLMENT_STATES } from '../../../domain/machines/enrollment.js';
import { manualMoves } from '../../../domain/machines/machine.js';
import { MESSAGE, MESSAGE_STATES, type MessageState } from '../../../domain/machines/message.js';
import { leftOverInMail } from '../../../domain/placeholders.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { creationKey } from '../../../platform/database/creation-order.js';
import { transact } from '../../../platform/database/transact.js';
import { changeRow } from '../../../platform/database/versioned.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import type { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../../platform/http/lists/paging.js';
import { wake } from '../../../platform/jobs/work-loops.js';
import { SequenceProgress } from '../../outreach/planning/sequence-progress.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { requireInside } from '../../projects/project-border.service.js';
import { DraftTexts, type MessageChange } from './draft-texts.service.js';
import { findMessage, keepWording, listMessages, MESSAGE_LIST, type MessageRow, type MessageSummary } from './messages.queries.js';

export interface Resolution {
  readonly outcome: 'sent' | 'resend' | 'abandon';
  readonly reason: string;
}

const RESOLVED = { sent: 'sent', resend: 'scheduled', abandon: 'cancelled' } as const satisfies Record<Resolution['outcome'], MessageState>;
const EDITABLE: readonly string[] = ['draft', 'pending_approval'];
const CANCELLABLE: readonly string[] = [...EDITABLE, 'scheduled'];

/** Mails as people see and handle them. */
@Injectable()
export class Messages {
  constructor(
    private readonly db: DataSource,
    private readonly pipeline: Pipeline,
    private readonly progress: SequenceProgress,
    private readonly texts: DraftTexts,
    private readonly clock: Clock,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<MessageSummary>> {
    const list = readPage(query, MESSAGE_LIST);
    return page(await listMessages(this.db, actor, list), list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  get({ workspaceId }: Actor, id: string): Promise<MessageRow> {
    return this.load(this.db, workspaceId, id);
  }

  /**
   * Rewrites a mail that nobody has released; one that waits for approval becomes a draft again (state-model 4).
   * @throws NotFound, VersionMismatch, Conflict `message_not_editable`, RuleViolation `text_needed`, `mail_too_long`
   */
  async change(actor: Actor, id: string, input: MessageChange, ifVersion: IfVersion): Promise<MessageRow> {
    const { workspaceId } = actor;
    const whole = await this.texts.whole(input);
    return transact(this.db, async (tx) => {
      const { state, version } = await this.lock(tx, workspaceId, id, ifVersion);
      if (!EDITABLE.includes(state)) throw new Conflict('message_not_editable', 'Only a draft can be changed.', { state });
      if (Object.values(input).some((value) => value !== undefined))
        await keepWording(tx, workspaceId, id, { by: actor.memberId, at: this.clock.now() });
      const words =
        whole.text === undefined && whole.html === undefined
          ? {}
          : await this.texts.ended(tx, workspaceId, await this.load(tx, workspaceId, id), whole);
      await changeRow(tx, { table: 'messages', thing: 'message', workspaceId, id, ifVersion: version }, { subject: whole.subject, ...words });
      if (state === 'pending_approval') await this.pipeline.record(tx, actor, { kind: 'message_changed', messageId: id });
      await audit(tx, actor, { action: 'message.changed', subjectId: id, at: this.clock.now(), details: { fields: Object.keys(input) } });
      return this.load(tx, workspaceId, id);
    });
  }

  /**
   * Lets a draft go as soon as its mailbox may.
   * @throws NotFound, VersionMismatch, IllegalTransition, RuleViolation `message_incomplete`, `placeholders_left`
   */
  release(actor: Actor, id: string, ifVersion: number): Promise<void> {
    const { workspaceId } = actor;
    return transact(this.db, async (tx) => {
      await requireInside(tx, actor, [{ word: 'messages', id }]);
      const { state } = await this.lock(tx, workspaceId, id, ifVersion);
      if (!EDITABLE.includes(state)) throw illegal(state, 'scheduled');
      requireComplete(await this.load(tx, workspaceId, id));
      await this.pipeline.record(tx, actor, { kind: 'message_approved', messageId: id });
      await this.dueNow(tx, workspaceId, id);
      await audit(tx, actor, { action: 'message.released', subjectId: id, at: this.clock.now() });
    });
  }

  /**
   * Says what became of a mail of unknown fate. Given up, its sequence goes on with the next step: the mail may well have arrived.
   * @throws NotFound, VersionMismatch, IllegalTransition
   */
  resolve(actor: Actor, id: string, { outcome, reason }: Resolution, ifVersion: IfVersion): Promise<MessageRow> {
    const { workspaceId } = actor;
    return transact(this.db, async (tx) => {
      const { state, enrollmentId, transmittingAt } = await this.load(tx, workspaceId, id);
      const to = RESOLVED[outcome];
      if (state !== 'delivery_unknown') throw illegal(state, to);
      await this.pipeline.move(tx, actor, { machine: 'message', id, to, ifVersion, reason });
      const at = this.clock.now();
      if (outcome === 'resend') await this.dueNow(tx, workspaceId, id);
      else if (enrollmentId !== null) await this.progress.afterSent(tx, workspaceId, { enrollmentId, sentAt: transmittingAt ?? at });
      await rows(
        tx,
        `UPDATE tasks SET done_at = $3, version = version + 1 WHERE workspace_id = $1 AND subject_id = $2 AND kind = 'delivery_unknown' AND done_at IS NULL`,
        [workspaceId, id, at],
      );
      await audit(tx, actor, { action: 'message.resolved', subjectId: id, at, details: { outcome } });
      return this.load(tx, workspaceId, id);
    });
  }

  /**
   * Takes back a mail that has not left. A sequence goes on after a follow-up, and stops when it was the first mail: nothing
   * could follow it.
   * @throws NotFound, VersionMismatch, IllegalTransition, Conflict `delivery_unknown`
   */
  cancel(actor: Actor, id: string, ifVersion: IfVersion): Promise<MessageRow> {
    const { workspaceId } = actor;
    return transact(this.db, async (tx) => {
      const { state, source, enrollmentId, version } = await this.load(tx, workspaceId, id);
      if (ifVersion !== '*' && ifVersion !== version) throw new VersionMismatch();
      if (state === 'delivery_unknown') throw new Conflict('delivery_unknown', 'Nobody knows whether this has left: say what to do at /resolve.');
      if (!CANCELLABLE.includes(state)) throw illegal(state, 'cancelled');
      await this.pipeline.move(tx, actor, { machine: 'message', id, to: 'cancelled', ifVersion });
      if (source === 'sequence' && enrollmentId !== null) await this.goOnWithout(tx, actor, enrollmentId);
      await audit(tx, actor, { action: 'message.cancelled', subjectId: id, at: this.clock.now() });
      return this.load(tx, workspaceId, id);
    });
  }

  private async goOnWithout(tx: EntityManager, actor: Actor, enrollmentId: string): Promise<void> {
    const { workspaceId } = actor;
    const enrollment = await firstRow<{ state: string; begun: boolean }>(
      tx,
      `SELECT e.state, EXISTS (SELECT FROM messages m WHERE m.workspace_id = $1 AND m.enrollment_id = e.id AND m.sent_at IS NOT NULL) AS begun
         FROM enrollments e WHERE e.workspace_id = $1 AND e.id = $2`,
      [workspaceId, enrollmentId],
    );
    if (!enrollment || !(OPEN_ENROLLMENT_STATES as readonly string[]).includes(enrollment.state)) return;
    if (enrollment.begun) {
      await this.progress.afterSent(tx, workspaceId, { enrollmentId, sentAt: this.clock.now() });
      return;
    }
    await this.pipeline.move(tx, actor, { machine: 'enrollment', id: enrollmentId, to: 'stopped', ifVersion: '*', reasonCode: 'message_cancelled' });
  }

  private async dueNow(tx: EntityManager, workspaceId: string, id: string): Promise<void> {
    await rows(tx, `UPDATE messages SET next_at = $3, attempts = 0 WHERE workspace_id = $1 AND id = $2`, [workspaceId, id, this.clock.now()]);
    await wake(tx, 'send');
  }

  private async load(db: Pick<EntityManager, 'query'>, workspaceId: string, id: string): Promise<MessageRow> {
    const message = await findMessage(db, workspaceId, id);
    if (!message) throw new NotFound('message');
    return message;
  }

  private async lock(tx: EntityManager, workspaceId: string, id: string, ifVersion: IfVersion): Promise<{ state: string; version: number }> {
    const row = await firstRow<{ state: string; version: number }>(
      tx,
      'SELECT state, version FROM messages WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE',
      [workspaceId, id],
    );
    if (!row) throw new NotFound('message');
    if (ifVersion !== '*' && ifVersion !== row.version) throw new VersionMismatch();
    return row;
  }
}

function illegal(from: string, to: MessageState): IllegalTransition {
  const state = MESSAGE_STATES.find((one) => one === from);
  const allowed = state === undefined ? [] : manualMoves(MESSAGE, state).map((move) => move.to);
  return new IllegalTransition('message', from, to, allowed);
}

/** @throws RuleViolation `message_incomplete`, `placeholders_left`: a mail with a hole never leaves */
function requireComplete({ subject, text, html }: MessageRow): void {
  if (!subject?.trim() || !text?.trim()) throw new RuleViolation('message_incomplete', 'The mail has no subject or no text yet.');
  const placeholders = leftOverInMail({ subject, text, html });
  if (placeholders.length === 0) return;
  throw new RuleViolation('placeholders_left', 'The mail still holds places to fill in.', { placeholders });
}
