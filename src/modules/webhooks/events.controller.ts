import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { EVENT_DESCRIPTIONS } from '../../domain/event-catalogue.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { PageQuery } from '../../platform/http/page-query.dto.js';
import { EventLog } from './events.service.js';
import { EventPage, EventTypeResponse } from './webhooks.dto.js';

@ApiTags('events')
@ApiBearerAuth()
@Controller()
export class EventsController {
  constructor(private readonly events: EventLog) {}

  /** What happened, in order, oldest first. Go on from `nextCursor` to follow it. */
  @Get('events')
  @Requires('events:read')
  list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<EventPage> {
    return this.events.list(actor, query);
  }

  /** Every event that exists, by name. */
  @Get('event-types')
  @Requires('events:read')
  types(): EventTypeResponse[] {
    return Object.entries(EVENT_DESCRIPTIONS).map(([name, description]) => ({ name, description }));
  }
}
