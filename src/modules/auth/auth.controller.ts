import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Public, SignedIn } from '../../platform/auth/permissions.decorator.js';
import { assertSameOrigin } from '../../platform/auth/same-origin.js';
import { sessionCookieName, sessionCookieOptions } from '../../platform/auth/session-cookie.js';
import { SECOND_MS } from '../../platform/clock.js';
import { HttpOptions } from '../../platform/http/http-options.js';
import { Throttled } from '../../platform/limits/throttled.decorator.js';
import { LoginRequest, MeResponse, SetupRequest } from './auth.dto.js';
import { Profile } from './profile.service.js';
import { SESSION_MS, Sessions } from './sessions.service.js';
import { Setup } from './setup.service.js';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly setup: Setup,
    private readonly sessions: Sessions,
    private readonly profile: Profile,
    private readonly options: HttpOptions,
  ) {}

  /** Become the first owner of an empty installation; answers with a session cookie. 409 `already_set_up` from then on. */
  @Post('setup')
  @Public(true)
  @Throttled('setup')
  async setUp(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply, @Body() body: SetupRequest): Promise<MeResponse> {
    assertSameOrigin(request, this.options.publicUrl);
    const { token, ...login } = await this.setup.run(body);
    this.keep(reply, token);
    return this.profile.ofSession(login);
  }

  /** Log in; answers with a session cookie. 401 `invalid_credentials` tells nobody whether the address is known. */
  @Post('login')
  @HttpCode(200)
  @Public(true)
  @Throttled('login')
  async logIn(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply, @Body() body: LoginRequest): Promise<MeResponse> {
    assertSameOrigin(request, this.options.publicUrl);
    const { token, ...login } = await this.sessions.logIn(body);
    this.keep(reply, token);
    return this.profile.ofSession(login);
  }

  /** End this session. */
  @Post('logout')
  @HttpCode(204)
  @SignedIn(true)
  async logOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const name = sessionCookieName(this.options.publicUrl);
    const token = request.cookies[name];
    if (token !== undefined) await this.sessions.logOut(token);
    void reply.clearCookie(name, sessionCookieOptions(this.options.publicUrl));
  }

  /** Who you are, where, and what you may do. */
  @Get('me')
  @ApiBearerAuth()
  @SignedIn(true)
  me(@CurrentActor() actor: Actor): Promise<MeResponse> {
    return this.profile.of(actor);
  }

  private keep(reply: FastifyReply, token: string): void {
    const { publicUrl } = this.options;
    void reply.setCookie(sessionCookieName(publicUrl), token, { ...sessionCookieOptions(publicUrl), maxAge: SESSION_MS / SECOND_MS });
    void reply.header('cache-control', 'no-store');
  }
}
