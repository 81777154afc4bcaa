import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { RecipientPlace } from '../../../domain/country-zones.js';
import { goesOnAt, SILENCE_AFTER_MS } from '../../../domain/sequence-progress.js';
import type { SequenceStep } from '../../../domain/sequence-steps.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { hot } from '../../../platform/database/preparing-client.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { WorkLoops } from '../../../platform/jobs/work-loops.js';
import { recipientCalendar } from '../../../platform/holidays/holidays.js';
import { RECIPIENT_PLACE } from '../../prospects/recipient-place.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { claimSite } from '../outreach.queries.js';

const BATCH = 50;

const PROGRESS = hot(`
  SELECT e.id, e.step_key AS "stepKey", v.steps, ${RECIPIENT_PLACE}
    FROM enrollments e
    JOIN sequence_versions v ON v.workspace_id = e.workspace_id AND v.id = e.sequence_version_id
    JOIN contacts c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
    JOIN prospects p ON p.workspace_id = e.workspace_id AND p.id = e.prospect_id
    JOIN workspaces w ON w.id = e.workspace_id
   WHERE e.workspace_id = $1 AND e.id = ANY ($2)`);

interface Progress {
  readonly id: string;
  readonly stepKey: string | null;
  readonly steps: readonly SequenceStep[];
  readonly place: RecipientPlace;
}

/** The clocks between the steps of a sequence, and after its end. Loop: `silence`. */
@Injectable()
export class SequenceProgress implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly loops: WorkLoops,
  ) {}

  onModuleInit(): void {
    this.loops.add('silence', (stopping) => this.endSilences(stopping));
  }

  /**
   * The step that was planned last is done: the next one is due after its delay, or the sequence ends. For mails that were
   * sent, and those that a person let go of, at that time. Whoever ended meanwhile stays ended; a time that is set stays.
   */
  async afterSent(
    tx: EntityManager,
    workspaceId: string,
    { enrollmentId, sentAt }: { readonly enrollmentId: string; readonly sentAt: Date },
  ): Promise<void> {
    await this.afterAllSent(tx, workspaceId, { enrollmentIds: [enrollmentId], sentAt });
  }

  /** The same for many at once. */
  async afterAllSent(
    tx: EntityManager,
    workspaceId: string,
    { enrollmentIds, sentAt }: { readonly enrollmentIds: readonly string[]; readonly sentAt: Date },
  ): Promise<void> {
    if (enrollmentIds.length === 0) return;
    const found = await rows<Progress>(tx, PROGRESS, [workspaceId, enrollmentIds]);
    const times = await Promise.all(
      found.map(async ({ steps, stepKey, place }) => goesOnAt(steps, stepKey, sentAt, await recipientCalendar(place, sentAt))),
    );
    const ids = found.map(({ id }) => id);
    await rows(
      tx,
      `UPDATE enrollments e SET next_at = due.at FROM unnest($2::uuid[], $3::timestamptz[]) AS due (id, at)
        WHERE e.workspace_id = $1 AND e.id = due.id AND e.next_at IS NULL AND e.state IN ('pending', 'active', 'paused', 'postponed', 'blocked')`,
      [workspaceId, ids, times],
    );
  }

  /** From now on the card waits for an answer; silence is one too. */
  async awaitAnswer(tx: EntityManager, workspaceId: string, opportunityId: string): Promise<void> {
    const until = new Date(this.clock.now().getTime() + SILENCE_AFTER_MS);
    await rows(tx, 'UPDATE opportunities SET next_at = $3 WHERE workspace_id = $1 AND id = $2', [workspaceId, opportunityId, until]);
  }

  private async endSilences(stopping: AbortSignal): Promise<boolean> {
    const due = await rows<{ workspaceId: string; id: string; prospectId: string }>(
      this.db,
      `/* all-workspaces: one clock serves everyone */
       SELECT workspace_id AS "workspaceId", id, prospect_id AS "prospectId" FROM opportunities WHERE next_at <= $1 ORDER BY next_at LIMIT ${BATCH}`,
      [this.clock.now()],
    );
    let done = 0;
    for (const card of due) {
      if (stopping.aborted) return false;
      if (await this.endSilence(card)) done += 1;
    }
    return done === BATCH;
  }

  /** Only of a card that has had no answer: of one that is engaged the clock is a person's. @returns false when somebody else has the site now */
  private endSilence({ workspaceId, id, prospectId }: { workspaceId: string; id: string; prospectId: string }): Promise<boolean> {
    return transact(this.db, async (tx) => {
      if (!(await claimSite(tx, workspaceId, prospectId))) return false;
      const card = await firstRow<{ stage: string }>(
        tx,
        'UPDATE opportunities SET next_at = NULL WHERE workspace_id = $1 AND id = $2 AND next_at <= $3 RETURNING stage',
        [workspaceId, id, this.clock.now()],
      );
      if (card?.stage === 'contacting') await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'silence_over', opportunityId: id });
      return true;
    });
  }
}
