import { IsOptional, IsString, Length, MaxLength } from 'class-validator';
import type { DraftRow, DraftWithText } from './pitch-drafts.queries.js';

export class AddDraftRequest {
  @IsString() @Length(1, 500_000) text!: string;
  /** What the editor said of it, or what changed. */
  @IsOptional() @IsString() @MaxLength(10_000) remarks?: string;
}

export class DraftSummary {
  id!: string;
  pitchId!: string;
  /** 1 for the first version. */
  number!: number;
  remarks!: string | null;
  createdAt!: string;

  static of(row: DraftRow): DraftSummary {
    return { ...row, createdAt: row.createdAt.toISOString() };
  }
}

export class DraftResponse extends DraftSummary {
  text!: string;

  static from(row: DraftWithText): DraftResponse {
    return { ...row, createdAt: row.createdAt.toISOString() };
  }
}

export class DraftPage {
  data!: DraftSummary[];
  hasMore!: boolean;
  nextCursor!: string | null;
}
