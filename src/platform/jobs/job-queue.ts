import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { type Job, type JobResult, PgBoss, type QueueOptions } from 'pg-boss';
import type { EntityManager } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { rows } from '../database/sql.js';
import { NIL_ID } from '../ids.js';
import { outsideRequests } from '../telemetry/request-context.js';

/** A kind of background work that is not a row of its own. Handlers may run twice and say why that does no harm. */
export interface JobType<Payload extends object> {
  readonly name: string;
  /** How often and when it is tried again, how long it is kept; pg-boss says what holds without. */
  readonly options?: Pick<QueueOptions, 'retryLimit' | 'retryDelay' | 'retryBackoff' | 'retryDelayMax' | 'deleteAfterSeconds'>;
  /** For work that takes long: so many of them are done side by side in a process. Without, they are taken in batches, one after the other. */
  readonly atOnce?: number;
  /** Carries the type of the payload; never set. */
  readonly payload?: Payload;
}

/** Workspace 0: work of the installation, not of a tenant. */
export const EVERY_WORKSPACE = NIL_ID;

const STOP_WITHIN_MS = 10_000;
/** Batches and bursts: one job a fetch makes 21 jobs a second, this some ten thousand (architecture 2, "Jobs"). */
const WORK = { batchSize: 50, burstWhenBatchFull: true, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1, perJobResults: true } as const;

interface Handler {
  readonly work: (payload: object) => Promise<void>;
  readonly atOnce: number | undefined;
}

/** pg-boss behind two calls: enqueue in the caller's transaction, work in the worker role. Its schema is made by `migrate`. */
@Injectable()
export class JobQueue implements BeforeApplicationShutdown {
  private readonly logger = new Logger(JobQueue.name);
  private readonly handlers = new Map<string, Handler>();
  private readonly schedules = new Map<string, string>();
  private boss: Promise<PgBoss> | undefined;

  constructor(private readonly config: AppConfig) {}

  /** Names the handler of a kind of work; call it before the application has started. */
  handle<Payload extends { workspaceId: string }>(type: JobType<Payload>, handler: (payload: Payload) => Promise<void>): void {
    const work = handler as (payload: object) => Promise<void>; // enqueue takes the same type
    this.handlers.set(type.name, { work, atOnce: type.atOnce });
  }

  /** Does a kind of work regularly. @param cron five fields, UTC */
  schedule(type: JobType<{ workspaceId: string }>, cron: string): void {
    this.schedules.set(type.name, cron);
  }

  /** Enqueues inside `tx`, so the job exists exactly when the change that caused it does. */
  async enqueue<Payload extends { workspaceId: string }>(tx: EntityManager, type: JobType<Payload>, payload: Payload, runAt?: Date): Promise<void> {
    const boss = await this.started();
    const db = { executeSql: async (sql: string, values?: unknown[]) => ({ rows: await rows<unknown>(tx, sql, values) }) };
    await boss.send(type.name, payload, { ...type.options, ...(runAt && { startAfter: runAt }), db });
  }

  /** The worker role: takes jobs and keeps schedules until shutdown. */
  async work(): Promise<void> {
    const boss = await this.started();
    for (const [name, { work, atOnce }] of this.handlers) {
      const options = atOnce === undefined ? WORK : { ...WORK, batchSize: 1, localConcurrency: atOnce };
      await boss.work<object, unknown, typeof WORK>(name, options as typeof WORK, async (jobs) => {
        const results: JobResult[] = [];
        for (const job of jobs) results.push(await this.outcomeOf(job, work));
        return results;
      });
    }
    for (const [name, cron] of this.schedules) await boss.schedule(name, cron, { workspaceId: EVERY_WORKSPACE });
  }

  async beforeApplicationShutdown(): Promise<void> {
    const boss = await this.boss?.catch(() => undefined);
    await boss?.stop({ graceful: true, timeout: STOP_WITHIN_MS });
    this.boss = undefined;
  }

  /** Each job of a batch for itself: one that fails must not have the others done again. */
  private async outcomeOf(job: Job, handler: (payload: object) => Promise<void>): Promise<JobResult> {
    try {
      await handler(job.data);
      return { id: job.id, status: 'completed' };
    } catch (error) {
      this.logger.error({ err: error, jobId: job.id, job: job.name }, 'job failed');
      return { id: job.id, status: 'failed', output: { error: error instanceof Error ? error.name : 'unknown' } }; // its words may be personal: the log has them
    }
  }

  /** Started once, also when two ask at the same time; a start that failed is tried again by the next who asks. */
  private started(): Promise<PgBoss> {
    this.boss ??= outsideRequests(() => this.start()).catch((error: unknown) => {
      this.boss = undefined;
      throw error;
    });
    return this.boss;
  }

  private async start(): Promise<PgBoss> {
    const connectionString = this.config.DATABASE_DIRECT_URL ?? this.config.DATABASE_URL;
    if (!connectionString) throw new Error('There is no database to queue in.');
    const boss = new PgBoss({ connectionString, migrate: false, useListenNotify: true, max: 4 });
    boss.on('error', (error) => {
      this.logger.warn({ err: error }, 'job queue');
    });
    await boss.start();
    for (const name of this.handlers.keys()) await boss.createQueue(name, { heartbeatSeconds: 10, notify: true });
    return boss;
  }
}
