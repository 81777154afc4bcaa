import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../../platform/auth/actor.js';
import { transact } from '../../platform/database/transact.js';
import { type BulkResult, eachItem } from '../../platform/http/input/bulk.js';
import { LongWork, type LongWorkType, type RunningJob } from '../../platform/jobs/long-work.service.js';
import { type ProspectInput, Prospects } from './prospects.service.js';

interface Bulk {
  readonly items: readonly ProspectInput[];
}
interface BulkDone {
  readonly results: readonly BulkResult[];
}

const BULK_PROSPECTS: LongWorkType<Bulk> = { name: 'prospects.bulk', needs: ['prospects:write'] };
/** Items between two looks whether the work is still wanted. */
const STEP = 50;

/** Many sites at once, each for itself: one that is refused leaves the others alone. Known ones are found again, so doing an item twice does no harm. */
@Injectable()
export class BulkProspects implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly prospects: Prospects,
    private readonly work: LongWork,
  ) {}

  onModuleInit(): void {
    this.work.handle<Bulk, BulkDone>(BULK_PROSPECTS, (job, input) => this.inSteps(job, input));
  }

  create(actor: Actor, items: readonly ProspectInput[], from = 0): Promise<BulkResult[]> {
    return eachItem(
      items,
      async (item) => {
        const { prospect, created } = await this.prospects.create(actor, item);
        return { id: prospect.id, created };
      },
      from,
    );
  }

  /** @returns the id of the job that does it */
  createLater(actor: Actor, items: readonly ProspectInput[]): Promise<string> {
    return transact(this.db, (tx) => this.work.start(tx, actor, BULK_PROSPECTS, { input: { items }, total: items.length }));
  }

  private async inSteps(job: RunningJob<BulkDone>, { items }: Bulk): Promise<BulkDone> {
    let results = job.result?.results ?? [];
    for (let from = job.done; from < items.length; from += STEP) {
      results = [...results, ...(await this.create(job.actor, items.slice(from, from + STEP), from))];
      await job.progress(results.length, { results });
    }
    return { results };
  }
}
