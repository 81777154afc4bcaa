import { Body, Controller, Get, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { VersionTellsAll } from '../../platform/http/etag.interceptor.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { ChangeProjectRequest, CreateProjectRequest, ProjectPage, ProjectResponse } from './projects.dto.js';
import { Projects } from './projects.service.js';

@ApiTags('projects')
@ApiBearerAuth()
@Controller('projects')
export class ProjectsController {
  constructor(private readonly projects: Projects) {}

  /** Add a site to build links for. 422 `no_registrable_domain` when the address has none. */
  @Post()
  @Requires('projects:write')
  @Problems('url_not_accepted', 'no_registrable_domain', 'external_ref_taken', 'outside_border')
  async create(@CurrentActor() actor: Actor, @Body() body: CreateProjectRequest): Promise<ProjectResponse> {
    return ProjectResponse.from(await this.projects.create(actor, body));
  }

  /** Projects, the newest first. */
  @Get()
  @Requires('projects:read')
  @ApiFilters('externalRef', 'domain', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: SearchQuery): Promise<ProjectPage> {
    const found = await this.projects.list(actor, query);
    return { ...found, data: found.data.map((row) => ProjectResponse.from(row)) };
  }

  /** One project. */
  @Get(':id')
  @VersionTellsAll(true)
  @Requires('projects:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ProjectResponse> {
    return ProjectResponse.from(await this.projects.get(actor, id));
  }

  /** Change a project. */
  @Patch(':id')
  @Requires('projects:write')
  @Problems('url_not_accepted', 'no_registrable_domain', 'external_ref_taken', 'outside_border', 'link_domain_not_accepted')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeProjectRequest,
  ): Promise<ProjectResponse> {
    return ProjectResponse.from(await this.projects.change(actor, id, body, ifVersion));
  }
}
