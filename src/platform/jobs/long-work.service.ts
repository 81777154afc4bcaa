import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Permission } from '../../domain/permissions.js';
import { audit } from '../audit/audit-trail.js';
import type { Actor } from '../auth/actor.js';
import { Clock, SECOND_MS } from '../clock.js';
import { firstRow, rows } from '../database/sql.js';
import { transact } from '../database/transact.js';
import { describeError } from '../http/problems/describe-error.js';
import { problemBody } from '../http/problems/problem.js';
import { newId } from '../ids.js';
import { requireRightsStill, RIGHTS_ENDED, type RightsNow } from './asker-rights.js';
import { type KeptActor, keepActor, readActor } from './kept-actor.js';
import { JobQueue, type JobType } from './job-queue.js';

/** A kind of work that takes longer than a caller should wait; people watch it at /jobs. */
export interface LongWorkType<Input extends object> {
  readonly name: string;
  /** What whoever asks for it must be allowed to do, until the last step. */
  readonly needs: readonly Permission[];
  /** Carries the type of the input; never set. */
  readonly input?: Input;
}

/** How far a piece of work has come. */
export interface Reached<Result extends object, Place extends object = object> {
  /** More than before wherever anything was done: by it one sees whether another process has gone on meanwhile. */
  readonly done: number;
  readonly result: Result;
  /** Where to go on, when the result does not tell; nobody but the handler sees it. */
  readonly place?: Place;
}

/** One piece of work while it is done. */
export interface RunningJob<Result extends object, Place extends object = object> {
  /** Who asked for it, with what is left of the rights they had then; looked up anew with every `progress` and `step`. */
  readonly actor: Actor;
  /** How far an earlier turn had come, or one whose process died; 0 at first. */
  readonly done: number;
  readonly result: Result | undefined;
  readonly place: Place | undefined;
  /**
   * Keeps how far it is. What was done since the last time may be done again after a crash: it must do no harm.
   * @throws JobStopped, TurnOver, and Forbidden when whoever asked may not do the rest any more; the handler lets them pass
   */
  progress(done: number, result: Result): Promise<void>;
  /**
   * Does a step in one transaction with the note of how far it is: each is done exactly once, whatever dies.
   * @throws JobStopped, TurnOver, and Forbidden when whoever asked may not do the rest any more; the handler lets them pass
   */
  step(work: (tx: EntityManager) => Promise<Reached<Result, Place>>): Promise<Reached<Result, Place>>;
}

export type LongWorkHandler<Input extends object, Result extends object, Place extends object = object> = (
  job: RunningJob<Result, Place>,
  input: Input,
) => Promise<Result>;

/** Nobody wants the work any more, or another process took it over. */
export class JobStopped extends Error {}

/** Others are waiting, or the process stops: it goes on later from where it is. */
class TurnOver extends Error {}

interface JobPayload {
  readonly workspaceId: string;
  readonly jobId: string;
}

/** Several at once in a process. A worker that dies takes none with it: deploys may kill one more often than pg-boss tries by itself. */
export const LONG_WORK: JobType<JobPayload> = { name: 'long-work', atOnce: 4, options: { retryLimit: 20, retryDelay: 1 } };

/**
 * After so long a piece of work stands in the queue again, behind those that wait: a long one never keeps a short one from
 * beginning, and none outlives the 15 minutes after which pg-boss believes a job lost and does it a second time. Tests need shorter turns.
 */
export const TURN = { ms: 20 * SECOND_MS };

interface StartedRow {
  readonly kind: string;
  readonly actor: KeptActor;
  readonly input: object;
  readonly done: number;
  readonly total: number;
  readonly result: object | null;
  readonly place: object | null;
}

interface KnownWork {
  readonly needs: readonly Permission[];
  readonly handler: LongWorkHandler<object, object>;
}

/** Running already: its process died, or lives and will find at its next step that this one went on. */
const START = `
  UPDATE jobs SET state = 'running', started_at = COALESCE(started_at, $3), seen_at = $3
   WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'running') RETURNING kind, actor, input, done, total, result, place`;

const PROGRESS = `
  UPDATE jobs SET done = $4, result = $5, place = $6, seen_at = $7
   WHERE workspace_id = $1 AND id = $2 AND state = 'running' AND done = $3 RETURNING id`;

/** What has succeeded is done, also when there turned out to be less to do than it had seemed. */
const FINISH = `
  UPDATE jobs SET state = $3, result = COALESCE($4, result), error = $5, finished_at = $6, seen_at = $6, input = NULL, place = NULL,
         done = CASE $3 WHEN 'succeeded' THEN total ELSE done END
   WHERE workspace_id = $1 AND id = $2 AND state = 'running'`;

/** At the end of a membership; a process that does the work finds it ended at its next step. */
const END_OF_MEMBER = `
  UPDATE jobs SET state = 'failed', error = $4::jsonb || jsonb_build_object('instance', '/api/v1/jobs/' || id), finished_at = $3, input = NULL, place = NULL
   WHERE workspace_id = $1 AND member_id = $2 AND state IN ('queued', 'running')`;

/** Work that goes on after its request was answered with 202: in the worker role, on pg-boss, in turns, by steps that survive a kill. */
@Injectable()
export class LongWork implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(LongWork.name);
  private readonly kinds = new Map<string, KnownWork>();
  private rightsNow: RightsNow | undefined;
  private stopping = false;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly queue: JobQueue,
  ) {}

  onModuleInit(): void {
    this.queue.handle(LONG_WORK, (payload) => this.run(payload));
  }

  /** What runs ends with its present step, and another process goes on. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
  }

  /** Names the handler of a kind of work; call it before the application has started. */
  handle<Input extends object, Result extends object, Place extends object = object>(
    type: LongWorkType<Input>,
    handler: LongWorkHandler<Input, Result, Place>,
  ): void {
    this.kinds.set(type.name, { needs: type.needs, handler: handler as unknown as LongWorkHandler<object, object> }); // start takes the same type
  }

  /** Names who knows what an actor may do now; without it no work of a person is done. */
  askForRights(rightsNow: RightsNow): void {
    this.rightsNow = rightsNow;
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

  /** Does a job from where it stands, until it is done or its turn is over. Done twice it finds nothing left to do. */
  async run({ workspaceId, jobId }: JobPayload): Promise<void> {
    const job = await firstRow<StartedRow>(this.db, START, [workspaceId, jobId, this.clock.now()]);
    if (!job) return;
    try {
      const known = this.kinds.get(job.kind);
      if (!known) throw new Error(`Nobody knows how to do ${job.kind}.`);
      const asker = readActor(job.actor);
      const rights = (): Promise<Actor> => requireRightsStill(asker, known.needs, this.rightsNow ?? (() => Promise.resolve(undefined)));
      const result = await known.handler(this.running({ workspaceId, jobId }, job, await rights(), rights), job.input);
      await this.finish(workspaceId, jobId, { state: 'succeeded', result });
    } catch (error) {
      if (error instanceof JobStopped) return;
      if (error instanceof TurnOver) return transact(this.db, (tx) => this.queue.enqueue(tx, LONG_WORK, { workspaceId, jobId }));
      const spec = describeError(error);
      if (spec.status >= 500) this.logger.error({ err: error, jobId, kind: job.kind }, 'a job failed');
      await this.finish(workspaceId, jobId, { state: 'failed', error: problemBody(spec, `/api/v1/jobs/${jobId}`) });
    }
  }

  /** Ends all that a member has asked for and that is not done, in the transaction that lets them go. */
  async endOf(
    tx: EntityManager,
    { workspaceId, memberId, at }: { readonly workspaceId: string; readonly memberId: string; readonly at: Date },
  ): Promise<void> {
    await rows(tx, END_OF_MEMBER, [workspaceId, memberId, at, JSON.stringify(problemBody(RIGHTS_ENDED, ''))]);
  }

  private running({ workspaceId, jobId }: JobPayload, job: StartedRow, first: Actor, rights: () => Promise<Actor>): RunningJob<object> {
    const began = performance.now();
    let reached = job.done;
    const keep = async (db: Pick<EntityManager, 'query'>, { done, result, place }: Reached<object>): Promise<void> => {
      const said = [JSON.stringify(result), place === undefined ? null : JSON.stringify(place)];
      const kept = await rows(db, PROGRESS, [workspaceId, jobId, reached, done, ...said, this.clock.now()]);
      if (kept.length === 0) throw new JobStopped();
    };
    let actor = first;
    const goOnFrom = async (done: number): Promise<void> => {
      reached = done;
      if (this.stopping || performance.now() - began >= TURN.ms) throw new TurnOver();
      actor = await rights();
    };
    return {
      get actor() {
        return actor;
      },
      done: job.done,
      result: job.result ?? undefined,
      place: job.place ?? undefined,
      progress: async (done, result) => {
        await keep(this.db, { done, result });
        await goOnFrom(done);
      },
      step: async (work) => {
        const now = await transact(this.db, async (tx) => {
          const come = await work(tx);
          await keep(tx, come);
          return come;
        });
        await goOnFrom(now.done);
        return now;
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
