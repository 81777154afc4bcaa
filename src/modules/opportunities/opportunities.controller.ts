import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OPPORTUNITY_STAGES } from '../../domain/machines/opportunity.js';
import { WAITING_ON } from '../../domain/pipeline-snapshot.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT, QueryIds } from '../../platform/http/lists/filters.js';
import { InvalidRequest } from '../../platform/http/problems/http-problem.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import {
  BoardQuery,
  BoardResponse,
  ChangeOpportunityRequest,
  CreateOpportunityRequest,
  MoveOpportunityRequest,
  OpportunityPage,
  OpportunityResponse,
} from './opportunities.dto.js';
import { Opportunities } from './opportunities.service.js';

@ApiTags('opportunities')
@ApiBearerAuth()
@Controller()
export class OpportunitiesController {
  constructor(private readonly opportunities: Opportunities) {}

  /** Work a prospect in a campaign. Known already: 200 and the same one. 409 `site_already_in_contact` while somebody else is in contact with the site. */
  @Post('opportunities')
  @Requires('opportunities:write')
  @Problems('site_already_in_contact', 'external_ref_taken', 'viewer_takes_no_work', 'outside_their_projects')
  @ApiCreatedResponse({ type: OpportunityResponse })
  @ApiOkResponse({ type: OpportunityResponse, description: 'The prospect was worked in this campaign already.' })
  async create(
    @CurrentActor() actor: Actor,
    @Body() body: CreateOpportunityRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OpportunityResponse> {
    const { id, created } = await this.opportunities.create(actor, body);
    void reply.status(created ? 201 : 200);
    return OpportunityResponse.from(await this.opportunities.get(actor, id));
  }

  /** Opportunities, the newest first. */
  @Get('opportunities')
  @Requires('opportunities:read')
  @ApiFilters(
    { choice: 'stage', of: OPPORTUNITY_STAGES },
    'campaignId',
    'projectId',
    'prospectId',
    'ownerId',
    'externalRef',
    { choice: 'waitingOn', of: WAITING_ON },
    CREATED_AT,
    {
      range: 'stageChangedAt',
    },
    { range: 'waitingSince' },
    { range: 'nextActionOn' },
  )
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<OpportunityPage> {
    const found = await this.opportunities.list(actor, query);
    return { ...found, data: found.data.map((row) => OpportunityResponse.from(row)) };
  }

  /** One opportunity with its links, its terms and the steps that a person may take. */
  @Get('opportunities/:id')
  @Requires('opportunities:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<OpportunityResponse> {
    return OpportunityResponse.from(await this.opportunities.get(actor, id));
  }

  /** Change who works it, or the page you ask about. */
  @Patch('opportunities/:id')
  @Requires('opportunities:write')
  @Problems('viewer_takes_no_work', 'outside_their_projects')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeOpportunityRequest,
  ): Promise<OpportunityResponse> {
    return OpportunityResponse.from(await this.opportunities.change(actor, id, body, ifVersion));
  }

  /** Move it to another stage by hand. 409 `illegal_transition` lists what is allowed. */
  @Post('opportunities/:id/moves')
  @HttpCode(200)
  @Requires('opportunities:write')
  @Problems('illegal_transition', 'fact_required', 'site_already_in_contact')
  async move(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: MoveOpportunityRequest,
  ): Promise<OpportunityResponse> {
    return OpportunityResponse.from(await this.opportunities.move(actor, id, body, ifVersion));
  }

  /** The board of a campaign or a project: each stage with its count and its newest cards. */
  @Get('board')
  @QueryIds('campaignId', 'projectId')
  @Requires('opportunities:read')
  async board(@CurrentActor() actor: Actor, @Query() query: BoardQuery): Promise<BoardResponse> {
    if (query.campaignId === undefined && query.projectId === undefined) {
      throw new InvalidRequest([{ pointer: '?campaignId', detail: 'is required, or else projectId' }]);
    }
    return BoardResponse.from(await this.opportunities.board(actor, query));
  }
}
