import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Public, SignedIn } from '../../../platform/auth/permissions.decorator.js';
import { assertSameOrigin } from '../../../platform/auth/same-origin.js';
import { HttpOptions } from '../../../platform/http/http-options.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { Throttled } from '../../../platform/limits/throttled.decorator.js';
import { ConfirmRequest, LoginRequest, MeResponse, SetupRequest } from './auth.dto.js';
import { dropCookie, keepCookie, readCookie } from '../sessions/browser-cookies.js';
import { loginOrigin } from '../sessions/login-origin.js';
import { Logins } from './logins.service.js';
import { Profile } from './profile.service.js';
import { Sessions } from '../sessions/sessions.service.js';
import { Setup } from './setup.service.js';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly setup: Setup,
    private readonly logins: Logins,
    private readonly sessions: Sessions,
    private readonly profile: Profile,
    private readonly options: HttpOptions,
  ) {}

  /** Become the first owner of an empty installation; answers with a session cookie. 409 `already_set_up` from then on. */
  @Post('setup')
  @Public(true)
  @Problems('invalid_setup_token', 'bad_origin', 'already_set_up')
  @Throttled('setup')
  async setUp(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply, @Body() body: SetupRequest): Promise<MeResponse> {
    assertSameOrigin(request, this.options.publicUrl);
    const { token, ...login } = await this.setup.run(body, loginOrigin(request, this.options.publicUrl));
    keepCookie({ reply, publicUrl: this.options.publicUrl }, 'session', token);
    return this.profile.ofSession(login);
  }

  /**
   * Log in; answers with a session cookie. 401 `invalid_credentials` tells nobody whether the address is known; `totp_required` asks for
   * the second factor. 429 `too_many_attempts` with Retry-After for who fails too often.
   */
  @Post('login')
  @HttpCode(200)
  @Public(true)
  @Problems('invalid_credentials', 'totp_required', 'invalid_totp', 'too_many_attempts', 'forbidden', 'bad_origin', 'not_found')
  @Throttled('login')
  async logIn(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply, @Body() body: LoginRequest): Promise<MeResponse> {
    assertSameOrigin(request, this.options.publicUrl);
    const { token, browserToken, ...login } = await this.logins.logIn(body, loginOrigin(request, this.options.publicUrl));
    const jar = { reply, publicUrl: this.options.publicUrl };
    keepCookie(jar, 'session', token);
    // opens nothing: it only keeps strangers' failures from counting against whom it belongs to
    keepCookie(jar, 'browser', browserToken);
    return this.profile.ofSession(login);
  }

  /**
   * Show that it is still you who sits here; opens for ten minutes what answers 403 `confirmation_required`. 409 `no_password` for who
   * comes in by single sign-on alone.
   */
  @Post('confirm')
  @Problems('invalid_credentials', 'totp_required', 'invalid_totp', 'too_many_attempts', 'no_password')
  @HttpCode(204)
  @SignedIn(true)
  async confirm(@Req() request: FastifyRequest, @CurrentActor() actor: Actor, @Body() body: ConfirmRequest): Promise<void> {
    await this.logins.confirm(actor, body, loginOrigin(request, this.options.publicUrl));
  }

  /** End this session. */
  @Post('logout')
  @HttpCode(204)
  @SignedIn(true)
  async logOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { publicUrl } = this.options;
    const token = readCookie(request, publicUrl, 'session');
    if (token !== undefined) await this.sessions.logOut(token, request.id);
    dropCookie({ reply, publicUrl }, 'session');
  }

  /** Who you are, where, and what you may do. */
  @Get('me')
  @ApiBearerAuth()
  @SignedIn(true)
  me(@CurrentActor() actor: Actor): Promise<MeResponse> {
    return this.profile.of(actor);
  }
}
