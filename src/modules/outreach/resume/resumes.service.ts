import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { spacingMs, spreadBacklog } from '../../../domain/resume-plan.js';
import { Clock } from '../../../platform/clock.js';
import { lateBefore, MailboxReturns, type ReturnPlan, type ReturnWish } from '../../mailboxes/mailbox-returns.service.js';
import { takeUp } from '../outreach.queries.js';
import { countOverdue, roomOf, type Resumed, type ResumedPart, spaceOut } from './resume.queries.js';

/** How a campaign, a mailbox or one person is let go on. */
export type ResumeWish = ReturnWish & { readonly reason?: string | undefined };
export type ResumePlan = ReturnPlan;

/** Lets the backlog of a pause go out without an avalanche (F31). */
@Injectable()
export class Resumes implements OnModuleInit {
  constructor(
    private readonly clock: Clock,
    private readonly mailboxes: MailboxReturns,
  ) {}

  onModuleInit(): void {
    const part = (workspaceId: string, id: string): ResumedPart => ({ of: 'mailbox', workspaceId, id });
    this.mailboxes.use({
      plan: (tx, { workspaceId, id }, wish) => this.plan(tx, part(workspaceId, id), wish),
      apply: (tx, { workspaceId, id }, wish) => this.apply(tx, part(workspaceId, id), wish),
    });
  }

  /** What a resume would do; changes nothing. */
  async plan(tx: EntityManager, part: ResumedPart, wish: ResumeWish): Promise<ResumePlan> {
    const resumed = this.resumed(part, wish);
    const { overdue, tooLate } = await countOverdue(tx, resumed);
    const room = await roomOf(tx, resumed);
    const mails = overdue - tooLate;
    const days = room ? spreadBacklog({ ...room, mails, spreadOverDays: wish.spreadOverDays ?? null, now: resumed.now }) : [];
    return { overdue, tooLate, days };
  }

  /** In the transaction that lets it go on, after `lateBefore` was stored. */
  async apply(tx: EntityManager, part: ResumedPart, wish: ResumeWish): Promise<ResumePlan> {
    const plan = await this.plan(tx, part, wish);
    if (wish.spreadOverDays !== undefined) {
      await spaceOut(tx, this.resumed(part, wish), spacingMs(plan.overdue - plan.tooLate, wish.spreadOverDays));
    }
    if (part.of === 'campaign') await takeUp(tx, { workspaceId: part.workspaceId, campaignId: part.id });
    return plan;
  }

  /** What was due before then is too late. */
  lateBefore(wish: ResumeWish): Date | null {
    return lateBefore(wish, this.clock.now());
  }

  private resumed(part: ResumedPart, wish: ResumeWish): Resumed {
    return { ...part, now: this.clock.now(), lateBefore: this.lateBefore(wish) };
  }
}
