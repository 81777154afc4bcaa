import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { OPEN_ENROLLMENT_STATES } from '../../../domain/machines/enrollment.js';
import { UNSENT_MESSAGE_STATES } from '../../../domain/machines/message.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock, DAY_MS } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { SequenceProgress } from '../../outreach/planning/sequence-progress.service.js';
import { FOUND_AFTER_RESTORE, RestoredSteps } from '../../outreach/restore/restored-steps.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { lockSite } from '../claim/sending.queries.js';
import { type FolderReading, SentFolderReader } from './sent-folder-reader.service.js';

export interface RestoreOptions {
  /** When the database, as it is, last saw the product run; null: nobody knows. */
  readonly since: Date | null;
  /** What was due later than this cannot have left. */
  readonly stoppedAt: Date;
  readonly dryRun: boolean;
}

export interface MailboxReport {
  readonly id: string;
  readonly address: string;
  /** Mails that had left, of those that this database has, and of steps that it had not planned. */
  readonly found: number;
  readonly foundUnplanned: number;
  /** Mails in the folder, named as ours are, that belong to nothing this database knows. */
  readonly unknown: number;
  /** Why its folder of sent mails cannot prove that a mail has not left; null where it can. */
  readonly noProof: string | null;
}

export interface DoubtReport {
  /** Mails, and steps without a mail yet, that may have left and that no folder tells of. */
  readonly doubtful: number;
  /** Given to people to decide, of these. */
  readonly left: number;
}

const MAILBOXES = `
  /* all-workspaces: a restore concerns them all */
  SELECT mb.workspace_id AS "workspaceId", mb.id, mb.from_address AS "fromAddress" FROM mailboxes mb
   WHERE EXISTS (SELECT FROM messages m WHERE m.workspace_id = mb.workspace_id AND m.mailbox_id = mb.id AND m.direction = 'out' AND m.state = ANY ($1))
      OR EXISTS (SELECT FROM enrollments e WHERE e.workspace_id = mb.workspace_id AND e.state = ANY ($2)
            AND (e.mailbox_id = mb.id OR e.mailbox_id IS NULL AND EXISTS (SELECT FROM campaign_mailboxes cm
                  WHERE cm.workspace_id = mb.workspace_id AND cm.campaign_id = e.campaign_id AND cm.mailbox_id = mb.id)))
   ORDER BY mb.workspace_id, mb.id`;

/** What a restored database takes for not sent: it may all be wrong. */
const MAY_HAVE_LEFT = [...UNSENT_MESSAGE_STATES, 'transmitting', 'failed_temporary', 'delivery_unknown'];

const HAS = `
  SELECT id, lower(rfc_message_id) AS "rfcMessageId", state FROM messages
   WHERE workspace_id = $1 AND mailbox_id = $2 AND direction = 'out' AND rfc_message_id IS NOT NULL AND lower(rfc_message_id) = ANY ($3)`;

const DOUBTFUL = `
  SELECT id FROM messages
   WHERE workspace_id = $1 AND mailbox_id = ANY ($2) AND direction = 'out' AND state IN ('scheduled', 'claimed') AND LEAST(next_at, due_at) <= $3 ORDER BY id`;

interface RestoredMailbox {
  readonly workspaceId: string;
  readonly id: string;
  readonly fromAddress: string;
}

/** As `outreachMessageId` and `personalMessageId` make them. */
const OURS = /^[0-9a-f]{40}@/;
const AT_ONCE = 1000;

/**
 * Finds out which mails a restored database has sent without knowing it. Every mail is one transaction: it may be killed, and
 * run again, and what it has found stays found.
 */
@Injectable()
export class RestoredMails {
  constructor(
    private readonly db: DataSource,
    private readonly reader: SentFolderReader,
    private readonly steps: RestoredSteps,
    private readonly pipeline: Pipeline,
    private readonly progress: SequenceProgress,
    private readonly clock: Clock,
  ) {}

  /** Looks into the folder of every mailbox that may yet send something. */
  async findSent({ since, dryRun }: Omit<RestoreOptions, 'stoppedAt'>): Promise<(MailboxReport & { readonly workspaceId: string })[]> {
    const reports = [];
    for (const mailbox of await rows<RestoredMailbox>(this.db, MAILBOXES, [MAY_HAVE_LEFT, OPEN_ENROLLMENT_STATES])) {
      const reading = await this.reader.read(mailbox, since && { from: new Date(since.getTime() - DAY_MS), provenBy: since });
      reports.push({
        workspaceId: mailbox.workspaceId,
        id: mailbox.id,
        address: mailbox.fromAddress,
        ...(await this.compare(mailbox, reading, dryRun)),
      });
    }
    return reports;
  }

  /** Counts what may have left by mailboxes without proof, and gives it to people when told so. */
  async doubt(
    mailboxes: readonly { readonly workspaceId: string; readonly id: string }[],
    options: RestoreOptions & { readonly askPeople: boolean },
  ): Promise<DoubtReport> {
    const report = { doubtful: 0, left: 0 };
    const ask = options.askPeople && !options.dryRun;
    for (const workspaceId of new Set(mailboxes.map((mailbox) => mailbox.workspaceId))) {
      const ids = mailboxes.filter((mailbox) => mailbox.workspaceId === workspaceId).map(({ id }) => id);
      for await (const step of this.steps.doubtful(workspaceId, ids, options.stoppedAt)) {
        report.doubtful += 1;
        if (ask && (await this.steps.leaveToPeople(step))) report.left += 1;
      }
      // afterwards: a planner that runs beside this may have written some of the steps
      const mails = await rows<{ id: string }>(this.db, DOUBTFUL, [workspaceId, ids, options.stoppedAt]);
      report.doubtful += mails.length;
      if (ask) for (const { id } of mails) report.left += (await this.leaveToPeople(workspaceId, id)) ? 1 : 0;
    }
    return report;
  }

  private async compare(mailbox: RestoredMailbox, reading: FolderReading, dryRun: boolean): Promise<Omit<MailboxReport, 'id' | 'address'>> {
    const { copies, noProof } = reading;
    const known = await this.known(mailbox, [...copies.keys()]);
    let [found, foundUnplanned] = [0, 0];
    for (const { id, rfcMessageId, state } of known) {
      if (!MAY_HAVE_LEFT.includes(state)) continue;
      if (dryRun || (await this.settle(mailbox.workspaceId, id, copies.get(rfcMessageId)?.sentAt))) found += 1;
    }
    const told = new Set(known.map(({ rfcMessageId }) => rfcMessageId));
    for await (const step of this.steps.unplanned(mailbox)) {
      const copy = copies.get(step.rfcMessageId.toLowerCase());
      if (!copy) continue;
      told.add(step.rfcMessageId.toLowerCase());
      const sent = { ...step, mailbox, sentAt: this.plausible(copy.sentAt), subject: copy.subject.slice(0, 2000) };
      if (dryRun || (await this.steps.recordSent(sent))) foundUnplanned += 1;
    }
    const unknown = [...copies.keys()].filter((id) => OURS.test(id) && !told.has(id)).length;
    return { found, foundUnplanned, unknown, noProof };
  }

  private async known({ workspaceId, id }: RestoredMailbox, ids: readonly string[]): Promise<{ id: string; rfcMessageId: string; state: string }[]> {
    const found = [];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      found.push(...(await rows<{ id: string; rfcMessageId: string; state: string }>(this.db, HAS, [workspaceId, id, ids.slice(at, at + AT_ONCE)])));
    }
    return found;
  }

  private settle(workspaceId: string, messageId: string, date: Date | null | undefined): Promise<boolean> {
    const sentAt = this.plausible(date ?? null);
    return transact(this.db, async (tx) => {
      await lockSite(tx, workspaceId, messageId);
      const { moves } = await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'restored_mail_found', messageId });
      if (moves.length === 0) return false;
      const [mail] = await rows<{ enrollmentId: string | null }>(
        tx,
        `UPDATE messages SET sent_at = $3, transmitting_at = COALESCE(transmitting_at, $3), last_response = $4 WHERE workspace_id = $1 AND id = $2
         RETURNING enrollment_id AS "enrollmentId"`,
        [workspaceId, messageId, sentAt, FOUND_AFTER_RESTORE],
      );
      const enrollmentId = mail?.enrollmentId ?? null;
      if (enrollmentId !== null) await this.progress.afterSent(tx, workspaceId, { enrollmentId, sentAt });
      return true;
    });
  }

  private leaveToPeople(workspaceId: string, messageId: string): Promise<boolean> {
    return transact(this.db, async (tx) => {
      await lockSite(tx, workspaceId, messageId);
      const { moves } = await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'restored_mail_uncertain', messageId });
      return moves.length > 0;
    });
  }

  /** The date that the mail itself bears, unless it is to come. */
  private plausible(date: Date | null): Date {
    const now = this.clock.now();
    return date && date < now ? date : now;
  }
}
