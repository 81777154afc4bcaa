import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { RecentLogin } from '../../../platform/auth/recent-login.guard.js';
import { HttpOptions } from '../../../platform/http/http-options.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { ConnectMailboxRequest, MailboxDepartureResponse } from './mail-oauth.dto.js';
import { ConnectedAccounts } from './connected-accounts.service.js';

/** Accounts at Google and Microsoft, connected there instead of by a password. */
@ApiTags('mailboxes')
@ApiBearerAuth()
@Controller('mailboxes/oauth')
export class MailOAuthController {
  constructor(
    private readonly accounts: ConnectedAccounts,
    private readonly options: HttpOptions,
  ) {}

  /** Begin to connect an account at its provider; for a person at the screen. 422 `oauth_not_available` where the operator has not set it up. */
  @Post()
  @HttpCode(200)
  @Requires('mailboxes:write')
  @Problems('oauth_not_available', 'oauth_unavailable', 'invalid_email')
  @RecentLogin(true)
  async begin(@CurrentActor() actor: Actor, @Body() body: ConnectMailboxRequest): Promise<MailboxDepartureResponse> {
    const { provider, mailboxId, fromAddress, name, fromName } = body;
    const given = { mailboxId, fromAddress, name, fromName };
    const wish = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));
    return { authorizeUrl: await this.accounts.depart(actor, { provider, ...wish }) };
  }

  /**
   * Where the provider sends you back: connects the account and goes on to the mailboxes. 409 `oauth_flow_expired` in another session,
   * a second time or too late; 422 `oauth_refused`, `oauth_other_address`.
   */
  @Get('callback')
  @HttpCode(302)
  @Requires('mailboxes:write')
  @Problems('oauth_flow_expired', 'oauth_refused', 'oauth_other_address', 'oauth_not_available', 'oauth_unavailable', 'invalid_email')
  async arrive(@CurrentActor() actor: Actor, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { publicUrl } = this.options;
    const mailboxId = await this.accounts.arrive(actor, new URL(request.url, publicUrl).search);
    void reply.header('location', `${publicUrl}/mailboxes/${mailboxId}`);
  }
}
