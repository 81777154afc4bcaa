import { Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { ReadinessResponse } from './readiness.dto.js';
import { Readiness } from './readiness.service.js';

@ApiTags('mailboxes')
@ApiBearerAuth()
@Controller('mailboxes/:id/readiness')
export class ReadinessController {
  constructor(private readonly readiness: Readiness) {}

  /** What the last look at the sender's domain found: SPF, DKIM, DMARC, alignment, MX and PTR, each with what to put into DNS. */
  @Get()
  @Requires('mailboxes:read')
  async read(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ReadinessResponse> {
    return ReadinessResponse.from(await this.readiness.last(actor, id));
  }

  /** Look now. */
  @Post()
  @HttpCode(200)
  @Requires('mailboxes:write')
  async check(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ReadinessResponse> {
    return ReadinessResponse.from(await this.readiness.check(actor, id));
  }
}
