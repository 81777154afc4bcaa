import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../platform/auth/permissions.decorator.js';
import { assertSameOrigin } from '../../../platform/auth/same-origin.js';
import { sessionCookieName, sessionCookieOptions } from '../../../platform/auth/session-cookie.js';
import { TokenVerifier } from '../../../platform/auth/token-verifier.js';
import { SECOND_MS } from '../../../platform/clock.js';
import { HttpOptions } from '../../../platform/http/http-options.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { Throttled } from '../../../platform/limits/throttled.decorator.js';
import { InvitationAcceptance } from './invitation-acceptance.service.js';
import { AcceptedInvitationResponse, AcceptInvitationRequest, OpenedInvitationResponse } from './invitations.dto.js';
import { SESSION_MS } from '../sessions/sessions.service.js';

/** For whoever holds the link of an invitation; the web UI reads the token from behind the `#`. */
@ApiTags('auth')
@Controller('auth/invitations')
export class InvitationAcceptanceController {
  constructor(
    private readonly acceptance: InvitationAcceptance,
    private readonly tokens: TokenVerifier,
    private readonly options: HttpOptions,
  ) {}

  /** Who invites whom, where. 409 `invitation_used`, `invitation_expired`; 404 when it was taken back. */
  @Get(':token')
  @Problems('invitation_used', 'invitation_expired')
  @Public(true)
  async open(@Param('token') token: string): Promise<OpenedInvitationResponse> {
    const { workspaceName, inviterName, email, role, expiresAt, account } = await this.acceptance.open(token);
    return { workspaceName, inviterName, email, role, expiresAt: expiresAt.toISOString(), accountExists: account !== null };
  }

  /**
   * Accept, once. A new account takes a name and a password, and answers with a session cookie. An account that exists is proven: by its
   * session, or by its password; 401 `login_required`, `invalid_credentials`. 422 `account_details_required`; 429 `too_many_attempts`.
   */
  @Post(':token')
  @Throttled('invitation')
  @Problems(
    'invitation_used',
    'invitation_expired',
    'login_required',
    'account_details_required',
    'already_member',
    'invalid_credentials',
    'too_many_attempts',
    'bad_origin',
  )
  @Public(true)
  async accept(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() { name, password }: AcceptInvitationRequest,
  ): Promise<AcceptedInvitationResponse> {
    const { publicUrl } = this.options;
    assertSameOrigin(request, publicUrl);
    const cookie = request.cookies[sessionCookieName(publicUrl)];
    const session = cookie ? await this.tokens.verifySession(cookie) : undefined;
    const userId = session?.userId ?? undefined;
    const { invitation, sessionToken, ...who } = await this.acceptance.accept(token, { name, password, userId, requestId: request.id });
    if (sessionToken !== undefined) {
      void reply.setCookie(sessionCookieName(publicUrl), sessionToken, { ...sessionCookieOptions(publicUrl), maxAge: SESSION_MS / SECOND_MS });
    }
    const { workspaceId, workspaceName, role } = invitation;
    return { workspaceId, workspaceName, role, ...who, loggedIn: sessionToken !== undefined };
  }
}
