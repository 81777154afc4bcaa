import { ApiProperty } from '@nestjs/swagger';

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
  /** Raised when the shape changes so that a receiver could break on it. Members may be added without. */
  version!: number;
  description!: string;
  /** The envelope as JSON Schema (2020-12). */
  @ApiProperty({ type: 'object', additionalProperties: true })
  schema!: Record<string, unknown>;
  /** An envelope as it would come. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  example!: Record<string, unknown>;
}
