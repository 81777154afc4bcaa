import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { AlsoRequires, Requires } from '../../../platform/auth/permissions.decorator.js';
import { IfMatch, type IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { CampaignProspects } from '../enrollments/campaign-prospects.service.js';
import {
  AddProspectsRequest,
  AddProspectsResponse,
  CampaignRunResponse,
  PauseCampaignRequest,
  PreflightResponse,
  ResumeCampaignRequest,
  ResumedCampaignResponse,
  ResumeQuery,
} from './campaign-runs.dto.js';
import { CampaignRuns } from './campaign-runs.service.js';
import { Preflight } from '../preflight/preflight.service.js';

@ApiTags('campaigns')
@ApiBearerAuth()
@Controller('campaigns/:id')
export class CampaignRunsController {
  constructor(
    private readonly runs: CampaignRuns,
    private readonly preflights: Preflight,
    private readonly prospects: CampaignProspects,
  ) {}

  /** Add up to 1,000 sites with their contacts; each item gets an answer of its own and is stored whole or not at all. */
  @Post('prospects')
  @HttpCode(200)
  @Requires('enrollments:write')
  @AlsoRequires(['prospects:write', 'opportunities:write'])
  async add(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: AddProspectsRequest): Promise<AddProspectsResponse> {
    const results = await this.prospects.add(actor, id, body.items);
    return {
      results: results.map((one) => ('contactIds' in one ? { ...one, contactIds: [...one.contactIds], enrollmentIds: [...one.enrollmentIds] } : one)),
    };
  }

  /** Look what would be sent and what stands in its way. Changes nothing, but that a link domain that leads here by now is used. */
  @Post('preflight')
  @HttpCode(200)
  @Requires('campaigns:read')
  async preflight(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<PreflightResponse> {
    return PreflightResponse.from(await this.preflights.check(actor.workspaceId, id));
  }

  /** Start it. 409 `preflight_failed` with the errors while there are any. */
  @Post('start')
  @HttpCode(200)
  @Requires('campaigns:write')
  @Problems('illegal_transition', 'preflight_failed')
  async start(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @IfMatch() ifVersion: IfVersion): Promise<CampaignRunResponse> {
    return CampaignRunResponse.from(await this.runs.start(actor, id, ifVersion));
  }

  /** Hold it: nothing more is planned or sent until it is resumed. */
  @Post('pause')
  @HttpCode(200)
  @Requires('campaigns:write')
  @Problems('illegal_transition')
  async pause(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: PauseCampaignRequest,
  ): Promise<CampaignRunResponse> {
    return CampaignRunResponse.from(await this.runs.pause(actor, id, body.reason, ifVersion));
  }

  /** Let a held campaign go on. One that a guardrail held asks for a `reason`. With `preview=true` nothing changes, and the answer tells what would. */
  @Post('resume')
  @HttpCode(200)
  @Requires('campaigns:write')
  @ApiBody({ type: ResumeCampaignRequest, required: false })
  @Problems('illegal_transition', 'reason_required')
  // eslint-disable-next-line no-restricted-syntax -- one for each part of the request
  async resume(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Query() query: ResumeQuery,
    @Body() body: ResumeCampaignRequest,
  ): Promise<ResumedCampaignResponse> {
    const { maxLatenessHours, spreadOverDays, reason } = body;
    const wish = { maxLatenessHours, spreadOverDays, reason, preview: query.preview === 'true' };
    return ResumedCampaignResponse.of(await this.runs.resume(actor, id, ifVersion, wish));
  }
}
