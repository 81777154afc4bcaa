import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { FIRST_MAILS, FOLLOW_UPS } from '../../domain/fair-share.js';
import { nextOpening } from '../../domain/send-window.js';
import { goesOnAt, stepToDo } from '../../domain/sequence-progress.js';
import { stepDueAt, type SequenceStep } from '../../domain/sequence-steps.js';
import { systemActor } from '../../platform/auth/system-actor.js';
import { Clock, MINUTE_MS } from '../../platform/clock.js';
import { transact } from '../../platform/database/transact.js';
import { wake, WorkLoops } from '../../platform/jobs/work-loops.js';
import { leaveTask } from '../pipeline/left-for-people.service.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import {
  claimSite,
  claimStep,
  findDue,
  loadDue,
  putOff,
  setAside,
  setProgress,
  type DueEnrollment,
  type PlannedEnrollment,
} from './outreach.queries.js';
import { askForLook } from './page-looks.service.js';
import { SequenceProgress } from './sequence-progress.service.js';
import { StepMails, type WrittenMail } from './step-mails.service.js';

/** Small, so that two planners share the work. */
const BATCH = 50;
/** A blocked enrollment is looked at again: whatever was missing may be there. */
const LOOK_AGAIN_MS = 15 * MINUTE_MS;

/**
 * Turns due enrollments into mails and tasks. Loop: `plan`.
 *
 * Each enrollment is one transaction under the lock of its site, so any number of planners may run and be killed: a step is
 * planned with its mail, its history and the enrollment's next time, or not at all (promises 1, 4 and 5).
 */
@Injectable()
export class Planner implements OnModuleInit {
  private readonly logger = new Logger(Planner.name);

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
    private readonly pipeline: Pipeline,
    private readonly progress: SequenceProgress,
    private readonly mails: StepMails,
  ) {}

  onModuleInit(): void {
    this.loops.add('plan', (stopping) => this.planBatch(stopping));
  }

  private async planBatch(stopping: AbortSignal): Promise<boolean> {
    const due = await findDue(this.db, this.clock.now(), BATCH);
    let done = await this.setAside(due.filter(({ running }) => !running));
    for (const enrollment of due.filter(({ running }) => running)) {
      if (stopping.aborted) return false;
      if (await this.planSafely(enrollment)) done += 1;
    }
    return done > 0;
  }

  /** What waits for its campaign must not stand before all others, look after look. */
  private async setAside(waiting: readonly DueEnrollment[]): Promise<number> {
    let moved = 0;
    for (const one of new Map(waiting.map((each) => [each.campaignId, each])).values()) moved += await setAside(this.db, one, this.clock.now());
    return moved;
  }

  /** One enrollment that fails must not hold up all others: it waits, and the log tells why. */
  private async planSafely(due: DueEnrollment): Promise<boolean> {
    try {
      return await transact(this.db, (tx) => this.plan(tx, due));
    } catch (error) {
      this.logger.error({ err: error, workspaceId: due.workspaceId, enrollmentId: due.id }, 'an enrollment could not be planned; tried again later');
      await putOff(this.db, due, this.clock.now(), this.later());
      return false;
    }
  }

  /** @returns false when somebody else has the site, or there is nothing to do any more */
  private async plan(tx: EntityManager, due: DueEnrollment): Promise<boolean> {
    const now = this.clock.now();
    if (!(await claimSite(tx, due.workspaceId, due.prospectId))) return false;
    const enrollment = await loadDue(tx, due, now);
    if (!enrollment) return false;
    if (enrollment.mailUnderWay) {
      await setProgress(tx, enrollment, { nextAt: null }); // the next step counts from the end of that mail
      return true;
    }
    const step = stepToDo(enrollment.steps, enrollment.stepKey, new Set(enrollment.stepsDone));
    if (await this.begin(tx, enrollment, step)) return true;
    if (!step) await this.finish(tx, enrollment);
    else if (step.kind === 'task') await this.leaveTask(tx, enrollment, step);
    else await this.writeMail(tx, enrollment, step);
    return true;
  }

  /** Starts what waited to. @returns true when its first step is due later */
  private async begin(tx: EntityManager, enrollment: PlannedEnrollment, step: SequenceStep | undefined): Promise<boolean> {
    const { workspaceId, id, state } = enrollment;
    if (state !== 'pending' && state !== 'postponed') return false;
    const kind = state === 'pending' ? 'sequence_started' : 'resume_due';
    await this.pipeline.record(tx, systemActor(workspaceId), { kind, enrollmentId: id });
    const now = this.clock.now();
    const dueAt = state === 'pending' && step ? stepDueAt(step, now, enrollment) : now;
    if (dueAt <= now) return false;
    await setProgress(tx, enrollment, { nextAt: dueAt });
    return true;
  }

  /** Not while its last mail still waits: then that one's end sets the time again. */
  private async finish(tx: EntityManager, enrollment: PlannedEnrollment): Promise<void> {
    const { workspaceId, id, opportunityId } = enrollment;
    await this.unblock(tx, enrollment);
    await setProgress(tx, enrollment, { nextAt: null });
    const { moves } = await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'sequence_finished', enrollmentId: id });
    if (moves.length === 0) return;
    await this.progress.awaitAnswer(tx, workspaceId, opportunityId);
    await askForLook(tx, workspaceId, { enrollmentId: id, at: this.clock.now() }); // the link may have come without an answer
  }

  private async leaveTask(tx: EntityManager, enrollment: PlannedEnrollment, step: SequenceStep): Promise<void> {
    const { workspaceId, id, opportunityId, steps } = enrollment;
    const now = this.clock.now();
    await this.unblock(tx, enrollment);
    if (await claimStep(tx, { workspaceId, enrollmentId: id, stepKey: step.key, messageId: null, rfcMessageId: null, at: now })) {
      // the key is part of the kind: two steps of one enrollment may both be open
      const kind = `sequence_task:${step.key}`.slice(0, 60);
      await leaveTask(tx, workspaceId, { kind, subjectType: 'enrollment', subjectId: id, opportunityId, title: step.title, at: now });
    }
    await setProgress(tx, enrollment, { stepKey: step.key, nextAt: goesOnAt(steps, step.key, now, enrollment) });
  }

  private async writeMail(tx: EntityManager, enrollment: PlannedEnrollment, step: SequenceStep): Promise<void> {
    const written = await this.mails.write(tx, enrollment, step);
    if (!written.ok) {
      await this.block(tx, enrollment, written.code);
      return;
    }
    await this.unblock(tx, enrollment);
    await this.store(tx, enrollment, step, written.mail);
  }

  private async store(tx: EntityManager, enrollment: PlannedEnrollment, step: SequenceStep, mail: WrittenMail): Promise<void> {
    const { workspaceId, id: enrollmentId } = enrollment;
    const { rfcMessageId, mailboxId } = mail;
    const at = this.clock.now();
    // in front of the mail: a step whose key is taken has its mail already, and goes on when that one has left
    const claimed = await claimStep(tx, { workspaceId, enrollmentId, stepKey: step.key, messageId: mail.row.id, rfcMessageId, at });
    await setProgress(tx, enrollment, { stepKey: step.key, mailboxId, nextAt: null });
    if (!claimed) return;
    const lane = enrollment.mailboxId === null ? FIRST_MAILS : FOLLOW_UPS;
    const row = { ...mail.row, lane, dueAt: enrollment.nextAt, nextAt: nextOpening(enrollment.window, enrollment, at) };
    const goes =
      step.kind === 'review' ? ({ state: 'draft', on: 'message_drafted' } as const) : ({ state: 'scheduled', on: 'message_queued' } as const);
    await this.pipeline.create(tx, systemActor(workspaceId), { machine: 'message', ...goes, row });
    await wake(tx, 'send');
  }

  private async block(tx: EntityManager, enrollment: PlannedEnrollment, code: string): Promise<void> {
    const { workspaceId, id: enrollmentId } = enrollment;
    await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'enrollment_blocked', enrollmentId, code });
    await setProgress(tx, enrollment, { nextAt: this.later() });
  }

  private async unblock(tx: EntityManager, { workspaceId, id: enrollmentId, state }: PlannedEnrollment): Promise<void> {
    if (state === 'blocked') await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'enrollment_unblocked', enrollmentId });
  }

  private later(): Date {
    return new Date(this.clock.now().getTime() + LOOK_AGAIN_MS);
  }
}
