import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Calendar } from '../../domain/calendar.js';
import type { RecipientPlace } from '../../domain/country-zones.js';
import { OPEN_ENROLLMENT_STATES, type EnrollmentState } from '../../domain/machines/enrollment.js';
import { goesOnAt } from '../../domain/sequence-progress.js';
import { nextStep, type SequenceStep } from '../../domain/sequence-steps.js';
import { upgradeOf } from '../../domain/sequence-upgrade.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { rows } from '../../platform/database/sql.js';
import { wake } from '../../platform/jobs/work-loops.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { RECIPIENT_PLACE, withCalendars } from '../prospects/recipient-place.service.js';

interface FollowerRow {
  readonly id: string;
  readonly state: EnrollmentState;
  readonly stateChangedAt: Date;
  readonly stepKey: string | null;
  readonly nextAt: Date | null;
  readonly steps: readonly SequenceStep[];
  readonly place: RecipientPlace;
}
type Follower = FollowerRow & Calendar;

/** Everyone who follows another version of the sequence, under lock: nobody is planned for meanwhile. */
const FOLLOWERS = `
  SELECT e.id, e.state, e.state_changed_at AS "stateChangedAt", e.step_key AS "stepKey", e.next_at AS "nextAt", v.steps,
         ${RECIPIENT_PLACE}
    FROM sequence_versions v
    JOIN enrollments e ON e.workspace_id = $1 AND e.sequence_version_id = v.id AND e.state = ANY ($4)
    JOIN contacts c ON c.workspace_id = $1 AND c.id = e.contact_id
    JOIN prospects p ON p.workspace_id = $1 AND p.id = e.prospect_id
    JOIN workspaces w ON w.id = e.workspace_id
   WHERE v.workspace_id = $1 AND v.sequence_id = $2 AND v.id <> $3 ORDER BY e.id FOR NO KEY UPDATE OF e`;

/** Mails that wait in words of ours: those that somebody has rewritten, or is about to send, are left alone. */
const WAITING_MAILS = `
  SELECT m.id, m.enrollment_id AS "enrollmentId", m.step_key AS "stepKey" FROM messages m
   WHERE m.workspace_id = $1 AND m.enrollment_id = ANY ($2) AND m.source = 'sequence' AND m.state IN ('draft', 'pending_approval', 'scheduled')
     AND NOT EXISTS (SELECT FROM message_texts t WHERE t.workspace_id = $1 AND t.message_id = m.id)
     FOR NO KEY UPDATE OF m SKIP LOCKED`;

/** When each step was done: its mail left or was left out, or its task was made. */
const DONE = `
  SELECT s.enrollment_id AS "enrollmentId", s.step_key AS "stepKey",
         COALESCE(m.sent_at, m.transmitting_at, CASE WHEN m.state IN ('skipped', 'cancelled') THEN m.state_changed_at END, s.created_at) AS at
    FROM enrollment_steps s LEFT JOIN messages m ON m.workspace_id = $1 AND m.id = s.message_id
   WHERE s.workspace_id = $1 AND s.enrollment_id = ANY ($2)`;

const MOVE = `
  UPDATE enrollments e SET sequence_version_id = $2, step_key = u.step_key, next_at = u.next_at
    FROM jsonb_to_recordset($3::jsonb) AS u (id uuid, step_key text, next_at timestamptz) WHERE e.workspace_id = $1 AND e.id = u.id`;

const FORGET_STEPS = `
  DELETE FROM enrollment_steps s USING jsonb_to_recordset($2::jsonb) AS u (id uuid, step_key text)
   WHERE s.workspace_id = $1 AND s.enrollment_id = u.id AND s.step_key = u.step_key`;

interface Moved {
  readonly follower: Follower;
  readonly stepKey: string | null;
  readonly replanned: boolean;
}

/** Takes those who run through a sequence into its new version, as far as that changes nothing behind them (F22). */
@Injectable()
export class SequenceUpgrades {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly clock: Clock,
  ) {}

  /** In the transaction that makes the version. A mail that is planned anew keeps its Message-ID: it was never sent. */
  async apply(
    tx: EntityManager,
    actor: Actor,
    to: { readonly sequenceId: string; readonly versionId: string; readonly steps: readonly SequenceStep[] },
  ): Promise<void> {
    const { workspaceId } = actor;
    const found = await rows<FollowerRow>(tx, FOLLOWERS, [workspaceId, to.sequenceId, to.versionId, OPEN_ENROLLMENT_STATES]);
    if (found.length === 0) return;
    const followers = await withCalendars(found, this.clock.now());
    const ids = followers.map(({ id }) => id);
    const waiting = await rows<{ id: string; enrollmentId: string; stepKey: string }>(tx, WAITING_MAILS, [workspaceId, ids]);
    const mailOf = new Map(waiting.map((mail) => [`${mail.enrollmentId} ${mail.stepKey}`, mail.id]));
    const calledOff: { messageId: string; id: string; step_key: string }[] = [];
    const moved = followers.flatMap((follower): Moved[] => {
      const { id, stepKey } = follower;
      const messageId = stepKey === null ? undefined : mailOf.get(`${id} ${stepKey}`);
      const upgrade = upgradeOf(follower.steps, to.steps, { stepKey, mailWaits: messageId !== undefined });
      if (upgrade.do === 'stay') return [];
      if (upgrade.do === 'move') return [{ follower, stepKey, replanned: false }];
      if (messageId !== undefined && stepKey !== null) calledOff.push({ messageId, id, step_key: stepKey });
      return [{ follower, stepKey: upgrade.backTo, replanned: true }];
    });
    for (const { messageId } of calledOff) await this.pipeline.record(tx, actor, { kind: 'message_replanned', messageId, code: 'step_changed' });
    await rows(tx, FORGET_STEPS, [workspaceId, JSON.stringify(calledOff)]);
    const nextTimes = await this.nextTimes(tx, workspaceId, moved, to.steps);
    const changes = moved.map(({ follower: { id }, stepKey }, at) => ({ id, step_key: stepKey, next_at: nextTimes[at] ?? null }));
    await rows(tx, MOVE, [workspaceId, to.versionId, JSON.stringify(changes)]);
    await wake(tx, 'plan');
  }

  /** Who waits for a step that is due at another time now waits for that time, counted from the step before. */
  private async nextTimes(tx: EntityManager, workspaceId: string, moved: readonly Moved[], steps: readonly SequenceStep[]): Promise<(Date | null)[]> {
    const retimed = moved.filter((one) => isRetimed(one, steps)).map(({ follower }) => follower.id);
    const done = await rows<{ enrollmentId: string; stepKey: string; at: Date }>(tx, DONE, [workspaceId, retimed]);
    const doneAt = new Map(done.map(({ enrollmentId, stepKey, at }) => [`${enrollmentId} ${stepKey}`, at]));
    return moved.map((one) => {
      const { follower, stepKey } = one;
      if (!isRetimed(one, steps)) return follower.nextAt;
      // before its first step the sequence began when the enrollment became active
      const since = (stepKey === null ? undefined : doneAt.get(`${follower.id} ${stepKey}`)) ?? follower.stateChangedAt;
      return goesOnAt(steps, stepKey, since, follower);
    });
  }
}

/** Times that a person or an automatic answer has set stay, and so do those of who has not begun. */
function isRetimed({ follower, stepKey, replanned }: Moved, steps: readonly SequenceStep[]): boolean {
  if (replanned) return true;
  if (follower.state !== 'active' || follower.nextAt === null) return false;
  const [before, after] = [nextStep(follower.steps, stepKey), nextStep(steps, stepKey)];
  return JSON.stringify(before?.delay) !== JSON.stringify(after?.delay);
}
