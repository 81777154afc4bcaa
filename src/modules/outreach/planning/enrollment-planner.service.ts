import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { FIRST_MAILS, FOLLOW_UPS } from '../../../domain/fair-share.js';
import { nextOpening } from '../../../domain/send-window.js';
import { goesOnAt, stepToDo } from '../../../domain/sequence-progress.js';
import { stepDueAt, type SequenceStep } from '../../../domain/sequence-steps.js';
import { CONDITION_FALSE } from '../../../domain/step-conditions.js';
import { LOOK_FOR_ROOM_MS } from '../../../domain/plan-ahead.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock, HOUR_MS, MINUTE_MS } from '../../../platform/clock.js';
import { wake } from '../../../platform/jobs/work-loops.js';
import { leaveTask } from '../../pipeline/left-for-people.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { claimSite, claimStep, loadDue, setProgress, type DueEnrollment, type PlannedEnrollment } from '../outreach.queries.js';
import { askForLook } from '../page-looks.service.js';
import { SequenceProgress } from './sequence-progress.service.js';
import { sitesInContact } from './site-contact.queries.js';
import { isFirst, StepMails, type WrittenMail } from './step-mails.service.js';
import { StepConditions } from './step-conditions.service.js';

/** A blocked enrollment is looked at again: whatever was missing may be there. */
export const LOOK_AGAIN_MS = 15 * MINUTE_MS;

/** A site is let go by a colleague, which takes days. */
const LOOK_AT_SITE_MS = HOUR_MS;

/** How many first mails of a campaign may still be written now; counted down by those that are. */
export interface PlanningRoom {
  left: number;
}

/** Takes one enrollment one step on: a mail, a task, a step left out, or the end. */
@Injectable()
export class EnrollmentPlanner {
  constructor(
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly progress: SequenceProgress,
    private readonly mails: StepMails,
    private readonly conditions: StepConditions,
  ) {}

  /** @returns false when somebody else has the site, or there is nothing to do any more */
  async plan(tx: EntityManager, due: DueEnrollment, room: PlanningRoom): Promise<boolean> {
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
    else if (!(await this.conditions.hold(tx, enrollment.workspaceId, enrollment.id, step.conditions ?? [])))
      await this.leaveOut(tx, enrollment, step);
    else if (step.kind === 'task') await this.leaveTask(tx, enrollment, step);
    else await this.writeMail(tx, enrollment, step, room);
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

  /** The step is done with nothing done, and says why; the next one counts from now. */
  private async leaveOut(tx: EntityManager, enrollment: PlannedEnrollment, step: SequenceStep): Promise<void> {
    const { workspaceId, id: enrollmentId, steps } = enrollment;
    const at = this.clock.now();
    await this.unblock(tx, enrollment);
    await claimStep(tx, { workspaceId, enrollmentId, stepKey: step.key, messageId: null, rfcMessageId: null, at, skippedCode: CONDITION_FALSE });
    await setProgress(tx, enrollment, { stepKey: step.key, nextAt: goesOnAt(steps, step.key, at, enrollment) });
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

  private async writeMail(tx: EntityManager, enrollment: PlannedEnrollment, step: SequenceStep, room: PlanningRoom): Promise<void> {
    // a follow-up never waits for room: its mailbox has begun the thread
    const first = enrollment.mailboxId === null;
    if (first && room.left <= 0) {
      await setProgress(tx, enrollment, { nextAt: new Date(this.clock.now().getTime() + LOOK_FOR_ROOM_MS) });
      return;
    }
    // not weeks before it may leave: it would say what was true then (F5)
    if ((await sitesInContact(tx, enrollment.workspaceId, [enrollment.id])).has(enrollment.id)) {
      await setProgress(tx, enrollment, { nextAt: new Date(this.clock.now().getTime() + LOOK_AT_SITE_MS) });
      return;
    }
    const written = await this.mails.write(tx, enrollment, step);
    if (!written.ok) {
      await this.block(tx, enrollment, written.code);
      return;
    }
    await this.unblock(tx, enrollment);
    await this.store(tx, enrollment, step, written.mail);
    if (first) room.left -= 1;
  }

  private async store(tx: EntityManager, enrollment: PlannedEnrollment, step: SequenceStep, mail: WrittenMail): Promise<void> {
    const { workspaceId, id: enrollmentId } = enrollment;
    const { rfcMessageId, mailboxId } = mail;
    const at = this.clock.now();
    // in front of the mail: a step whose key is taken has its mail already, and goes on when that one has left
    const claimed = await claimStep(tx, { workspaceId, enrollmentId, stepKey: step.key, messageId: mail.row.id, rfcMessageId, at });
    await setProgress(tx, enrollment, { stepKey: step.key, mailboxId, nextAt: null });
    if (!claimed) return;
    const lane = isFirst(enrollment) ? FIRST_MAILS : FOLLOW_UPS;
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
