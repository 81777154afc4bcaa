import { Body, Controller, Get, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { AlsoRequires, Requires } from '../../platform/auth/permissions.decorator.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { VersionTellsAll } from '../../platform/http/etag.interceptor.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { ChangeSequenceRequest, CreateSequenceRequest, CreateStarterRequest, SequenceList, SequenceResponse } from './sequences.dto.js';
import { Sequences } from './sequences.service.js';
import { Starters } from './starters.service.js';
import { VariantReportResponse } from './variant-report.dto.js';
import { VariantReports } from './variant-reports.service.js';

@ApiTags('sequences')
@ApiBearerAuth()
@Controller('sequences')
export class SequencesController {
  constructor(
    private readonly sequences: Sequences,
    private readonly starters: Starters,
    private readonly reports: VariantReports,
  ) {}

  /** Make a sequence of 1 to 20 steps. */
  @Post()
  @Requires('sequences:write')
  @Problems('step_needs_template', 'step_needs_title', 'delay_too_long', 'invalid_condition', 'invalid_variants')
  async create(@CurrentActor() actor: Actor, @Body() body: CreateSequenceRequest): Promise<SequenceResponse> {
    return SequenceResponse.from(await this.sequences.create(actor, body));
  }

  /** Make the sequence that comes with the product for a tactic, and its templates: yours from then on, to be changed like any other. */
  @Post('starters')
  @Requires('sequences:write')
  @AlsoRequires(['templates:write'])
  async start(@CurrentActor() actor: Actor, @Body() { tactic }: CreateStarterRequest): Promise<SequenceResponse> {
    return SequenceResponse.from(await this.starters.create(actor, tactic));
  }

  /** Sequences with their steps, the newest first. */
  @Get()
  @Requires('sequences:read')
  @ApiFilters(CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<SequenceList> {
    const found = await this.sequences.list(actor, query);
    return { ...found, data: found.data.map((row) => SequenceResponse.from(row)) };
  }

  /** A sequence with its steps. */
  @Get(':id')
  @VersionTellsAll(true)
  @Requires('sequences:read')
  async read(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<SequenceResponse> {
    return SequenceResponse.from(await this.sequences.get(actor, id));
  }

  /** How the variants of its steps do: mails sent, answers, and between which bounds the true share of answers lies. Mails of projects that you do not see are not counted. */
  @Get(':id/variants')
  @Requires('sequences:read')
  async variants(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<VariantReportResponse> {
    return VariantReportResponse.from(await this.reports.report(actor, id));
  }

  /**
   * Change the name or replace the steps. Steps that keep their key are never mailed twice to the same contact. Who runs through
   * it and stands before the first step that changed goes on in the new version; who is at it or past it stays in theirs.
   */
  @Patch(':id')
  @Requires('sequences:write')
  @Problems(
    'step_needs_template',
    'step_needs_title',
    'delay_too_long',
    'invalid_condition',
    'invalid_variants',
    'unknown_step_key',
    'duplicate_step_key',
  )
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeSequenceRequest,
  ): Promise<SequenceResponse> {
    return SequenceResponse.from(await this.sequences.change(actor, id, body, ifVersion));
  }
}
