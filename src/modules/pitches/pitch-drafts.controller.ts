import { Body, Controller, Get, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiSorts } from '../../platform/http/lists/filters.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { AddDraftRequest, DraftPage, DraftResponse, DraftSummary } from './pitch-drafts.dto.js';
import { PitchDrafts } from './pitch-drafts.service.js';

@ApiTags('pitches')
@ApiBearerAuth()
@Controller('pitches/:pitchId/drafts')
export class PitchDraftsController {
  constructor(private readonly drafts: PitchDrafts) {}

  /** Add the next version of the article. */
  @Post()
  @Requires('pitches:write')
  @ApiCreatedResponse({ type: DraftResponse })
  async add(@CurrentActor() actor: Actor, @Param('pitchId', ParseUUIDPipe) pitchId: string, @Body() body: AddDraftRequest): Promise<DraftResponse> {
    return DraftResponse.from(await this.drafts.add(actor, pitchId, body));
  }

  /** The versions of the article without their texts, the newest first. */
  @Get()
  @ApiSorts('-number', 'number')
  @Requires('pitches:read')
  async list(@CurrentActor() actor: Actor, @Param('pitchId', ParseUUIDPipe) pitchId: string, @Query() query: PageQuery): Promise<DraftPage> {
    const found = await this.drafts.list(actor, pitchId, query);
    return { ...found, data: found.data.map((row) => DraftSummary.of(row)) };
  }

  /** One version with its text. */
  @Get(':id')
  @Requires('pitches:read')
  async get(
    @CurrentActor() actor: Actor,
    @Param('pitchId', ParseUUIDPipe) pitchId: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<DraftResponse> {
    return DraftResponse.from(await this.drafts.get(actor, pitchId, id));
  }
}
