import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  IsUrl,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Nested, NestedList } from '../../platform/http/input/nested.decorator.js';
import { IsDay } from '../../platform/http/input/is-day.decorator.js';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { AGREED_RELS, AGREEMENT_VIAS, COMPENSATIONS, type AgreedRel, type AgreementVia, type Compensation } from '../../domain/agreement-rules.js';
import type { AgreementRow } from './opportunities.queries.js';
import type { MadeReportLink } from './report-links.service.js';

const HTTP_URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: false, disallow_auth: true };

export class MoneyRequest {
  /** In minor units: 12500 is 125.00. */
  @IsInt() @Min(0) @Max(Number.MAX_SAFE_INTEGER) amount!: number;
  /** ISO 4217, such as EUR. */
  @Matches(/^[A-Z]{3}$/, { message: 'must be three capital letters' }) currency!: string;
}

export class AgreementItemRequest {
  /** The page of yours that gets the link. */
  @IsUrl(HTTP_URL) @MaxLength(2048) targetUrl!: string;
  @IfGiven() @IsString() @OneLine() @Length(1, 300) anchor?: string;
  /** Accepted rel values; absent accepts any. */
  @IfGiven() @IsArray() @ArrayMaxSize(4) @IsIn(AGREED_RELS, { each: true }) rel?: AgreedRel[];
  /** Where it will stand, if that is known. */
  @IfGiven() @IsUrl(HTTP_URL) @MaxLength(2048) sourceUrl?: string;
  /** Counts for the success of the opportunity; true when absent. */
  @IfGiven() @IsBoolean() required?: boolean;
}

export class CreateAgreementRequest {
  @IsIn(AGREEMENT_VIAS) via!: AgreementVia;
  @IsIn(COMPENSATIONS) compensation!: Compensation;
  @IfGiven() @Nested(() => MoneyRequest) fee?: MoneyRequest;
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(50) @NestedList(() => AgreementItemRequest) items!: AgreementItemRequest[];
  /** Day of publication, YYYY-MM-DD. */
  @IfGiven() @IsDay() publishOn?: string;
  /** Last day the link is to stay, YYYY-MM-DD. */
  @IfGiven() @IsDay() linkUntil?: string;
  /** The message where they agreed. */
  @IfGiven() @IsUUID() proofMessageId?: string;
  /** The pitch that these are the terms of; it becomes accepted. */
  @IfGiven() @IsUUID() pitchId?: string;
}

export class MoneyResponse {
  amount!: number;
  currency!: string;
}

export class AgreementItemResponse {
  id!: string;
  targetUrl!: string;
  anchor!: string | null;
  /** Accepted rel values; null accepts any. */
  rel!: AgreedRel[] | null;
  sourceUrl!: string | null;
  required!: boolean;
  /** The link that is watched for it. */
  backlinkId!: string | null;
}

export class AgreementResponse {
  id!: string;
  opportunityId!: string;
  /** Counts the terms of the opportunity; the highest is in force. */
  version!: number;
  via!: AgreementVia;
  compensation!: Compensation;
  fee!: MoneyResponse | null;
  items!: AgreementItemResponse[];
  publishOn!: string | null;
  linkUntil!: string | null;
  proofMessageId!: string | null;
  createdBy!: string | null;
  createdAt!: string;

  static from(row: AgreementRow): AgreementResponse {
    const { number, feeAmount, feeCurrency, items, createdAt, ...rest } = row;
    return {
      ...rest,
      version: number,
      fee: feeAmount === null || feeCurrency === null ? null : { amount: feeAmount, currency: feeCurrency },
      items: items.map((item) => ({ ...item })),
      createdAt: createdAt.toISOString(),
    };
  }
}

export class AgreementPage {
  data!: AgreementResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
}

export class CreateReportLinkRequest {
  /** Whom you give it to; a contact of the site. */
  @IfGiven() @IsUUID() contactId?: string;
}

export class ReportLinkResponse {
  /** To take it back by. */
  id!: string;
  /** Shown once: the token in it is not kept. */
  url!: string;
  expiresAt!: string;

  static from(made: MadeReportLink): ReportLinkResponse {
    return { id: made.id, url: made.url, expiresAt: made.expiresAt.toISOString() };
  }
}
