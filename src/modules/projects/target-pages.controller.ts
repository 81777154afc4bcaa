import { Body, Controller, Get, Param, ParseUUIDPipe, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { VersionTellsAll } from '../../platform/http/etag.interceptor.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { ChangeTargetPageRequest, CreateTargetPageRequest, TargetPagePage, TargetPagePath, TargetPageResponse } from './projects.dto.js';
import { TargetPages } from './target-pages.service.js';

@ApiTags('projects')
@ApiBearerAuth()
@Controller('projects/:projectId/target-pages')
export class TargetPagesController {
  constructor(private readonly pages: TargetPages) {}

  /** Add a page that links are wanted to. The same address again: 200 and the page there is, unchanged. */
  @Post()
  @Requires('projects:write')
  @Problems('url_not_accepted')
  @ApiCreatedResponse({ type: TargetPageResponse })
  @ApiOkResponse({ type: TargetPageResponse, description: 'The page was known already.' })
  async create(
    @CurrentActor() actor: Actor,
    @Param('projectId', ParseUUIDPipe) projectId: string,
    @Body() body: CreateTargetPageRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TargetPageResponse> {
    const { page, created } = await this.pages.create(actor, projectId, body);
    void reply.status(created ? 201 : 200);
    return TargetPageResponse.from(page);
  }

  /** Target pages of a project, the newest first. */
  @Get()
  @Requires('projects:read')
  @ApiFilters('url', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Param('projectId', ParseUUIDPipe) projectId: string, @Query() query: PageQuery): Promise<TargetPagePage> {
    const found = await this.pages.list(actor, projectId, query);
    return { ...found, data: found.data.map((row) => TargetPageResponse.from(row)) };
  }

  /** One target page. */
  @Get(':id')
  @VersionTellsAll(true)
  @Requires('projects:read')
  async get(@CurrentActor() actor: Actor, @Param() path: TargetPagePath): Promise<TargetPageResponse> {
    return TargetPageResponse.from(await this.pages.get(actor, path));
  }

  /** Change a target page. Links that exist keep the address they were made for. */
  @Patch(':id')
  @Requires('projects:write')
  @Problems('url_not_accepted', 'already_exists')
  async change(
    @CurrentActor() actor: Actor,
    @Param() path: TargetPagePath,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeTargetPageRequest,
  ): Promise<TargetPageResponse> {
    return TargetPageResponse.from(await this.pages.change(actor, path, body, ifVersion));
  }
}
