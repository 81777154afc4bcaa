import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { readPage } from '../../../platform/http/lists/paging.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { CreateInvitationRequest, InvitationPage, InvitationResponse, SentInvitationResponse } from './invitations.dto.js';
import { INVITATION_LIST } from './invitations.queries.js';
import { Invitations, type SentInvitation } from './invitations.service.js';

@ApiTags('invitations')
@ApiBearerAuth()
@Controller('invitations')
export class InvitationsController {
  constructor(private readonly invitations: Invitations) {}

  /** Who was invited, the newest first; never the links. `filter[state]` is pending, expired, accepted or revoked. */
  @Get()
  @Requires('members:write')
  @ApiFilters('state', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<InvitationPage> {
    const found = await this.invitations.list(actor, readPage(query, INVITATION_LIST));
    return { ...found, data: found.data.map((row) => InvitationResponse.from(row)) };
  }

  /**
   * Ask somebody in by mail; the link works once, for seven days. An address that was invited already gets a new link for the same
   * invitation, and the old one ends. 409 `already_member`; 422 `role_exceeds_yours`, `owner_sees_all`, `invalid_email`.
   */
  @Post()
  @Requires('members:write')
  @Problems('already_member', 'role_exceeds_yours', 'owner_sees_all', 'invalid_email')
  @ApiCreatedResponse({ type: SentInvitationResponse })
  @ApiOkResponse({ type: SentInvitationResponse, description: 'The address was invited already: its invitation is renewed.' })
  async invite(
    @CurrentActor() actor: Actor,
    @Body() body: CreateInvitationRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SentInvitationResponse> {
    const sent = await this.invitations.invite(actor, body);
    void reply.status(sent.created ? 201 : 200);
    return shown(sent);
  }

  /** Send a new link; the old one ends. 409 `invitation_closed`. */
  @Post(':id/resend')
  @Problems('invitation_closed')
  @HttpCode(200)
  @Requires('members:write')
  async resend(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<SentInvitationResponse> {
    return shown(await this.invitations.resend(actor, id));
  }

  /** Take an invitation back. 409 `invitation_closed` when it was accepted. */
  @Delete(':id')
  @Problems('invitation_closed')
  @HttpCode(204)
  @Requires('members:write')
  async revoke(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @IfMatch() ifVersion: IfVersion): Promise<void> {
    await this.invitations.revoke(actor, id, ifVersion);
  }
}

function shown({ row, link }: SentInvitation): SentInvitationResponse {
  return Object.assign(InvitationResponse.from(row), { link });
}
