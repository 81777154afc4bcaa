import { Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Public, SignedIn } from '../../../platform/auth/permissions.decorator.js';
import { RecentLogin } from '../../../platform/auth/recent-login.guard.js';
import { HttpOptions } from '../../../platform/http/http-options.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { Throttled } from '../../../platform/limits/throttled.decorator.js';
import { dropCookie, keepCookie, readCookie } from '../sessions/browser-cookies.js';
import { Identities } from './identities.service.js';
import { loginOrigin } from '../sessions/login-origin.js';
import { OidcDepartureResponse, OidcLinkResponse, OidcLoginQuery, OidcStateResponse } from './oidc.dto.js';
import { SingleSignOn } from './single-sign-on.service.js';

/** Single sign-on by OpenID Connect, where the operator has named a provider; 409 `oidc_off` elsewhere. */
@ApiTags('auth')
@Controller('auth/oidc')
export class OidcController {
  constructor(
    private readonly signOn: SingleSignOn,
    private readonly identities: Identities,
    private readonly options: HttpOptions,
  ) {}

  /** Whether there is single sign-on here. */
  @Get()
  @Public(true)
  state(): OidcStateResponse {
    return { enabled: this.signOn.enabled };
  }

  /** Go to the provider to log in. 409 `oidc_off`, 503 `oidc_unavailable`. */
  @Get('login')
  @Throttled('login')
  @Problems('oidc_off', 'oidc_unavailable')
  @HttpCode(302)
  @Public(true)
  async logIn(@Res({ passthrough: true }) reply: FastifyReply, @Query() { workspaceId, confirm }: OidcLoginQuery): Promise<void> {
    const { url, cookie } = await this.signOn.depart({ kind: 'login', fresh: confirm === 'true', ...(workspaceId !== undefined && { workspaceId }) });
    keepCookie({ reply, publicUrl: this.options.publicUrl }, 'oidc', cookie);
    void reply.header('location', url);
  }

  /**
   * Where the provider sends you back: logs you in, or makes the link that you asked for, and goes on to the start page. 401
   * `oidc_flow_expired` in another browser or too late, `oidc_refused`; 403 `oidc_not_linked`; 409 `oidc_linked`; 503 `oidc_unavailable`.
   */
  @Get('callback')
  @Throttled('login')
  @Problems('oidc_flow_expired', 'oidc_refused', 'oidc_not_linked', 'oidc_linked', 'oidc_off', 'oidc_unavailable', 'not_found', 'forbidden')
  @HttpCode(302)
  @Public(true)
  async arrive(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const { publicUrl } = this.options;
    const jar = { reply, publicUrl };
    const cookie = readCookie(request, publicUrl, 'oidc');
    dropCookie(jar, 'oidc'); // whatever comes of it, it was used
    const query = new URL(request.url, publicUrl).search;
    const login = await this.signOn.arrive({ query, cookie, origin: loginOrigin(request, publicUrl) });
    if (login) keepCookie(jar, 'session', login.token);
    void reply.header('location', `${publicUrl}/`);
  }

  /** Whether you are linked with an identity at the provider. */
  @Get('link')
  @SignedIn(true)
  async read(@CurrentActor() actor: Actor): Promise<OidcLinkResponse> {
    const linkedAt = await this.identities.linkedAt(actor);
    return { linked: linkedAt !== undefined, linkedAt: linkedAt?.toISOString() ?? null };
  }

  /** Begin to link yourself with your identity at the provider, so that you can log in by it. Not for keys. */
  @Post('link')
  @Problems('oidc_off', 'oidc_unavailable', 'oidc_linked')
  @HttpCode(200)
  @SignedIn(true)
  @RecentLogin(true)
  async link(@CurrentActor() actor: Actor, @Res({ passthrough: true }) reply: FastifyReply): Promise<OidcDepartureResponse> {
    const { url, cookie } = await this.signOn.departToLink(actor);
    keepCookie({ reply, publicUrl: this.options.publicUrl }, 'oidc', cookie);
    return { authorizeUrl: url };
  }

  /** Take the link away. 409 `no_password` when you could not log in any more. */
  @Post('unlink')
  @Problems('no_password')
  @HttpCode(204)
  @SignedIn(true)
  @RecentLogin(true)
  async unlink(@CurrentActor() actor: Actor): Promise<void> {
    await this.identities.unlink(actor);
  }
}
