import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Share } from '../../../domain/fair-share.js';
import { CONDITION_FALSE } from '../../../domain/step-conditions.js';
import { Clock } from '../../../platform/clock.js';
import { StepConditions } from '../../outreach/planning/step-conditions.service.js';
import { StepSkips } from '../../outreach/planning/step-skips.service.js';
import { conditionalMails, type DueMailbox } from '../claim/sending.queries.js';

/** Mails whose step is not to be done any more, taken out of the queue before anyone claims them (state-model 4). */
@Injectable()
export class MailsLeftOut {
  constructor(
    private readonly conditions: StepConditions,
    private readonly skips: StepSkips,
    private readonly clock: Clock,
  ) {}

  /** Asks as many mails of each queue as may be claimed next. @returns whether any was left out */
  async leaveOut(tx: EntityManager, mailbox: DueMailbox, queues: readonly Share[]): Promise<boolean> {
    const { workspaceId } = mailbox;
    const asked = await conditionalMails(tx, mailbox, this.clock.now(), queues);
    const unmet = await this.conditions.unmet(
      tx,
      workspaceId,
      asked.map(({ id }) => id),
    );
    let any = false;
    for (const id of unmet) if (await this.skips.skip(tx, workspaceId, id, CONDITION_FALSE)) any = true;
    return any;
  }
}
