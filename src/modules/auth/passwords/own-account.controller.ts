import { Body, Controller, HttpCode, Patch, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Public, SignedIn } from '../../../platform/auth/permissions.decorator.js';
import { HttpOptions } from '../../../platform/http/http-options.js';
import { IfMatch, type IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { Throttled } from '../../../platform/limits/throttled.decorator.js';
import { MeResponse } from '../login/auth.dto.js';
import { loginOrigin } from '../sessions/login-origin.js';
import { OwnAccount } from './own-account.service.js';
import { PasswordChanges } from './password-changes.service.js';
import { AskPasswordResetRequest, ChangeMeRequest, ChangePasswordRequest, ResetPasswordRequest } from './password-reset.dto.js';
import { PasswordReset } from './password-reset.service.js';

/** What people do about their own account, logged in or locked out of it. */
@ApiTags('auth')
@Controller('auth')
export class OwnAccountController {
  constructor(
    private readonly account: OwnAccount,
    private readonly passwords: PasswordChanges,
    private readonly resets: PasswordReset,
    private readonly options: HttpOptions,
  ) {}

  /** Change your name. Only for people: a key changes nothing about its maker. */
  @Patch('me')
  @ApiBearerAuth()
  @SignedIn(true)
  rename(@CurrentActor() actor: Actor, @IfMatch() ifVersion: IfVersion, @Body() body: ChangeMeRequest): Promise<MeResponse> {
    return this.account.rename(actor, body.name, ifVersion);
  }

  /** Change your password. Your other logins end, and you are told by mail. 422 `wrong_password`. */
  @Post('password')
  @Problems('wrong_password', 'no_password', 'too_many_attempts')
  @HttpCode(204)
  @ApiBearerAuth()
  @SignedIn(true)
  async changePassword(@Req() request: FastifyRequest, @CurrentActor() actor: Actor, @Body() body: ChangePasswordRequest): Promise<void> {
    await this.account.changePassword(actor, body, loginOrigin(request, this.options.publicUrl));
  }

  /** Ask for a link to choose a new password. 202 whether the address has an account or not; at most three mails an hour reach it. */
  @Post('password-reset')
  @Throttled('password-reset')
  @HttpCode(202)
  @Public(true)
  async askReset(@Body() body: AskPasswordResetRequest): Promise<void> {
    await this.resets.ask(body.email);
  }

  /** Choose a new password with the token of the link, once and within 30 minutes. All logins end; log in anew, with your second factor if you have one. */
  @Post('password-reset/complete')
  @Throttled('password-reset')
  @HttpCode(204)
  @Problems('not_found')
  @Public(true)
  async reset(@Req() request: FastifyRequest, @Body() { token, password }: ResetPasswordRequest): Promise<void> {
    await this.passwords.reset(token, password, request.id);
  }
}
