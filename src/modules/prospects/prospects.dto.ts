import { ArrayMaxSize, ArrayMinSize, IsArray, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { MAX_BULK_ITEMS } from '../../platform/http/input/bulk.js';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { NestedList } from '../../platform/http/input/nested.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import type { Prospect, ProspectCondition } from './prospect.entity.js';
import type { TimelineRow } from './timeline.queries.js';

/** ISO 3166-1, two capital letters. */
const COUNTRY = /^[A-Z]{2}$/;

export class CreateProspectRequest {
  /** Any address of the website; its registrable domain makes it one site. */
  @IsString() @Length(1, 2048) url!: string;
  @IsOptional() @IsString() @OneLine() @MaxLength(200) name?: string | null;
  @IsOptional() @IsArray() @ArrayMaxSize(50) @IsString({ each: true }) @OneLine({ each: true }) @Length(1, 60, { each: true }) tags?: string[];
  /** Your own id of it; unique among prospects. */
  @IsOptional() @IsString() @OneLine() @Length(1, 200) externalRef?: string | null;
  /** Country of the site, as in DE. */
  @IsOptional() @Matches(COUNTRY) country?: string | null;
}

export class BulkProspectsRequest {
  /** At most 1,000. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_BULK_ITEMS)
  @NestedList(() => CreateProspectRequest)
  items!: CreateProspectRequest[];
}

export class ChangeProspectRequest {
  @IsOptional() @IsString() @OneLine() @MaxLength(200) name?: string | null;
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @OneLine({ each: true })
  @Length(1, 60, { each: true })
  tags?: string[];
  @IsOptional() @IsString() @OneLine() @Length(1, 200) externalRef?: string | null;
  @IsOptional() @Matches(COUNTRY) country?: string | null;
}

export class ProspectResponse {
  id!: string;
  version!: number;
  /** Registrable domain in punycode; host:port of an inner site. */
  domain!: string;
  /** The address it became known by. */
  url!: string;
  name!: string | null;
  tags!: string[];
  country!: string | null;
  condition!: ProspectCondition;
  externalRef!: string | null;
  /** When the last mail to the site left; the colleague guard counts from here. */
  lastContactedAt!: string | null;
  createdAt!: string;

  static from(row: Prospect): ProspectResponse {
    const { id, version, domain, url, name, tags, country, condition, externalRef } = row;
    const lastContactedAt = row.lastContactedAt?.toISOString() ?? null;
    return { id, version, domain, url, name, tags, country, condition, externalRef, lastContactedAt, createdAt: row.createdAt.toISOString() };
  }
}

export class ProspectPage {
  data!: ProspectResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}

/** One thing that happened at a site. What is not of its kind is null. */
export class TimelineEntry {
  id!: string;
  at!: string;
  kind!: 'state_change' | 'message' | 'step_skipped' | 'check' | 'note';
  /** What it happened to: opportunity, enrollment, message, pitch, backlink, prospect, contact. */
  subjectType!: string;
  subjectId!: string;
  /** States of a state change. */
  from!: string | null;
  to!: string | null;
  /** Direction of a message, key of a step left out, verdict of a check, event of a state change. */
  what!: string | null;
  /** Subject of a message, words of a note, reason of a state change or of a step left out. */
  text!: string | null;
  /** The member who did it; null for the product itself and for people outside. */
  actorId!: string | null;

  static from(row: TimelineRow): TimelineEntry {
    return { ...row, at: row.at.toISOString() };
  }
}

export class TimelinePage {
  data!: TimelineEntry[];
  hasMore!: boolean;
  nextCursor!: string | null;
}
