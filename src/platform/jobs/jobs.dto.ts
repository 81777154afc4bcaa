import type { JobRow, JobState } from './jobs.service.js';

export class JobProgress {
  done!: number;
  total!: number;
}

/** Work that goes on after its request was answered. */
export class JobResponse {
  id!: string;
  version!: number;
  /** What is being done, as in `prospects.bulk`. */
  kind!: string;
  state!: JobState;
  progress!: JobProgress;
  /** As the call would have answered had one waited; while it runs and after a cancel, as far as it came. */
  result!: Record<string, unknown> | null;
  /** Why it failed, as problem+json. */
  error!: Record<string, unknown> | null;
  /** The member who asked for it. */
  memberId!: string | null;
  createdAt!: string;
  startedAt!: string | null;
  finishedAt!: string | null;

  static from({ done, total, ...job }: JobRow): JobResponse {
    return {
      ...job,
      progress: { done, total },
      createdAt: job.createdAt.toISOString(),
      startedAt: job.startedAt?.toISOString() ?? null,
      finishedAt: job.finishedAt?.toISOString() ?? null,
    };
  }
}

export class JobPage {
  data!: JobResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
