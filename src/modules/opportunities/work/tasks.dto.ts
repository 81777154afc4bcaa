import { IsBoolean, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { IsInstant } from '../../../platform/http/input/is-instant.decorator.js';
import { OneLine } from '../../../platform/http/input/one-line.decorator.js';
import { IfGiven } from '../../../platform/http/input/if-given.decorator.js';
import { OnRecord } from './on-record.dto.js';
import type { TaskRow } from './tasks.service.js';

export class CreateTaskRequest extends OnRecord {
  /** What is to be done. */
  @IsString() @OneLine() @Length(1, 300) title!: string;
  /** When it is to be done, such as 2026-11-30T09:00:00Z; now, when absent. */
  @IfGiven() @IsInstant() dueAt?: string;
  /** Member who is to do it, null for nobody; when absent the owner of the opportunity that it belongs to, or else you. */
  @IsOptional() @IsUUID() assigneeId?: string | null;
}

export class ChangeTaskRequest {
  /** True when it is done; false opens it again. */
  @IfGiven() @IsBoolean() done?: boolean;
  /** Member who is to do it; null for nobody. */
  @IsOptional() @IsUUID() assigneeId?: string | null;
  /** When it is to be done, such as 2026-11-30T09:00:00Z. */
  @IfGiven() @IsInstant() dueAt?: string;
}

export class TaskResponse {
  id!: string;
  version!: number;
  kind!: string;
  subjectType!: string;
  subjectId!: string;
  opportunityId!: string | null;
  projectId!: string | null;
  assigneeId!: string | null;
  title!: string | null;
  dueAt!: string;
  doneAt!: string | null;
  createdAt!: string;

  static from(row: TaskRow): TaskResponse {
    return { ...row, dueAt: row.dueAt.toISOString(), doneAt: row.doneAt?.toISOString() ?? null, createdAt: row.createdAt.toISOString() };
  }
}

export class TaskPage {
  data!: TaskResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
