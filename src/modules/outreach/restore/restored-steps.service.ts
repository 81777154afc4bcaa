import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { domainOf } from '../../../domain/email-address.js';
import { FIRST_MAILS, FOLLOW_UPS } from '../../../domain/fair-share.js';
import { OPEN_ENROLLMENT_STATES } from '../../../domain/machines/enrollment.js';
import { threadHeaders } from '../../../domain/mail-thread.js';
import { stepToDo } from '../../../domain/sequence-progress.js';
import { type SequenceStep, textFor } from '../../../domain/sequence-steps.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import { messageIdKey, outreachMessageId } from '../../../platform/mail/compose/message-id.js';
import { LinkSigner } from '../../../platform/secrets/secret-box.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { claimStep, type DueEnrollment, sentMails, setProgress } from '../outreach.queries.js';
import { EnrollmentPlanner } from '../planning/enrollment-planner.service.js';
import { SequenceProgress } from '../planning/sequence-progress.service.js';

const PAGE = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface Sender {
  readonly workspaceId: string;
  readonly id: string;
  readonly fromAddress: string;
}

/** A step without a mail in this database, as the mailbox would name its mail. */
export interface UnplannedStep {
  readonly enrollmentId: string;
  readonly step: SequenceStep;
  readonly rfcMessageId: string;
}

/** What the folder of sent mails says of it. */
export interface SentStep extends UnplannedStep {
  readonly mailbox: Sender;
  readonly sentAt: Date;
  readonly subject: string;
}

const OPEN = `
  SELECT e.id, e.contact_id AS "contactId", v.steps,
         ARRAY (SELECT s.step_key FROM enrollment_steps s WHERE s.workspace_id = $1 AND s.enrollment_id = e.id) AS "stepsDone"
    FROM enrollments e JOIN sequence_versions v ON v.workspace_id = $1 AND v.id = e.sequence_version_id
   WHERE e.workspace_id = $1 AND e.id > $2 AND e.state = ANY ($4) AND (e.mailbox_id = $3 OR e.mailbox_id IS NULL AND EXISTS (
     SELECT FROM campaign_mailboxes cm WHERE cm.workspace_id = $1 AND cm.campaign_id = e.campaign_id AND cm.mailbox_id = $3))
   ORDER BY e.id LIMIT ${String(PAGE)}`;

const LOCKED = `
  SELECT e.id, e.contact_id AS "contactId", e.campaign_id AS "campaignId", e.project_id AS "projectId", e.opportunity_id AS "opportunityId",
         e.prospect_id AS "prospectId", e.thread_id AS "threadId", c.email,
         EXISTS (SELECT FROM enrollment_steps s WHERE s.workspace_id = $1 AND s.enrollment_id = $2) AS begun
    FROM enrollments e JOIN contacts c ON c.workspace_id = $1 AND c.id = e.contact_id
   WHERE e.workspace_id = $1 AND e.id = $2 AND e.state = ANY ($3) FOR NO KEY UPDATE OF e`;

interface LockedEnrollment {
  readonly id: string;
  readonly contactId: string;
  readonly campaignId: string;
  readonly projectId: string;
  readonly opportunityId: string;
  readonly prospectId: string;
  readonly threadId: string;
  readonly email: string;
  readonly begun: boolean;
}

/** Due, by one of the mailboxes, and nobody knows whether it has been written and sent since. */
const DUE = `
  SELECT e.workspace_id AS "workspaceId", e.id, e.prospect_id AS "prospectId", e.campaign_id AS "campaignId", true AS running, e.step_key AS "stepKey", v.steps,
         ARRAY (SELECT s.step_key FROM enrollment_steps s WHERE s.workspace_id = $1 AND s.enrollment_id = e.id) AS "stepsDone"
    FROM enrollments e JOIN sequence_versions v ON v.workspace_id = $1 AND v.id = e.sequence_version_id
    JOIN campaigns ca ON ca.workspace_id = $1 AND ca.id = e.campaign_id AND ca.state = 'running'
   WHERE e.workspace_id = $1 AND e.id > $2 AND e.state IN ('pending', 'active', 'postponed', 'blocked') AND e.next_at <= $4
     AND (e.mailbox_id = ANY ($3) OR e.mailbox_id IS NULL AND EXISTS (
       SELECT FROM campaign_mailboxes cm WHERE cm.workspace_id = $1 AND cm.campaign_id = e.campaign_id AND cm.mailbox_id = ANY ($3)))
   ORDER BY e.id LIMIT ${String(PAGE)}`;

export type DoubtfulStep = DueEnrollment & {
  readonly stepKey: string | null;
  readonly steps: readonly SequenceStep[];
  readonly stepsDone: readonly string[];
};

/** Steps of sequences that a restored database has not planned yet, though their mails may have left. */
@Injectable()
export class RestoredSteps {
  private readonly key: Buffer;

  constructor(
    private readonly db: DataSource,
    private readonly pipeline: Pipeline,
    private readonly progress: SequenceProgress,
    private readonly planner: EnrollmentPlanner,
    private readonly clock: Clock,
    signer: LinkSigner,
  ) {
    this.key = messageIdKey(signer);
  }

  /** Every step that the mailbox may yet write, in the order of the sequences; their Message-IDs are known beforehand. */
  async *unplanned({ workspaceId, id, fromAddress }: Sender): AsyncGenerator<UnplannedStep> {
    const domain = domainOf(fromAddress);
    for (let after = FIRST_ID; ;) {
      const open = await rows<{ id: string; steps: readonly SequenceStep[]; stepsDone: readonly string[] }>(this.db, OPEN, [
        ...[workspaceId, after, id, OPEN_ENROLLMENT_STATES],
      ]);
      for (const { id: enrollmentId, steps, stepsDone } of open) {
        for (const step of steps.filter(({ kind, key }) => kind !== 'task' && !stepsDone.includes(key))) {
          yield { enrollmentId, step, rfcMessageId: outreachMessageId(this.key, { enrollmentId, stepKey: step.key }, domain) };
        }
      }
      const last = open.at(-1);
      if (!last) return;
      after = last.id;
    }
  }

  /**
   * Writes down that the mail of the step has left: its sequence goes on from then.
   * @returns false when somebody has planned it meanwhile, or the sequence has ended
   */
  recordSent(sent: SentStep): Promise<boolean> {
    const { mailbox, enrollmentId, step, rfcMessageId, sentAt } = sent;
    const { workspaceId } = mailbox;
    return transact(this.db, async (tx) => {
      const enrollment = await this.lock(tx, workspaceId, enrollmentId);
      const messageId = newId();
      const claim = { workspaceId, enrollmentId, stepKey: step.key, messageId, rfcMessageId, at: this.clock.now() };
      if (!enrollment || !(await claimStep(tx, claim))) return false;
      await setProgress(tx, { workspaceId, id: enrollmentId }, { stepKey: step.key, mailboxId: mailbox.id, nextAt: null });
      const row = await this.rowOf(tx, enrollment, sent, messageId);
      const actor = systemActor(workspaceId);
      await this.pipeline.create(tx, actor, { machine: 'message', state: 'scheduled', on: 'message_queued', row });
      await this.pipeline.record(tx, actor, { kind: 'restored_mail_found', messageId });
      await this.progress.afterSent(tx, workspaceId, { enrollmentId, sentAt });
      return true;
    });
  }

  /** Steps that were due by then, whose mails would go out by one of the mailboxes. */
  async *doubtful(workspaceId: string, mailboxIds: readonly string[], by: Date): AsyncGenerator<DoubtfulStep> {
    for (let after = FIRST_ID; ;) {
      const due = await rows<DoubtfulStep>(this.db, DUE, [workspaceId, after, mailboxIds, by]);
      yield* due.filter(({ steps, stepKey, stepsDone }) => stepToDo(steps, stepKey, new Set(stepsDone))?.kind === 'mail');
      const last = due.at(-1);
      if (!last) return;
      after = last.id;
    }
  }

  /** Writes the mail of a doubtful step, for a person to say what became of it. @returns false when it cannot be written now */
  leaveToPeople(step: DoubtfulStep): Promise<boolean> {
    const { workspaceId, id: enrollmentId } = step;
    return transact(this.db, async (tx) => {
      await this.lockSite(tx, workspaceId, enrollmentId); // a planner that is at it comes first, and its mail is found below
      await this.planner.plan(tx, step, { left: 1 });
      const mail = await firstRow<{ id: string }>(
        tx,
        `SELECT id FROM messages WHERE workspace_id = $1 AND enrollment_id = $2 AND direction = 'out' AND state = 'scheduled' LIMIT 1`,
        [workspaceId, enrollmentId],
      );
      if (!mail) return false;
      const { moves } = await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'restored_mail_uncertain', messageId: mail.id });
      return moves.length > 0;
    });
  }

  private async lock(tx: EntityManager, workspaceId: string, enrollmentId: string): Promise<LockedEnrollment | undefined> {
    await this.lockSite(tx, workspaceId, enrollmentId);
    return firstRow(tx, LOCKED, [workspaceId, enrollmentId, OPEN_ENROLLMENT_STATES]);
  }

  /** First the site, as everywhere: no planner works on it until we are done. */
  private async lockSite(tx: EntityManager, workspaceId: string, enrollmentId: string): Promise<void> {
    await rows(
      tx,
      `SELECT p.id FROM prospects p
        WHERE p.workspace_id = $1 AND p.id = (SELECT e.prospect_id FROM enrollments e WHERE e.workspace_id = $1 AND e.id = $2) FOR NO KEY UPDATE OF p`,
      [workspaceId, enrollmentId],
    );
  }

  /** Its words are in the folder, not here. */
  private async rowOf(
    tx: EntityManager,
    enrollment: LockedEnrollment,
    { mailbox, step, rfcMessageId, sentAt, subject }: SentStep,
    id: string,
  ): Promise<Readonly<Record<string, unknown>> & { readonly id: string }> {
    const { id: enrollmentId, contactId, email, begun, ...place } = enrollment;
    const before = step.thread === 'new' ? [] : await sentMails(tx, mailbox.workspaceId, enrollmentId);
    const { inReplyTo, referenceIds } = threadHeaders(before, subject);
    return {
      id,
      ...{ direction: 'out', source: 'sequence', commercial: true, lane: begun ? FOLLOW_UPS : FIRST_MAILS },
      ...{ ...place, contactId, enrollmentId, stepKey: step.key, mailboxId: mailbox.id },
      ...{ rfcMessageId, inReplyTo, referenceIds: [...referenceIds], fromAddress: mailbox.fromAddress, toAddress: email, subject },
      ...{ stepKind: step.kind, variantKey: textFor(step, contactId).variantKey },
      ...{ transmittingAt: sentAt, lastResponse: FOUND_AFTER_RESTORE },
    };
  }
}

/** Stands where else the server's answer does. */
export const FOUND_AFTER_RESTORE = 'Found in the folder of sent mails after a restore.';
