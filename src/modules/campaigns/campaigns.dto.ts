import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { Nested } from '../../platform/http/input/nested.decorator.js';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { SendWindowRequest, SendWindowResponse } from '../../platform/http/input/send-window.dto.js';
import { type CampaignState, type Tactic, TACTICS } from './campaign.entity.js';
import type { CampaignRow } from './campaigns.queries.js';

const sameId = (id: unknown): unknown => (typeof id === 'string' ? id.toLowerCase() : id);

/** Beside the limits of its mailboxes; the smallest of all wins. */
export class CampaignLimitsRequest {
  /** Mails of the sequence in a day, all mailboxes together; null is no limit. */
  @IsOptional() @IsInt() @Min(1) @Max(1_000_000) perDay?: number | null;
}

export class CreateCampaignRequest {
  @IsString() @OneLine() @MinLength(1) @MaxLength(200) name!: string;
  @IsUUID() projectId!: string;
  /** A target page of the project. */
  @IsUUID() targetPageId!: string;
  @IsIn(TACTICS) tactic!: Tactic;
  @IsUUID() sequenceId!: string;
  /** First mails go out from these in turn. */
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(50) @ArrayUnique(sameId) @IsUUID(undefined, { each: true }) mailboxIds!: string[];
  /** Absent: Monday to Friday, 09:00 to 17:00 where the recipient is. Null: any time. */
  @IsOptional() @Nested(() => SendWindowRequest) window?: SendWindowRequest | null;
  @IfGiven() @Nested(() => CampaignLimitsRequest) limits?: CampaignLimitsRequest;
  /** Its share of a mailbox beside other campaigns; 1 unless given. */
  @IfGiven() @IsInt() @Min(1) @Max(100) weight?: number;
  /** Your own id for it, unique among campaigns. */
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(200) externalRef?: string | null;
}

/** Project, target page, tactic and sequence stay as they are once the campaign has started. */
export class ChangeCampaignRequest {
  @IfGiven() @IsString() @OneLine() @MinLength(1) @MaxLength(200) name?: string;
  @IfGiven() @IsUUID() projectId?: string;
  @IfGiven() @IsUUID() targetPageId?: string;
  @IfGiven() @IsIn(TACTICS) tactic?: Tactic;
  @IfGiven() @IsUUID() sequenceId?: string;
  /** Replaces all. Threads that have begun stay with their mailbox. */
  @IfGiven() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(50) @ArrayUnique(sameId) @IsUUID(undefined, { each: true }) mailboxIds?: string[];
  /** Null: any time. */
  @IsOptional() @Nested(() => SendWindowRequest) window?: SendWindowRequest | null;
  @IfGiven() @Nested(() => CampaignLimitsRequest) limits?: CampaignLimitsRequest;
  /** Its share of a mailbox beside other campaigns. */
  @IfGiven() @IsInt() @Min(1) @Max(100) weight?: number;
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(200) externalRef?: string | null;
}

export class CampaignLimitsResponse {
  perDay!: number | null;
}

export class CampaignResponse {
  id!: string;
  version!: number;
  name!: string;
  projectId!: string;
  targetPageId!: string;
  tactic!: Tactic;
  sequenceId!: string;
  mailboxIds!: string[];
  /** Null: any time. */
  window!: SendWindowResponse | null;
  limits!: CampaignLimitsResponse;
  /** Its share of a mailbox beside other campaigns. */
  weight!: number;
  state!: CampaignState;
  pauseReason!: string | null;
  /** The guardrail that holds it; null when a person does. */
  pauseCode!: 'bounces' | 'complaints' | null;
  externalRef!: string | null;
  startedAt!: string | null;
  createdAt!: string;

  static from(row: CampaignRow): CampaignResponse {
    const { perDay, ...shown } = row;
    return {
      ...shown,
      limits: { perDay },
      mailboxIds: [...row.mailboxIds],
      window: SendWindowResponse.from(row.window),
      startedAt: row.startedAt?.toISOString() ?? null,
      createdAt: row.createdAt.toISOString(),
    };
  }
}

export class CampaignList {
  data!: CampaignResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
