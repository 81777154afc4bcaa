import { ApiHideProperty, ApiProperty } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import type { QueryObject } from '../../../platform/http/input/query-string.js';

export class StreamQuery {
  /** The same as the header Last-Event-ID, for who cannot set one; a `nextCursor` of /events will do. The header wins. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  lastEventId?: string;

  /** Filled from `filter[type]=…`. */
  @ApiHideProperty()
  @IsOptional()
  @IsObject()
  filter?: QueryObject;
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
