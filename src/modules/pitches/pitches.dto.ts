import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsOptional, IsString, IsUUID, Length, MaxLength } from 'class-validator';
import { NestedList } from '../../platform/http/input/nested.decorator.js';
import { IsDay } from '../../platform/http/input/is-day.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { manualMoves } from '../../domain/machines/machine.js';
import { PITCH, PITCH_STATES, type PitchState } from '../../domain/machines/pitch.js';
import type { PitchRow } from './pitches.queries.js';

export class TopicRequest {
  @IsString() @OneLine() @Length(1, 300) title!: string;
  @IsOptional() @IsString() @MaxLength(5000) summary?: string;
}

export class CreatePitchRequest {
  @IsUUID() opportunityId!: string;
  /** What you offer to write about; the editor picks one. */
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(20) @NestedList(() => TopicRequest) topics!: TopicRequest[];
}

export class MovePitchRequest {
  @IsIn(PITCH_STATES) to!: PitchState;
  @IsOptional() @IsString() @Length(1, 500) reason?: string;
  /** Where the article is live. */
  @IsOptional() @IsString() @Length(1, 2048) liveUrl?: string;
  /** Day the draft is due, YYYY-MM-DD. */
  @IsOptional() @IsDay() draftDueOn?: string;
  /** Day of publication, YYYY-MM-DD. */
  @IsOptional() @IsDay() publishOn?: string;
  /** The topic that the editor picked. */
  @IsOptional() @IsUUID() topicId?: string;
  /** Terms of the opportunity that this pitch falls under; the newest when absent. */
  @IsOptional() @IsUUID() agreementId?: string;
}

export class PitchMove {
  to!: string;
  /** Facts that the step asks for, by the names of the request's fields; `agreement` are terms of the opportunity. */
  requires!: string[];
}

export class TopicResponse {
  id!: string;
  title!: string;
  summary!: string | null;
  /** When it was picked. */
  chosenAt!: string | null;
}

export class PitchResponse {
  id!: string;
  version!: number;
  opportunityId!: string;
  projectId!: string;
  agreementId!: string | null;
  previousPitchId!: string | null;
  state!: PitchState;
  stateChangedAt!: string;
  stateReason!: string | null;
  /** States that a person may take it to. */
  nextStates!: PitchState[];
  moves!: PitchMove[];
  topics!: TopicResponse[];
  liveUrl!: string | null;
  draftDueOn!: string | null;
  publishOn!: string | null;
  createdAt!: string;

  static from(row: PitchRow): PitchResponse {
    const moves = manualMoves(PITCH, row.state);
    return {
      ...row,
      stateChangedAt: row.stateChangedAt.toISOString(),
      createdAt: row.createdAt.toISOString(),
      nextStates: moves.map(({ to }) => to),
      moves: moves.map(({ to, requires }) => ({ to, requires: [...requires] })),
    };
  }
}

export class PitchPage {
  data!: PitchResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
