import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { SignedIn } from '../../../platform/auth/permissions.decorator.js';
import { RecentLogin } from '../../../platform/auth/recent-login.guard.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { requirePerson } from '../sessions/person.js';
import { SecondFactors } from './second-factors.service.js';
import { ConfirmTotpRequest, NewTotpResponse, RecoveryCodesResponse, TotpResponse } from './totp.dto.js';

/** The second factor of whoever is logged in; not for API keys. */
@ApiTags('auth')
@Controller('auth/totp')
@SignedIn(true)
export class TotpController {
  constructor(private readonly factors: SecondFactors) {}

  /** Whether your second factor is on. */
  @Get()
  async read(@CurrentActor() actor: Actor): Promise<TotpResponse> {
    return TotpResponse.from(await this.factors.stateOf(requirePerson(actor).userId));
  }

  /** Begin to set up an authenticator app; nothing changes until you confirm with a code of it. 409 `totp_on` when one is set up. */
  @Post()
  @Problems('totp_on')
  @RecentLogin(true)
  begin(@CurrentActor() actor: Actor): Promise<NewTotpResponse> {
    return this.factors.begin(requirePerson(actor));
  }

  /** Turn it on: from now on a login needs a code. 401 `invalid_totp` for a wrong code, 409 `totp_off` when nothing was begun. */
  @Post('confirm')
  @Problems('totp_on', 'totp_off', 'invalid_totp')
  @HttpCode(200)
  async confirm(@CurrentActor() actor: Actor, @Body() { code }: ConfirmTotpRequest): Promise<RecoveryCodesResponse> {
    return { recoveryCodes: await this.factors.confirm(requirePerson(actor), code) };
  }

  /** Turn it off. 403 `confirmation_required` when you have not shown lately that it is you. */
  @Post('disable')
  @Problems('totp_off')
  @HttpCode(204)
  @RecentLogin(true)
  async disable(@CurrentActor() actor: Actor): Promise<void> {
    await this.factors.disable(requirePerson(actor));
  }

  /** Make ten new recovery codes; the old ones are void. */
  @Post('recovery-codes')
  @Problems('totp_off')
  @HttpCode(200)
  @RecentLogin(true)
  async renew(@CurrentActor() actor: Actor): Promise<RecoveryCodesResponse> {
    return { recoveryCodes: await this.factors.renewRecoveryCodes(requirePerson(actor)) };
  }
}
