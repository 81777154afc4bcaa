import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type DayOfMails, spacingMs, spreadBacklog } from '../../../domain/resume-plan.js';
import { Clock, HOUR_MS } from '../../../platform/clock.js';
import { takeUp } from '../outreach.queries.js';
import { countOverdue, type ResumedCampaign, roomOf, spaceOut } from './resume.queries.js';

/** How a campaign is let go on. */
export interface ResumeWish {
  /** Follow-ups that were due longer ago are skipped; absent, all are sent. */
  readonly maxLatenessHours?: number | undefined;
  /** What is overdue leaves over so many days; absent, as fast as the limits let it. */
  readonly spreadOverDays?: number | undefined;
  readonly reason?: string | undefined;
}

export interface ResumePlan {
  /** Mails, and steps whose mail is not written yet, that were due. */
  readonly overdue: number;
  /** Of these, follow-ups that are skipped. */
  readonly tooLate: number;
  readonly days: readonly DayOfMails[];
}

/** Lets the backlog of a pause go out without an avalanche (F31). */
@Injectable()
export class CampaignResumes {
  constructor(private readonly clock: Clock) {}

  /** What a resume would do; changes nothing. */
  async plan(tx: EntityManager, workspaceId: string, campaignId: string, wish: ResumeWish): Promise<ResumePlan> {
    const campaign = this.resumed(workspaceId, campaignId, wish);
    const { overdue, tooLate } = await countOverdue(tx, campaign);
    const room = await roomOf(tx, campaign);
    const mails = overdue - tooLate;
    const days = room ? spreadBacklog({ ...room, mails, spreadOverDays: wish.spreadOverDays ?? null, now: campaign.now }) : [];
    return { overdue, tooLate, days };
  }

  /** In the transaction that lets the campaign run. */
  async apply(tx: EntityManager, workspaceId: string, campaignId: string, wish: ResumeWish): Promise<ResumePlan> {
    const campaign = this.resumed(workspaceId, campaignId, wish);
    const plan = await this.plan(tx, workspaceId, campaignId, wish);
    if (wish.spreadOverDays !== undefined) await spaceOut(tx, campaign, spacingMs(plan.overdue - plan.tooLate, wish.spreadOverDays));
    await takeUp(tx, { workspaceId, campaignId });
    return plan;
  }

  /** What was due before then is too late. */
  lateBefore({ maxLatenessHours }: ResumeWish): Date | null {
    return maxLatenessHours === undefined ? null : new Date(this.clock.now().getTime() - maxLatenessHours * HOUR_MS);
  }

  private resumed(workspaceId: string, campaignId: string, wish: ResumeWish): ResumedCampaign {
    return { workspaceId, campaignId, now: this.clock.now(), lateBefore: this.lateBefore(wish) };
  }
}
