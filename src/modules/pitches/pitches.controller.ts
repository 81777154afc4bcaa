import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { PITCH_STATES } from '../../domain/machines/pitch.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { CreatePitchRequest, MovePitchRequest, PitchPage, PitchResponse } from './pitches.dto.js';
import { Pitches } from './pitches.service.js';

@ApiTags('pitches')
@ApiBearerAuth()
@Controller('pitches')
export class PitchesController {
  constructor(private readonly pitches: Pitches) {}

  /** Draft a guest-post proposal. 409 `topic_in_use` while another site of the project may still take one of the topics. */
  @Post()
  @Requires('pitches:write')
  @Problems('topic_in_use')
  @ApiCreatedResponse({ type: PitchResponse })
  async create(@CurrentActor() actor: Actor, @Body() body: CreatePitchRequest): Promise<PitchResponse> {
    return PitchResponse.from(await this.pitches.create(actor, body));
  }

  /** Pitches, the newest first. */
  @Get()
  @Requires('pitches:read')
  @ApiFilters('opportunityId', { choice: 'state', of: PITCH_STATES }, CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<PitchPage> {
    const found = await this.pitches.list(actor, query);
    return { ...found, data: found.data.map((row) => PitchResponse.from(row)) };
  }

  /** One pitch with its topics and the steps that a person may take. */
  @Get(':id')
  @Requires('pitches:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<PitchResponse> {
    return PitchResponse.from(await this.pitches.get(actor, id));
  }

  /** Move a pitch to its next state, with the facts the step asks for. 409 `illegal_transition` lists what is allowed. */
  @Post(':id/moves')
  @HttpCode(200)
  @Requires('pitches:write')
  @Problems('illegal_transition', 'fact_required', 'topic_in_use', 'target_not_public')
  @ApiOkResponse({ type: PitchResponse })
  async move(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: MovePitchRequest,
  ): Promise<PitchResponse> {
    return PitchResponse.from(await this.pitches.move(actor, id, body, ifVersion));
  }
}
