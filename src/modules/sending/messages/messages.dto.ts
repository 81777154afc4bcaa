import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsInt, IsOptional, IsString, IsUUID, Length, MaxLength, Min } from 'class-validator';
import { NestedList } from '../../../platform/http/input/nested.decorator.js';
import { type ManualMove, manualMoves } from '../../../domain/machines/machine.js';
import { MESSAGE, type MessageFact, type MessageState } from '../../../domain/machines/message.js';
import type { Gate, GateCode } from '../../../domain/send-decision.js';
import { MAX_BULK_ITEMS } from '../../../platform/http/input/bulk.js';
import { IfGiven } from '../../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../../platform/http/input/one-line.decorator.js';
import type { MessageRow, MessageSummary } from './messages.queries.js';

export class ChangeMessageRequest {
  @IfGiven() @IsString() @OneLine() @Length(1, 2000) subject?: string;
  /** Where a mail of a sequence lost its ending with it, signature, postal address and the link to stop all mail are put back. Left out where `html` is given: made from it. */
  @IfGiven() @IsString() @Length(1, 1_000_000) text?: string;
  /** Null, or left out where `text` is given: made from the text. */
  @IsOptional() @IsString() @MaxLength(1_000_000) html?: string | null;
}

export class ReleaseItem {
  @IsUUID() id!: string;
  /** The version that was read and found good. */
  @IsInt() @Min(1) ifVersion!: number;
  /** `release` sends a draft, or one that waits for approval, as soon as its mailbox may. */
  @IsIn(['release']) action!: 'release';
}

export class BulkMessagesRequest {
  /** At most 1,000. */
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(MAX_BULK_ITEMS) @NestedList(() => ReleaseItem) items!: ReleaseItem[];
}

export const OUTCOMES = ['sent', 'resend', 'abandon'] as const;
export type ResolveOutcome = (typeof OUTCOMES)[number];

export class ResolveMessageRequest {
  /**
   * `sent`: it was found, the sequence goes on. `resend`: it goes out again and may arrive twice. `abandon`: it is given up;
   * the sequence goes on with its next step, since the mail may well have arrived.
   */
  @IsIn(OUTCOMES) outcome!: ResolveOutcome;
  /** Why; kept with the history. */
  @IsString() @Length(1, 500) reason!: string;
}

export class MessageMove {
  to!: MessageState;
  /** What a person must give. */
  requires!: string[];
}

export class MessageSummaryResponse {
  id!: string;
  version!: number;
  direction!: 'out' | 'in';
  source!: string;
  /** `received` for what came in, which has no further states. */
  state!: MessageState | 'received';
  stateReason!: string | null;
  stateChangedAt!: string;
  /** What has become true since it was sent. */
  facts!: MessageFact[];
  nextStates!: MessageState[];
  moves!: MessageMove[];
  projectId!: string | null;
  campaignId!: string | null;
  opportunityId!: string | null;
  prospectId!: string | null;
  contactId!: string | null;
  enrollmentId!: string | null;
  /** Step of the sequence. */
  stepKey!: string | null;
  /** review: a person read it over before it left, or shall. */
  stepKind!: 'mail' | 'review' | null;
  /** Which of several texts of its step. */
  variantKey!: string | null;
  templateVersionId!: string | null;
  pitchId!: string | null;
  mailboxId!: string;
  threadId!: string | null;
  /** Message-ID without brackets; fixed before the mail is sent. */
  rfcMessageId!: string | null;
  fromAddress!: string;
  toAddress!: string;
  subject!: string | null;
  /** Of incoming mail: what it is, how it was matched, what it answers. */
  class!: string | null;
  matchMethod!: string | null;
  answersId!: string | null;
  /** Not before then; `/explain` tells what else it waits for. */
  nextAt!: string | null;
  attempts!: number;
  /** The mail server's last words about it. */
  lastResponse!: string | null;
  /** When it was last handed to the server; the answer may have been a refusal, or none. */
  transmittingAt!: string | null;
  sentAt!: string | null;
  createdAt!: string;

  static from(row: MessageSummary): MessageSummaryResponse {
    const moves: ManualMove<MessageState>[] = row.state === 'received' ? [] : manualMoves(MESSAGE, row.state);
    return {
      ...row,
      stateChangedAt: row.stateChangedAt.toISOString(),
      nextStates: moves.map(({ to }) => to),
      moves: moves.map(({ to, requires }) => ({ to, requires: [...requires] })),
      nextAt: row.nextAt?.toISOString() ?? null,
      transmittingAt: row.transmittingAt?.toISOString() ?? null,
      sentAt: row.sentAt?.toISOString() ?? null,
      createdAt: row.createdAt.toISOString(),
    };
  }
}

export class MessageTemplate {
  id!: string;
  /** The version that the mail was written from. */
  versionNumber!: number;
}

export class EarlierTextResponse {
  /** 1 for the words as they were first written. */
  number!: number;
  subject!: string | null;
  text!: string | null;
  html!: string | null;
  /** Member who put other words in their place; null for the product itself. */
  replacedBy!: string | null;
  replacedAt!: string;
}

export class MessageResponse extends MessageSummaryResponse {
  inReplyTo!: string | null;
  /** Message-IDs of the thread, oldest first. */
  referenceIds!: string[];
  text!: string | null;
  html!: string | null;
  /** Asks for something unasked: goes out with an unsubscribe link. */
  commercial!: boolean;
  /** Null for a mail that was not made from one. */
  template!: MessageTemplate | null;
  /** What it said before people changed it, the newest first; the last ten. */
  earlierTexts!: EarlierTextResponse[];

  static override from(row: MessageRow): MessageResponse {
    const { inReplyTo, referenceIds, text, html, commercial, template, earlierTexts, ...summary } = row;
    const earlier = earlierTexts.map((one) => ({ ...one, replacedAt: new Date(one.replacedAt).toISOString() }));
    const words = { inReplyTo, referenceIds, text, html, commercial, template: template && { ...template }, earlierTexts: earlier };
    return Object.assign(MessageSummaryResponse.from(summary), words);
  }
}

export class MessagePage {
  data!: MessageSummaryResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}

export class BulkMessageResult {
  index!: number;
  /** As the single call would have answered. */
  status!: number;
  id?: string;
  problem?: Record<string, unknown>;
}

export class BulkMessagesResponse {
  results!: BulkMessageResult[];
}

export class GateResponse {
  code!: GateCode;
  open!: boolean;
  /** When it opens; null when it is open, or when nobody can say. */
  opensAt!: string | null;
  detail!: string | null;
}

export class ExplanationResponse {
  messageId!: string;
  state!: MessageState | 'received';
  /** Every gate of a mail that has not left; empty for all others. */
  gates!: GateResponse[];
  /** When it can leave at the earliest; null when it has left or never will, or while a gate opens at no known time. */
  earliestAt!: string | null;

  static from({ messageId, state, gates, earliestAt }: Explanation): ExplanationResponse {
    return {
      messageId,
      state,
      gates: gates.map((gate) => ({ ...gate, opensAt: gate.opensAt?.toISOString() ?? null })),
      earliestAt: earliestAt?.toISOString() ?? null,
    };
  }
}

export interface Explanation {
  readonly messageId: string;
  readonly state: MessageState | 'received';
  readonly gates: readonly Gate[];
  readonly earliestAt: Date | null;
}
