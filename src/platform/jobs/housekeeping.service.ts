import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, DAY_MS } from '../clock.js';
import { rows } from '../database/sql.js';
import { problemBody } from '../http/problems/problem.js';
import { JobQueue, type JobType } from './job-queue.js';

const HOUSEKEEPING: JobType<{ workspaceId: string }> = { name: 'housekeeping' };
const MONTHS_AHEAD = 2;
/** Long enough to see who was invited and did not come. */
const INVITATIONS_KEPT_MS = 90 * DAY_MS;
/** How long one can read what came of long work. */
const JOBS_KEPT_MS = 30 * DAY_MS;

/**
 * Daily: makes the partitions of the coming months, takes away those past their keep, and forgets what is past its time:
 * sessions, reset links, invitations, kept answers, failed logins, counts, hosts and targets that nobody asks. Every step can be repeated.
 */
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
    await rows(this.db, 'SELECT drop_old_partitions()');
    const now = this.clock.now();
    await rows(this.db, '/* all-workspaces: whoever they belonged to */ DELETE FROM sessions WHERE expires_at < $1', [now]);
    await rows(this.db, '/* all-workspaces: whoever they answered */ DELETE FROM kept_answers WHERE expires_at <= $1', [now]);
    await this.tidyJobs(now);
    await rows(this.db, 'DELETE FROM throttles WHERE resets_at <= $1', [now]);
    await rows(this.db, "DELETE FROM login_failures WHERE last_at < $1::timestamptz - interval '2 days'", [now]);
    await rows(this.db, "DELETE FROM known_places WHERE last_at < $1::timestamptz - interval '180 days'", [now]);
    // turns of hosts are real time
    await rows(
      this.db,
      "DELETE FROM fetch_hosts WHERE queued_at IS NULL AND turn_at < now() - interval '1 day' AND (rest_until IS NULL OR rest_until < $1)",
      [now],
    );
    await rows(this.db, "DELETE FROM robots_files WHERE good_until < $1::timestamptz - interval '40 days'", [now]);
    await rows(
      this.db,
      "/* all-workspaces: of links that nobody checks any more */ DELETE FROM target_looks WHERE looked_at < $1::timestamptz - interval '40 days'",
      [now],
    );
    await rows(this.db, 'DELETE FROM password_resets WHERE expires_at < $1', [this.before(DAY_MS)]);
    await rows(this.db, '/* all-workspaces: addresses of people who may never have come */ DELETE FROM invitations WHERE expires_at < $1', [
      this.before(INVITATIONS_KEPT_MS),
    ]);
  }

  private before(ms: number): Date {
    return new Date(this.clock.now().getTime() - ms);
  }

  /** Work whose process died each time it was taken up again says nothing by itself. */
  private async tidyJobs(now: Date): Promise<void> {
    const lost = { status: 500, code: 'job_lost', detail: 'The work stopped without a word. What it did until then stays done.' };
    await rows(
      this.db,
      `/* all-workspaces: whoever asked for it */ UPDATE jobs SET state = 'failed', error = $2, finished_at = $3, input = NULL, place = NULL WHERE state = 'running' AND seen_at <= $1`,
      [this.before(DAY_MS), JSON.stringify(problemBody(lost, '')), now],
    );
    await rows(this.db, '/* all-workspaces: whoever asked for it */ DELETE FROM jobs WHERE finished_at <= $1', [this.before(JOBS_KEPT_MS)]);
  }
}
