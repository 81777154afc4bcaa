import { IsIn, IsInt, IsString, IsUUID, Length, Max, Min, ValidateIf } from 'class-validator';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { Nested } from '../../platform/http/input/nested.decorator.js';
import type { ThreadRow } from './thread-list.queries.js';
import type { QueuedReply } from './thread-replies.service.js';
import { REPLY_CLASSES, type ReplyClass } from '../../domain/pipeline-events.js';
import type { ThreadMessageRow } from './threads.queries.js';

export class ClassifyThreadRequest {
  /** What their last answer means. */
  @IsIn(REPLY_CLASSES) class!: ReplyClass;
}

export class AssignThreadRequest {
  /** Member who answers it; null gives it back to the owner of its opportunity. */
  @ValidateIf(({ assigneeId }: AssignThreadRequest) => assigneeId !== null) @IsUUID() assigneeId!: string | null;
}

export class FollowUpRequest {
  /** What it says, filled in now. It joins the thread, whose subject it keeps. */
  @IsUUID() templateId!: string;
  /** How many business days of silence it waits for, counted from when your answer has left. */
  @IsInt() @Min(1) @Max(60) afterBusinessDays!: number;
}

export class ReplyRequest {
  /** What you write; may be left out with a templateId. */
  @IfGiven() @IsString() @Length(1, 100_000) text?: string;
  /** The same as HTML; made of the text when absent. */
  @IfGiven() @IsString() @Length(1, 200_000) html?: string;
  /** Without a text: the template that the mail is made of. With one: where the text comes from. */
  @IfGiven() @IsUUID() templateId?: string;
  /** Goes out in the thread when nobody answers; any answer of a person cancels it. */
  @IfGiven() @Nested(() => FollowUpRequest) followUp?: FollowUpRequest;
}

/** The mails that were queued: read them, or call them back, at /messages. */
export class ReplyResponse {
  threadId!: string;
  messageId!: string;
  followUpMessageId!: string | null;
  /** When the follow-up is due, if your answer leaves at once. */
  followUpAt!: string | null;

  static from({ id, threadId, followUpId, followUpAt }: QueuedReply): ReplyResponse {
    return { threadId, messageId: id, followUpMessageId: followUpId, followUpAt: followUpAt?.toISOString() ?? null };
  }
}

/** A thread as lists show it. */
export class ThreadSummary {
  id!: string;
  subject!: string | null;
  /** Of its newest mail. */
  lastMessageId!: string;
  lastDirection!: 'out' | 'in';
  lastClass!: string | null;
  lastAt!: string;
  /** Us, when a person has written last. */
  waitingOn!: 'us' | 'them';
  /** Who answers it; the owner of the opportunity, unless it was given to somebody. */
  assigneeId!: string | null;
  projectId!: string | null;
  campaignId!: string | null;
  opportunityId!: string | null;
  prospectId!: string | null;
  contactId!: string | null;
  mailboxId!: string;

  static from(row: ThreadRow): ThreadSummary {
    const { subject, waitingOn, assigneeId, projectId, campaignId, opportunityId, prospectId, contactId, mailboxId } = row;
    const last = { lastMessageId: row.id, lastDirection: row.direction, lastClass: row.class, lastAt: row.lastAt.toISOString() };
    return { id: row.threadId, ...last, subject, waitingOn, assigneeId, projectId, campaignId, opportunityId, prospectId, contactId, mailboxId };
  }
}

export class ThreadPage {
  data!: ThreadSummary[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
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
  /** Who answers it; the owner of the opportunity, unless it was given to somebody. */
  assigneeId!: string | null;
  /** Oldest first; of a long thread the last 200. */
  messages!: ThreadMessage[];

  static from(id: string, found: readonly ThreadMessageRow[], assigneeId: string | null): ThreadResponse {
    const last = found.at(-1);
    const messages = found.map((row) => ({
      ...row,
      sentAt: row.sentAt?.toISOString() ?? null,
      createdAt: row.createdAt.toISOString(),
    }));
    return { id, opportunityId: last?.opportunityId ?? null, contactId: last?.contactId ?? null, assigneeId, messages };
  }
}
