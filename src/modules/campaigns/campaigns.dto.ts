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
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { Nested } from '../../platform/http/input/nested.decorator.js';
import { WINDOW_TIME } from '../../domain/send-window.js';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { IsZone } from '../../platform/http/input/is-zone.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { type CampaignState, type Tactic, TACTICS } from './campaign.entity.js';
import type { CampaignRow } from './campaigns.queries.js';

const IS_TIME = { message: 'must be a time such as 09:00' };
const sameId = (id: unknown): unknown => (typeof id === 'string' ? id.toLowerCase() : id);

/** When mails may leave. */
export class SendWindowRequest {
  /** Such as Europe/Lisbon; the recipient's own when absent. */
  @IsOptional() @IsString() @MaxLength(64) @IsZone() timeZone?: string | null;
  /** 1 Monday to 7 Sunday. */
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(7) @ArrayUnique() @IsInt({ each: true }) @Min(1, { each: true }) @Max(7, { each: true }) days!: number[];
  /** Included. */
  @IsString() @Matches(WINDOW_TIME, IS_TIME) from!: string;
  /** Not included; 24:00 is the end of the day. */
  @IsString() @Matches(WINDOW_TIME, IS_TIME) to!: string;
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
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(200) externalRef?: string | null;
}

export class SendWindowResponse {
  /** Absent: the recipient's own. */
  timeZone?: string;
  days!: number[];
  from!: string;
  to!: string;
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
  state!: CampaignState;
  pauseReason!: string | null;
  /** The guardrail that holds it; null when a person does. */
  pauseCode!: 'bounces' | 'complaints' | null;
  externalRef!: string | null;
  startedAt!: string | null;
  createdAt!: string;

  static from(row: CampaignRow): CampaignResponse {
    return {
      ...row,
      mailboxIds: [...row.mailboxIds],
      window: row.window && { ...row.window, days: [...row.window.days] },
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
