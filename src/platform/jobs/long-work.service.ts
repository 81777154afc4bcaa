import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { audit } from '../audit/audit-trail.js';
import type { Actor } from '../auth/actor.js';
import { Clock } from '../clock.js';
import { firstRow, rows } from '../database/sql.js';
import { describeError } from '../http/problems/describe-error.js';
import { problemBody } from '../http/problems/problem.js';
import { newId } from '../ids.js';
import { type KeptActor, keepActor, readActor } from './kept-actor.js';
import { JobQueue, type JobType } from './job-queue.js';

/** A kind of work that takes longer than a caller should wait; people watch it at /jobs. */
export interface LongWorkType<Input extends object> {
  readonly name: string;
  /** Carries the type of the input; never set. */
  readonly input?: Input;
}

/** One piece of work while it is done. */
export interface RunningJob<Result extends object> {
  /** Who asked for it, with the rights they had then. */
  readonly actor: Actor;
  /** How far an earlier run had come whose process died; 0 at first. */
  readonly done: number;
  readonly result: Result | undefined;
  /**
   * Keeps how far it is. What was done since the last time may be done again after a crash: it must do no harm.
   * @throws JobStopped, which the handler lets pass, when somebody cancelled it or another process took it over
   */
  progress(done: number, result: Result): Promise<void>;
}

export type LongWorkHandler<Input extends object, Result extends object> = (job: RunningJob<Result>, input: Input) => Promise<Result>;

/** Nobody wants the work any more. */
export class JobStopped extends Error {}

interface JobPayload {
  readonly workspaceId: string;
  readonly jobId: string;
}

const LONG_WORK: JobType<JobPayload> = { name: 'long-work' };

interface StartedRow {
  readonly kind: string;
  readonly actor: KeptActor;
  readonly input: object;
  readonly done: number;
  readonly result: object | null;
}

/** Running already: its process died, or lives and will find at its next step that this one went on. */
const START = `
  UPDATE jobs SET state = 'running', started_at = COALESCE(started_at, $3), seen_at = $3
   WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'running') RETURNING kind, actor, input, done, result`;

const PROGRESS = `
  UPDATE jobs SET done = $4, result = $5, seen_at = $6 WHERE workspace_id = $1 AND id = $2 AND state = 'running' AND done = $3 RETURNING id`;

const FINISH = `
  UPDATE jobs SET state = $3, result = COALESCE($4, result), error = $5, finished_at = $6, seen_at = $6, input = NULL
   WHERE workspace_id = $1 AND id = $2 AND state = 'running'`;

/** Work that goes on after its request was answered with 202: in the worker role, on pg-boss, in steps that survive a kill. */
@Injectable()
export class LongWork implements OnModuleInit {
  private readonly logger = new Logger(LongWork.name);
  private readonly handlers = new Map<string, LongWorkHandler<object, object>>();

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly queue: JobQueue,
  ) {}

  onModuleInit(): void {
    this.queue.handle(LONG_WORK, (payload) => this.run(payload));
  }

  /** Names the handler of a kind of work; call it before the application has started. */
  handle<Input extends object, Result extends object>(type: LongWorkType<Input>, handler: LongWorkHandler<Input, Result>): void {
    this.handlers.set(type.name, handler as unknown as LongWorkHandler<object, object>); // start takes the same type
  }

  /**
   * Asks for work, in the caller's transaction.
   * @returns the id of the job
   */
  async start<Input extends object>(
    tx: EntityManager,
    actor: Actor,
    type: LongWorkType<Input>,
    { input, total }: { readonly input: Input; readonly total: number },
  ): Promise<string> {
    const { workspaceId, memberId } = actor;
    const [jobId, at] = [newId(), this.clock.now()];
    await rows(
      tx,
      `INSERT INTO jobs (workspace_id, id, kind, state, member_id, actor, input, total, created_at) VALUES ($1, $2, $3, 'queued', $4, $5, $6, $7, $8)`,
      [workspaceId, jobId, type.name, memberId, JSON.stringify(keepActor(actor)), JSON.stringify(input), total, at],
    );
    await this.queue.enqueue(tx, LONG_WORK, { workspaceId, jobId });
    await audit(tx, actor, { action: 'job.requested', subjectId: jobId, at, details: { kind: type.name } });
    return jobId;
  }

  /** Does a job, from where it stands. Done twice it finds nothing left to do. */
  async run({ workspaceId, jobId }: JobPayload): Promise<void> {
    const job = await firstRow<StartedRow>(this.db, START, [workspaceId, jobId, this.clock.now()]);
    if (!job) return;
    try {
      const handler = this.handlers.get(job.kind);
      if (!handler) throw new Error(`Nobody knows how to do ${job.kind}.`);
      const result = await handler(this.running(workspaceId, jobId, job), job.input);
      await this.finish(workspaceId, jobId, { state: 'succeeded', result });
    } catch (error) {
      if (error instanceof JobStopped) return;
      const spec = describeError(error);
      if (spec.status >= 500) this.logger.error({ err: error, jobId, kind: job.kind }, 'a job failed');
      await this.finish(workspaceId, jobId, { state: 'failed', error: problemBody(spec, `/api/v1/jobs/${jobId}`) });
    }
  }

  private running(workspaceId: string, jobId: string, job: StartedRow): RunningJob<object> {
    let reached = job.done;
    return {
      actor: readActor(job.actor),
      done: job.done,
      result: job.result ?? undefined,
      progress: async (done, result) => {
        const kept = await rows(this.db, PROGRESS, [workspaceId, jobId, reached, done, JSON.stringify(result), this.clock.now()]);
        if (kept.length === 0) throw new JobStopped();
        reached = done;
      },
    };
  }

  private async finish(
    workspaceId: string,
    jobId: string,
    end: { readonly state: 'succeeded' | 'failed'; readonly result?: object; readonly error?: object },
  ): Promise<void> {
    const [result, error] = [end.result, end.error].map((part) => (part === undefined ? null : JSON.stringify(part)));
    await rows(this.db, FINISH, [workspaceId, jobId, end.state, result, error, this.clock.now()]);
  }
}
