import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, DAY_MS } from '../clock.js';
import { rows } from '../database/sql.js';
import { problemBody } from '../http/problem.js';
import { JobQueue, type JobType } from './job-queue.js';

const HOUSEKEEPING: JobType<{ workspaceId: string }> = { name: 'housekeeping' };
const MONTHS_AHEAD = 2;
/** How long one can read what came of long work. */
const JOBS_KEPT_DAYS = 30;

/** Daily: makes the partitions of the coming months and forgets what is past its time: sessions, kept answers, counts. Every step can be repeated. */
@Injectable()
export class Housekeeping implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly jobs: JobQueue,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(HOUSEKEEPING, () => this.run());
    this.jobs.schedule(HOUSEKEEPING, '17 3 * * *');
  }

  async run(): Promise<void> {
    await rows(this.db, 'SELECT ensure_month_partitions($1)', [MONTHS_AHEAD]);
    const now = this.clock.now();
    await rows(this.db, '/* all-workspaces: whoever they belonged to */ DELETE FROM sessions WHERE expires_at < $1', [now]);
    await rows(this.db, '/* all-workspaces: whoever they answered */ DELETE FROM kept_answers WHERE expires_at <= $1', [now]);
    await this.tidyJobs(now);
    await rows(this.db, 'DELETE FROM throttles WHERE resets_at <= $1', [now]);
  }

  /** Work whose process died each time it was taken up again says nothing by itself. */
  private async tidyJobs(now: Date): Promise<void> {
    const ago = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
    const lost = { status: 500, code: 'job_lost', detail: 'The work stopped without a word. What it did until then stays done.' };
    await rows(
      this.db,
      `/* all-workspaces: whoever asked for it */ UPDATE jobs SET state = 'failed', error = $2, finished_at = $3, input = NULL WHERE state = 'running' AND seen_at <= $1`,
      [ago(1), JSON.stringify(problemBody(lost, '')), now],
    );
    await rows(this.db, '/* all-workspaces: whoever asked for it */ DELETE FROM jobs WHERE finished_at <= $1', [ago(JOBS_KEPT_DAYS)]);
  }
}
