import { Controller, Get, Param, ParseUUIDPipe } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { CampaignExplanations } from './campaign-explanations.service.js';
import { EnrollmentExplanations } from './enrollment-explanations.service.js';
import { CampaignExplanationResponse, EnrollmentExplanationResponse } from './explanations.dto.js';

@ApiTags('campaigns')
@ApiBearerAuth()
@Controller('campaigns')
export class CampaignExplanationsController {
  constructor(private readonly explanations: CampaignExplanations) {}

  /** Why its mails have not left: each gate with how many it holds, when the others leave, and why further steps are not planned yet. */
  @Get(':id/explain')
  @Requires('campaigns:read')
  async explain(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<CampaignExplanationResponse> {
    return CampaignExplanationResponse.from(await this.explanations.explain(actor, id));
  }
}

@ApiTags('enrollments')
@ApiBearerAuth()
@Controller('enrollments')
export class EnrollmentExplanationsController {
  constructor(private readonly explanations: EnrollmentExplanations) {}

  /** Where it stands: every gate of its mail that waits, and why and until when its next step has none yet. */
  @Get(':id/explain')
  @Requires('enrollments:read')
  async explain(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<EnrollmentExplanationResponse> {
    return EnrollmentExplanationResponse.from(await this.explanations.explain(actor, id));
  }
}
