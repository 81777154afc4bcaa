import { Body, Controller, Get, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { CAMPAIGN_STATES } from './campaign.entity.js';
import { CampaignList, CampaignResponse, ChangeCampaignRequest, CreateCampaignRequest } from './campaigns.dto.js';
import { Campaigns } from './campaigns.service.js';

@ApiTags('campaigns')
@ApiBearerAuth()
@Controller('campaigns')
export class CampaignsController {
  constructor(private readonly campaigns: Campaigns) {}

  /** Make a campaign. It is a draft until it is started. */
  @Post()
  @Requires('campaigns:write')
  @Problems('empty_window', 'external_ref_taken')
  async create(@CurrentActor() actor: Actor, @Body() body: CreateCampaignRequest): Promise<CampaignResponse> {
    return CampaignResponse.from(await this.campaigns.create(actor, body));
  }

  /** Campaigns, the newest first. */
  @Get()
  @Requires('campaigns:read')
  @ApiFilters('projectId', { choice: 'state', of: CAMPAIGN_STATES }, 'externalRef', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: SearchQuery): Promise<CampaignList> {
    const found = await this.campaigns.list(actor, query);
    return { ...found, data: found.data.map((row) => CampaignResponse.from(row)) };
  }

  /** A campaign. */
  @Get(':id')
  @Requires('campaigns:read')
  async read(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<CampaignResponse> {
    return CampaignResponse.from(await this.campaigns.get(actor, id));
  }

  /** Change a campaign. 409 `campaign_started` for what is fixed once it runs. */
  @Patch(':id')
  @Requires('campaigns:write')
  @Problems('empty_window', 'external_ref_taken', 'campaign_started', 'campaign_in_use')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeCampaignRequest,
  ): Promise<CampaignResponse> {
    return CampaignResponse.from(await this.campaigns.change(actor, id, body, ifVersion));
  }
}
