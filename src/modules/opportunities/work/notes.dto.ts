import { IsString, Length } from 'class-validator';
import type { NoteRow } from './notes.service.js';
import { OnRecord } from './on-record.dto.js';

export const NOTE_KINDS = ['note', 'reason'] as const;

export class CreateNoteRequest extends OnRecord {
  @IsString() @Length(1, 10_000) text!: string;
}

export class ChangeNoteRequest {
  @IsString() @Length(1, 10_000) text!: string;
}

export class NoteResponse {
  id!: string;
  version!: number;
  /** A note is somebody's remark; a reason says why something was done, and never changes. */
  kind!: (typeof NOTE_KINDS)[number];
  /** What it is about: prospect, contact, opportunity … */
  subjectType!: string;
  subjectId!: string;
  projectId!: string | null;
  /** Member who wrote it; null when nobody did. */
  authorId!: string | null;
  text!: string;
  createdAt!: string;
  changedAt!: string | null;

  static from(row: NoteRow): NoteResponse {
    return { ...row, createdAt: row.createdAt.toISOString(), changedAt: row.changedAt?.toISOString() ?? null };
  }
}

export class NotePage {
  data!: NoteResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
