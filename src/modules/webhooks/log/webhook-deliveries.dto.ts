import { ApiProperty } from '@nestjs/swagger';
import { IsInstant } from '../../../platform/http/input/is-instant.decorator.js';
import type { DELIVERY_STATES } from './webhook-log.queries.js';

export class ReplayRequest {
  /** Everything since then that this endpoint did not take is sent again, each with its old id. Reaches back three months. */
  @IsInstant()
  since!: string;
}

export class WebhookDeliveryResponse {
  id!: string;
  version!: number;
  endpointId!: string;
  /** The id receivers see as `webhook-id`, there with `evt_` before it; the same on every try. */
  eventId!: string;
  eventType!: string;
  state!: (typeof DELIVERY_STATES)[number];
  /** Tries made, those before a replay too. */
  attempts!: number;
  nextAt!: string | null;
  lastStatus!: number | null;
  lastError!: string | null;
  /** The beginning of the last answer, 2 kB at most. Null also for a key without `events:read`: a receiver may send back what it got. */
  lastAnswer!: string | null;
  deliveredAt!: string | null;
  createdAt!: string;
}

/** What was sent in one try. */
export class WebhookRequestResponse {
  /** Headers as they were sent. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  headers!: Record<string, string>;
}

export class WebhookAttemptResponse {
  /** From 1 on. One that is missing: the process ended in the middle of it, and the receiver may have got it or not. */
  number!: number;
  at!: string;
  durationMs!: number;
  request!: WebhookRequestResponse;
  /** Null when no answer came. */
  status!: number | null;
  error!: string | null;
  /** The beginning of the answer, 2 kB at most. */
  answer!: string | null;
}

export class WebhookDeliveryDetailResponse extends WebhookDeliveryResponse {
  /** The body as it was signed, the same on every try. */
  body!: string;
  /** Every try, the first one first. */
  tries!: WebhookAttemptResponse[];
}

export class WebhookDeliveryPage {
  data!: WebhookDeliveryResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
}
