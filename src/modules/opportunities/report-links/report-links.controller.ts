import { Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../../platform/http/lists/filters.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { ReportLinks } from '../report-links.service.js';
import { ReportLinkPage, ReportLinkSummary } from './report-links.dto.js';

@ApiTags('opportunities')
@ApiBearerAuth()
@Controller('opportunities/:id/report-links')
export class ReportLinksController {
  constructor(private readonly reportLinks: ReportLinks) {}

  /** The addresses that were given out to report links of this opportunity, without their tokens. The newest first. */
  @Get()
  @ApiFilters(CREATED_AT)
  @Requires('opportunities:read')
  async list(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Query() query: PageQuery): Promise<ReportLinkPage> {
    const found = await this.reportLinks.list(actor, id, query);
    return { ...found, data: found.data.map((row) => ReportLinkSummary.from(row)) };
  }

  /** Take an address back: whoever opens it is told that it does not work any more. Again does nothing. */
  @Delete(':reportLinkId')
  @HttpCode(204)
  @Requires('opportunities:write')
  async revoke(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('reportLinkId', ParseUUIDPipe) reportLinkId: string,
  ): Promise<void> {
    await this.reportLinks.revoke(actor, id, reportLinkId);
  }
}
