import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { ClassifyThreadRequest, ThreadResponse } from './threads.dto.js';
import { Threads } from './threads.service.js';

@ApiTags('inbox')
@ApiBearerAuth()
@Controller('threads')
export class ThreadsController {
  constructor(private readonly threads: Threads) {}

  /** One conversation: your mails and what came back, oldest first. */
  @Get(':id')
  @Requires('messages:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ThreadResponse> {
    return ThreadResponse.from(id, await this.threads.get(actor, id));
  }

  /** Say what their last answer means; the stage follows. 409 `no_answer_yet` while there is none. */
  @Post(':id/classify')
  @HttpCode(200)
  @Requires('messages:write')
  @Problems('no_answer_yet')
  @ApiOkResponse({ type: ThreadResponse })
  async classify(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: ClassifyThreadRequest): Promise<ThreadResponse> {
    return ThreadResponse.from(id, await this.threads.classify(actor, id, body.class));
  }
}
