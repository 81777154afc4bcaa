import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../clock.js';
import { rows } from '../database/sql.js';
import { JobQueue, type JobType } from './job-queue.js';

const HOUSEKEEPING: JobType<{ workspaceId: string }> = { name: 'housekeeping' };
const MONTHS_AHEAD = 2;

/** Daily: makes the partitions of the coming months and forgets sessions that ended, and who failed or came from where long ago. Every step can be repeated. */
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
    await rows(this.db, '/* all-workspaces: whoever they belonged to */ DELETE FROM sessions WHERE expires_at < $1', [this.clock.now()]);
    await rows(this.db, "DELETE FROM login_failures WHERE last_at < $1::timestamptz - interval '2 days'", [this.clock.now()]);
    await rows(this.db, "DELETE FROM known_places WHERE last_at < $1::timestamptz - interval '180 days'", [this.clock.now()]);
  }
}
