import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CONDITION_FALSE } from '../../domain/step-conditions.js';
import { Clock } from '../../platform/clock.js';
import { StepConditions } from '../outreach/planning/step-conditions.service.js';
import { StepSkips } from '../outreach/planning/step-skips.service.js';
import { conditionalMails, type DueMailbox } from './sending.queries.js';

/** Mails whose step is not to be done any more, taken out of the queue before anyone claims them (state-model 4). */
@Injectable()
export class MailsLeftOut {
  constructor(
    private readonly conditions: StepConditions,
    private readonly skips: StepSkips,
    private readonly clock: Clock,
  ) {}

  /** Asks as many mails as may be claimed next. */
  async leaveOut(tx: EntityManager, mailbox: DueMailbox, limit: number): Promise<void> {
    if (limit <= 0) return;
    const { workspaceId } = mailbox;
    const asked = await conditionalMails(tx, mailbox, this.clock.now(), limit);
    const unmet = await this.conditions.unmet(
      tx,
      workspaceId,
      asked.map(({ id }) => id),
    );
    for (const id of unmet) await this.skips.skip(tx, workspaceId, id, CONDITION_FALSE);
  }
}
