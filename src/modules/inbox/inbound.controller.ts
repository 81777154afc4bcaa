import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiBody, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { Accepts } from '../../platform/http/input/accepts.decorator.js';
import { InvalidRequest } from '../../platform/http/problems/http-problem.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { InboundResponse } from './inbound.dto.js';
import { InboundMails } from './inbound-mails.service.js';

@ApiTags('inbox')
@ApiBearerAuth()
@Controller('mailboxes')
export class InboundController {
  constructor(private readonly mails: InboundMails) {}

  /** Bring in a mail as it was received: an answer, a bounce, a complaint. The same mail again does nothing. */
  @Post(':id/inbound')
  @HttpCode(202)
  @Requires('inbound:write')
  @Problems('outside_border')
  @Accepts('message/rfc822')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiAcceptedResponse({ type: InboundResponse })
  async receive(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() raw: unknown): Promise<InboundResponse> {
    if (!Buffer.isBuffer(raw) || raw.length === 0) throw new InvalidRequest([{ pointer: '', detail: 'must be a mail, headers and all' }]);
    return InboundResponse.from(await this.mails.receive(actor, id, raw));
  }
}
