import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { envelopeExample, envelopeSchema, EVENT_CATALOGUE, EVENT_VERSION } from '../../../domain/event-catalogue.js';
import { EVENT_TYPES } from '../../../domain/pipeline-announcements.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { ApiFilters, ApiSorts } from '../../../platform/http/lists/filters.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { OpenCursor } from '../../../platform/http/lists/sealed-cursors.interceptor.js';
import { EventLog } from './events.service.js';
import { EventPage, EventTypeResponse } from './events.dto.js';

@ApiTags('events')
@ApiBearerAuth()
@Controller()
export class EventsController {
  constructor(private readonly events: EventLog) {}

  /** What happened, in order, oldest first. Go on from `nextCursor` to follow it. */
  @Get('events')
  @ApiSorts('createdAt')
  @ApiFilters({ choice: 'type', of: EVENT_TYPES })
  @OpenCursor(true)
  @Requires('events:read')
  list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<EventPage> {
    return this.events.list(actor, query);
  }

  /** Every event that exists: what it means, how its envelope looks, and one of it. */
  @Get('event-types')
  @Requires('events:read')
  types(): EventTypeResponse[] {
    return EVENT_TYPES.map((name) => ({
      ...{ name, version: EVENT_VERSION, description: EVENT_CATALOGUE[name].description },
      ...{ schema: envelopeSchema(name), example: envelopeExample(name) },
    }));
  }
}
