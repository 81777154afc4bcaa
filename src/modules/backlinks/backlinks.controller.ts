import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BACKLINK_STATES } from '../../domain/machines/backlink.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, ApiSorts, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { ApiPages } from '../../platform/http/public-page.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { BacklinkListItem, BacklinkPage, BacklinkResponse, CheckPage, CheckResponse } from './backlink-responses.dto.js';
import { AttestBacklinkRequest, ChangeBacklinkRequest, MoveBacklinkRequest, ReportBacklinkRequest } from './backlinks.dto.js';
import { Backlinks } from './backlinks.service.js';
import { LinkChanges } from './watch/link-changes.service.js';
import { CheckDetailResponse } from './evidence/check-detail.dto.js';
import { ProofPage } from './evidence/proof-page.js';
import { LinkReports } from './reports/link-reports.service.js';

@ApiTags('backlinks')
@ApiBearerAuth()
@Controller('backlinks')
export class BacklinksController {
  constructor(
    private readonly backlinks: Backlinks,
    private readonly reports: LinkReports,
    private readonly changes: LinkChanges,
    private readonly proof: ProofPage,
  ) {}

  /** Report a link live: it is checked at once. Known already: 200 and the same one. 422 `target_not_public` for a page that is not on the public internet. */
  @Post()
  @Requires('backlinks:write')
  @Problems('target_not_public', 'unknown_target', 'other_project', 'external_ref_taken', 'reported_elsewhere')
  @ApiAcceptedResponse({ type: BacklinkResponse })
  @ApiOkResponse({ type: BacklinkResponse, description: 'The page was reported for this target already.' })
  async report(
    @CurrentActor() actor: Actor,
    @Body() body: ReportBacklinkRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BacklinkResponse> {
    const { id, news } = await this.reports.report(actor, body);
    void reply.status(news ? 202 : 200);
    return this.answer(actor, id);
  }

  /** Backlinks, the newest first. */
  @Get()
  @Requires('backlinks:read')
  @ApiFilters({ choice: 'state', of: BACKLINK_STATES }, 'opportunityId', 'projectId', 'prospectId', 'externalRef', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<BacklinkPage> {
    const found = await this.backlinks.list(actor, query);
    return { ...found, data: found.data.map((row) => BacklinkListItem.from(row)) };
  }

  /** One backlink: what is believed of it, how it stands against the terms, and what the last check saw. */
  @Get(':id')
  @Requires('backlinks:read')
  get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<BacklinkResponse> {
    return this.answer(actor, id);
  }

  /** Change what was agreed, or the address of the page: what is asked of the link is judged anew at once. 409 `link_closed` once it is no longer watched. */
  @Patch(':id')
  @Requires('backlinks:write')
  @Problems('target_not_public', 'already_reported', 'external_ref_taken', 'link_closed')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeBacklinkRequest,
  ): Promise<BacklinkResponse> {
    await this.changes.change(actor, id, body, ifVersion);
    return this.answer(actor, id);
  }

  /** Check the page again now. 409 `nothing_to_check` before a page is reported and after the link is closed. */
  @Post(':id/checks')
  @HttpCode(202)
  @Requires('backlinks:write')
  @Problems('nothing_to_check')
  @ApiAcceptedResponse({ type: BacklinkResponse })
  async checkNow(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<BacklinkResponse> {
    await this.backlinks.checkNow(actor, id);
    return this.answer(actor, id);
  }

  /** The checks that were made, the last first. */
  @Get(':id/checks')
  @ApiSorts('-checkedAt')
  @Requires('backlinks:read')
  async checks(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Query() query: PageQuery): Promise<CheckPage> {
    const found = await this.backlinks.checks(actor, id, query);
    return { ...found, data: found.data.map((row) => CheckResponse.from(row)) };
  }

  /** One check with all its evidence: way, headers, hash, links found. Never altered. */
  @Get(':id/checks/:checkId')
  @Requires('backlinks:read')
  async check(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('checkId', ParseUUIDPipe) checkId: string,
  ): Promise<CheckDetailResponse> {
    const { check } = await this.backlinks.check(actor, id, checkId);
    return CheckDetailResponse.of(check);
  }

  /** The same as one HTML file to keep or to hand on: it needs nothing else, runs nothing and loads nothing. */
  @Get(':id/checks/:checkId/proof')
  @Requires('backlinks:read')
  @ApiPages({ 200: 'The file.' })
  async proofOf(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('checkId', ParseUUIDPipe) checkId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { link, check } = await this.backlinks.check(actor, id, checkId);
    void reply.headers({
      'content-type': 'text/html; charset=utf-8',
      'content-disposition': `attachment; filename="link-proof-${check.id}.html"`,
      'content-security-policy': `${this.proof.contentSecurityPolicy}; frame-ancestors 'none'; sandbox`,
    });
    return this.proof.render(link, check);
  }

  /** Move it by hand. Nobody may say `live` or `lost` here: see attestations. 409 `illegal_transition` lists what is allowed. */
  @Post(':id/moves')
  @HttpCode(200)
  @Requires('backlinks:write')
  @Problems('illegal_transition', 'fact_required', 'target_not_public', 'already_reported')
  async move(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: MoveBacklinkRequest,
  ): Promise<BacklinkResponse> {
    await this.backlinks.move(actor, id, body, ifVersion);
    return this.answer(actor, id);
  }

  /** Say what you saw on a page that the checks cannot see. Only while the link needs review; 30 days at most. */
  @Post(':id/attestations')
  @Requires('backlinks:write')
  @Problems('illegal_transition', 'attestation_expiry')
  async attest(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: AttestBacklinkRequest): Promise<BacklinkResponse> {
    await this.backlinks.attest(actor, id, body);
    return this.answer(actor, id);
  }

  private async answer(actor: Actor, id: string): Promise<BacklinkResponse> {
    const { row, lastCheck } = await this.backlinks.get(actor, id);
    return BacklinkResponse.of(row, lastCheck);
  }
}
