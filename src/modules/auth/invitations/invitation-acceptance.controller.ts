import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../platform/auth/permissions.decorator.js';
import { assertSameOrigin } from '../../../platform/auth/same-origin.js';
import { TokenVerifier } from '../../../platform/auth/token-verifier.js';
import { HttpOptions } from '../../../platform/http/http-options.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { Throttled } from '../../../platform/limits/throttled.decorator.js';
import { keepCookie } from '../sessions/browser-cookies.js';
import { loginOrigin } from '../sessions/login-origin.js';
import { InvitationAcceptance } from './invitation-acceptance.service.js';
import { AcceptedInvitationResponse, AcceptInvitationRequest, OpenedInvitationResponse, OpenInvitationRequest } from './invitations.dto.js';

/**
 * For whoever holds the link of an invitation; the web UI reads the token from behind the `#`. It travels in bodies alone: servers and
 * proxies on the way write down addresses.
 */
@ApiTags('auth')
@Controller('auth/invitations')
export class InvitationAcceptanceController {
  constructor(
    private readonly acceptance: InvitationAcceptance,
    private readonly tokens: TokenVerifier,
    private readonly options: HttpOptions,
  ) {}

  /** Who invites whom, where; nothing changes. 409 `invitation_used`, `invitation_expired`; 404 when it was taken back. */
  @Post('open')
  @HttpCode(200)
  @Throttled('invitation')
  @Problems('invitation_used', 'invitation_expired', 'not_found')
  @Public(true)
  async open(@Body() { token }: OpenInvitationRequest): Promise<OpenedInvitationResponse> {
    const { workspaceName, inviterName, email, role, expiresAt, account } = await this.acceptance.open(token);
    return { workspaceName, inviterName, email, role, expiresAt: expiresAt.toISOString(), accountExists: account !== null };
  }

  /**
   * Accept, once. A new account takes a name and a password, and answers with a session cookie. An account that exists is proven: by its
   * session, or by its password unless it has a second factor; 401 `login_required`, `invalid_credentials`. 422 `account_details_required`; 429 `too_many_attempts`.
   */
  @Post('accept')
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
    'not_found',
  )
  @Public(true)
  async accept(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() { token, name, password }: AcceptInvitationRequest,
  ): Promise<AcceptedInvitationResponse> {
    const { publicUrl } = this.options;
    assertSameOrigin(request, publicUrl);
    const origin = loginOrigin(request, publicUrl);
    const session = origin.sessionToken === undefined ? undefined : await this.tokens.verifySession(origin.sessionToken);
    const by = { name, password, userId: session?.userId ?? undefined };
    const { invitation, sessionToken, ...who } = await this.acceptance.accept(token, by, origin);
    if (sessionToken !== undefined) keepCookie({ reply, publicUrl }, 'session', sessionToken);
    const { workspaceId, workspaceName, role } = invitation;
    return { workspaceId, workspaceName, role, ...who, loggedIn: sessionToken !== undefined };
  }
}
