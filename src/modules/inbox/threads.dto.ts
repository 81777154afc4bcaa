import { IsIn } from 'class-validator';
import { REPLY_CLASSES, type ReplyClass } from '../../domain/pipeline-events.js';
import type { ThreadMessageRow } from './threads.queries.js';

export class ClassifyThreadRequest {
  /** What their last answer means. */
  @IsIn(REPLY_CLASSES) class!: ReplyClass;
}

export class ThreadMessage {
  id!: string;
  version!: number;
  direction!: 'out' | 'in';
  state!: string;
  /** Of an incoming one: what it is, or what a person said it means. */
  class!: string | null;
  matchMethod!: string | null;
  answersId!: string | null;
  opportunityId!: string | null;
  contactId!: string | null;
  mailboxId!: string;
  fromAddress!: string;
  toAddress!: string;
  subject!: string | null;
  text!: string | null;
  sentAt!: string | null;
  createdAt!: string;
}

export class ThreadResponse {
  id!: string;
  opportunityId!: string | null;
  contactId!: string | null;
  /** Oldest first; of a long thread the last 200. */
  messages!: ThreadMessage[];

  static from(id: string, found: readonly ThreadMessageRow[]): ThreadResponse {
    const last = found.at(-1);
    const messages = found.map((row) => ({
      ...row,
      sentAt: row.sentAt?.toISOString() ?? null,
      createdAt: row.createdAt.toISOString(),
    }));
    return { id, opportunityId: last?.opportunityId ?? null, contactId: last?.contactId ?? null, messages };
  }
}
