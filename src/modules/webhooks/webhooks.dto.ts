import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { IfGiven } from '../../platform/http/if-given.decorator.js';
import { IsInstant } from '../../platform/http/is-instant.decorator.js';
import { EVENT_TYPES } from '../../domain/pipeline-announcements.js';
import type { WebhookEndpoint } from './webhook-endpoint.entity.js';

const SUBSCRIBABLE = ['*', ...EVENT_TYPES];

export class CreateWebhookEndpointRequest {
  /** Where events are posted: https, or http inside FETCH_ALLOW_CIDRS. Redirects are not followed. */
  @IsString()
  @MaxLength(2048)
  url!: string;

  /** Names as in `GET /event-types`, or `["*"]` for all. */
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsIn(SUBSCRIBABLE, { each: true, message: 'must be names from GET /event-types, or *' })
  eventTypes!: string[];

  @IsOptional()
  @IsString()
  @MaxLength(300)
  description?: string;
}

export class ChangeWebhookEndpointRequest {
  @IfGiven()
  @IsString()
  @MaxLength(2048)
  url?: string;

  @IfGiven()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsIn(SUBSCRIBABLE, { each: true, message: 'must be names from GET /event-types, or *' })
  eventTypes?: string[];

  /** `active` turns a disabled endpoint on again; then replay what it missed. */
  @IfGiven()
  @IsIn(['active', 'disabled'])
  state?: 'active' | 'disabled';

  @IsOptional()
  @IsString()
  @MaxLength(300)
  description?: string | null;
}

export class ReplayRequest {
  /** Everything since then that this endpoint did not take is sent again, each with its old id. */
  @IsInstant()
  since!: string;
}

export class ReplayResponse {
  /** How many deliveries were put back into the queue. */
  queued!: number;
}

export class WebhookEndpointResponse {
  id!: string;
  version!: number;
  url!: string;
  eventTypes!: string[];
  description!: string | null;
  state!: 'active' | 'failing' | 'disabled';
  stateReason!: string | null;
  /** Failed tries in a row. */
  failures!: number;
  failingSince!: string | null;
  createdAt!: string;

  static from(row: WebhookEndpoint): WebhookEndpointResponse {
    const { id, version, url, eventTypes, description, state, stateReason, failures } = row;
    const failingSince = row.failingSince?.toISOString() ?? null;
    return { id, version, url, eventTypes, description, state, stateReason, failures, failingSince, createdAt: row.createdAt.toISOString() };
  }
}

export class WebhookSecretResponse extends WebhookEndpointResponse {
  /** Shown this once. Verify signatures with it, as Standard Webhooks says. */
  secret!: string;

  static withSecret(row: WebhookEndpoint, secret: string): WebhookSecretResponse {
    return Object.assign(new WebhookSecretResponse(), WebhookEndpointResponse.from(row), { secret });
  }
}

export class WebhookDeliveryResponse {
  id!: string;
  version!: number;
  endpointId!: string;
  /** The id receivers see as `webhook-id`; the same on every try. */
  eventId!: string;
  eventType!: string;
  state!: 'pending' | 'sending' | 'delivered' | 'retrying' | 'exhausted';
  attempts!: number;
  nextAt!: string | null;
  lastStatus!: number | null;
  lastError!: string | null;
  /** The beginning of the last answer, 2 kB at most. */
  lastAnswer!: string | null;
  deliveredAt!: string | null;
  createdAt!: string;
}

export class WebhookEndpointPage {
  data!: WebhookEndpointResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
}

export class WebhookDeliveryPage {
  data!: WebhookDeliveryResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
}

export class EventResponse {
  /** `evt_` and a UUIDv7; the webhook-id of its deliveries. */
  id!: string;
  type!: string;
  timestamp!: string;
  workspaceId!: string;
  /** The thing it happened to, what it was before, and where it belongs. */
  data!: Record<string, unknown>;
}

export class EventPage {
  data!: EventResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
}

export class EventTypeResponse {
  name!: string;
  description!: string;
}
