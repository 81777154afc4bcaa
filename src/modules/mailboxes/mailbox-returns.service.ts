import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RuleViolation } from '../../domain/errors.js';
import type { DayOfMails } from '../../domain/resume-plan.js';
import { HOUR_MS } from '../../platform/clock.js';
import type { Mailbox } from './mailbox.entity.js';

/** What becomes of all that was due meanwhile. */
export interface ReturnWish {
  /** Follow-ups that were due longer ago are skipped; absent, all are sent. */
  readonly maxLatenessHours?: number | undefined;
  /** What is overdue leaves over so many days; absent, as fast as the limits let it. */
  readonly spreadOverDays?: number | undefined;
}

export interface ReturnPlan {
  /** Mails, and steps whose mail is not written yet, that were due. */
  readonly overdue: number;
  /** Of these, follow-ups that are skipped. */
  readonly tooLate: number;
  readonly days: readonly DayOfMails[];
}

interface ReturnedMailbox {
  readonly workspaceId: string;
  readonly id: string;
}

export interface MailboxBacklog {
  /** Changes nothing. */
  plan(tx: EntityManager, mailbox: ReturnedMailbox, wish: ReturnWish): Promise<ReturnPlan>;
  apply(tx: EntityManager, mailbox: ReturnedMailbox, wish: ReturnWish): Promise<ReturnPlan>;
}

/** What waits for a mailbox that comes back. Who plans mails stands above the mailboxes, and brings what it knows of them along. */
@Injectable()
export class MailboxReturns implements MailboxBacklog {
  private backlog: MailboxBacklog | undefined;

  use(backlog: MailboxBacklog): void {
    this.backlog = backlog;
  }

  async plan(tx: EntityManager, mailbox: ReturnedMailbox, wish: ReturnWish): Promise<ReturnPlan> {
    return (await this.backlog?.plan(tx, mailbox, wish)) ?? NOTHING;
  }

  async apply(tx: EntityManager, mailbox: ReturnedMailbox, wish: ReturnWish): Promise<ReturnPlan> {
    return (await this.backlog?.apply(tx, mailbox, wish)) ?? NOTHING;
  }
}

const NOTHING: ReturnPlan = { overdue: 0, tooLate: 0, days: [] };

/** What was due before then is too late; null where nothing is. */
export function lateBefore({ maxLatenessHours }: ReturnWish, now: Date): Date | null {
  return maxLatenessHours === undefined ? null : new Date(now.getTime() - maxLatenessHours * HOUR_MS);
}

/** Nothing leaves: a person took it out, its login is refused, or a server blocks it. */
export function isAway({ state, alarmAt }: Pick<Mailbox, 'state' | 'alarmAt'>): boolean {
  return state !== 'connected' || alarmAt !== null;
}

/** @throws RuleViolation `mailbox_not_away` for words about a backlog that nothing lets out */
export function requireNoWish(wish: ReturnWish): void {
  for (const field of ['maxLatenessHours', 'spreadOverDays'] as const) {
    if (wish[field] === undefined) continue;
    const detail = 'This is for a mailbox that comes back: send it with `state: connected` while it is disabled, disconnected or has an alarm.';
    throw RuleViolation.at(`/${field}`, 'mailbox_not_away', detail);
  }
}
