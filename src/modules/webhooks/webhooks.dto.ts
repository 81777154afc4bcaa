import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  Equals,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { EVENT_TYPES } from '../../domain/pipeline-announcements.js';
import type { WebhookEndpoint } from './webhook-endpoint.entity.js';

const SUBSCRIBABLE = ['*', ...EVENT_TYPES];
/** A week: who needs longer to change a secret rotates again. */
const MAX_OVERLAP_HOURS = 168;
export const MAX_URL_LENGTH = 2048;

export class CreateWebhookEndpointRequest {
  /** Where events are posted: https, or http inside FETCH_ALLOW_CIDRS; no user name, no password. It is kept normalised. Redirects are not followed. */
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  url!: string;

  /** Names as in `GET /event-types`, or `["*"]` for all. */
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsIn(SUBSCRIBABLE, { each: true, message: 'must be names from GET /event-types, or *' })
  eventTypes!: string[];

  /** Only events of these projects. Absent or null: of every project, and those that belong to none. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID(undefined, { each: true, message: 'must be ids' })
  projectIds?: string[] | null;

  /** Only events of these campaigns. Absent or null: of every campaign, and those that belong to none. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID(undefined, { each: true, message: 'must be ids' })
  campaignIds?: string[] | null;

  @IsOptional()
  @IsString()
  @OneLine()
  @MaxLength(300)
  description?: string;
}

export class ChangeWebhookEndpointRequest {
  @IfGiven()
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  url?: string;

  @IfGiven()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsIn(SUBSCRIBABLE, { each: true, message: 'must be names from GET /event-types, or *' })
  eventTypes?: string[];

  /** Null for every project. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID(undefined, { each: true, message: 'must be ids' })
  projectIds?: string[] | null;

  /** Null for every campaign. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID(undefined, { each: true, message: 'must be ids' })
  campaignIds?: string[] | null;

  /** Null ends the overlap of a rotation at once: the old secret signs no more. */
  @IfGiven()
  @ApiPropertyOptional({ type: 'null', description: 'Null ends the overlap of a rotation at once: the old secret signs no more.' })
  @Equals(null, { message: 'can only be set to null' })
  overlapUntil?: null;

  /** `active` turns a disabled endpoint on again. Then replay what it missed: all since `missedSince`. */
  @IfGiven()
  @IsIn(['active', 'disabled'])
  state?: 'active' | 'disabled';

  @IsOptional()
  @IsString()
  @OneLine()
  @MaxLength(300)
  description?: string | null;
}

export class RotateSecretRequest {
  /** For so many hours the old secret signs beside the new one; 0 when it has leaked. */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_HOURS)
  overlapHours?: number;
}

export class WebhookEndpointResponse {
  id!: string;
  version!: number;
  url!: string;
  eventTypes!: string[];
  projectIds!: string[] | null;
  campaignIds!: string[] | null;
  description!: string | null;
  state!: 'active' | 'failing' | 'disabled';
  stateReason!: string | null;
  /** Failed tries in a row. */
  failures!: number;
  failingSince!: string | null;
  /** Since when it has not been given everything. Replay from there; null when nothing is missing. */
  missedSince!: string | null;
  /** Until then a secret that was rotated out signs too. */
  overlapUntil!: string | null;
  createdAt!: string;

  static from(row: WebhookEndpoint): WebhookEndpointResponse {
    const { id, version, url, eventTypes, projectIds, campaignIds, description, state, stateReason, failures } = row;
    return {
      ...{ id, version, url, eventTypes, projectIds, campaignIds, description, state, stateReason, failures },
      failingSince: row.failingSince?.toISOString() ?? null,
      missedSince: row.missedSince?.toISOString() ?? null,
      overlapUntil: row.oldSecretUntil?.toISOString() ?? null,
      createdAt: row.createdAt.toISOString(),
    };
  }
}

export class WebhookSecretResponse extends WebhookEndpointResponse {
  /** Shown this once. Verify signatures with it, as Standard Webhooks says. */
  secret!: string;

  static withSecret(row: WebhookEndpoint, secret: string): WebhookSecretResponse {
    return Object.assign(new WebhookSecretResponse(), WebhookEndpointResponse.from(row), { secret });
  }
}

export class WebhookEndpointPage {
  data!: WebhookEndpointResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
}
