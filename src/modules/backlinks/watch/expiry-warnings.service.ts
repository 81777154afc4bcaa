import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../../platform/clock.js';
import { transact } from '../../../platform/database/transact.js';
import { leaveTask } from '../../pipeline/left-for-people.service.js';
import { closeEndingTask, takeEnding } from './reclaim.queries.js';

/** Warns 14, 7 and 2 days before a link's term ends: a task each, once, in place of the one before. */
@Injectable()
export class ExpiryWarnings {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @returns true when there may be more */
  warnOne(): Promise<boolean> {
    return transact(this.db, async (tx) => {
      const at = this.clock.now();
      const link = await takeEnding(tx, at);
      if (!link) return false;
      const { workspaceId, id, opportunityId, days } = link;
      await closeEndingTask(tx, workspaceId, id, at);
      const title = `The term of this link ends within ${days} days`;
      await leaveTask(tx, workspaceId, { kind: 'link_ends_soon', subjectType: 'backlink', subjectId: id, opportunityId, title, at });
      return true;
    });
  }
}
