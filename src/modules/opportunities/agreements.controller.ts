import { Body, Controller, Get, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiSorts } from '../../platform/http/lists/filters.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { AgreementPage, AgreementResponse, CreateAgreementRequest, CreateReportLinkRequest, ReportLinkResponse } from './agreements.dto.js';
import { Agreements } from './agreements.service.js';
import { ReportLinks } from './report-links.service.js';

@ApiTags('opportunities')
@ApiBearerAuth()
@Controller('opportunities/:id')
export class AgreementsController {
  constructor(
    private readonly agreements: Agreements,
    private readonly reportLinks: ReportLinks,
  ) {}

  /** Set the terms, or new ones that replace them. Each item gets a link to watch. 422 `paid_link_must_be_qualified` unless a paid link is sponsored or nofollow. */
  @Post('agreements')
  @Requires('opportunities:write')
  @Problems('paid_link_must_be_qualified', 'invalid_url')
  async create(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: CreateAgreementRequest,
  ): Promise<AgreementResponse> {
    return AgreementResponse.from(await this.agreements.create(actor, id, body));
  }

  /** The terms, those in force first. */
  @Get('agreements')
  @ApiSorts('-createdAt', 'createdAt')
  @Requires('opportunities:read')
  async list(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Query() query: PageQuery): Promise<AgreementPage> {
    const found = await this.agreements.list(actor, id, query);
    return { ...found, data: found.data.map((row) => AgreementResponse.from(row)) };
  }

  /** Make a signed address where the prospect reports the link live, without a login. Valid for 180 days, shown once. */
  @Post('report-links')
  @Requires('opportunities:write')
  async report(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: CreateReportLinkRequest,
  ): Promise<ReportLinkResponse> {
    return ReportLinkResponse.from(await this.reportLinks.create(actor, id, body.contactId));
  }
}
