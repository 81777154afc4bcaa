import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { TEMPLATE_HELPERS, templateVariables } from '../../domain/template-language.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { AlsoRequires, Requires } from '../../platform/auth/permissions.decorator.js';
import { VersionTellsAll } from '../../platform/http/etag.interceptor.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { PageQuery, SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { TemplatePreviews } from './template-preview.service.js';
import {
  ChangeTemplateRequest,
  CreateTemplateRequest,
  PreviewTemplateRequest,
  TemplateLanguage,
  TemplateList,
  TemplatePreviewResponse,
  TemplateResponse,
  TemplateSummary,
  TemplateVersionList,
  TemplateVersionResponse,
} from './templates.dto.js';
import { Templates } from './templates.service.js';

@ApiTags('templates')
@ApiBearerAuth()
@Controller('templates')
export class TemplatesController {
  constructor(
    private readonly templates: Templates,
    private readonly previews: TemplatePreviews,
  ) {}

  /** Make a template. 422 `template_syntax` and the like say at which line and column. */
  @Post()
  @Requires('templates:write')
  @Problems('template_syntax', 'template_not_allowed', 'template_unknown_variable', 'external_ref_taken')
  async create(@CurrentActor() actor: Actor, @Body() body: CreateTemplateRequest): Promise<TemplateResponse> {
    return TemplateResponse.from(await this.templates.create(actor, body));
  }

  /** Templates without their texts, the newest first. */
  @Get()
  @Requires('templates:read')
  @ApiFilters('externalRef', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: SearchQuery): Promise<TemplateList> {
    const found = await this.templates.list(actor, query);
    return { ...found, data: found.data.map((row) => TemplateSummary.from(row)) };
  }

  /** Everything that a template may say between braces, with examples. */
  @Get('variables')
  @Requires('templates:read')
  language(): TemplateLanguage {
    return { variables: templateVariables(), helpers: [...TEMPLATE_HELPERS] };
  }

  /** A template as it is now. */
  @Get(':id')
  @VersionTellsAll(true)
  @Requires('templates:read')
  async read(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<TemplateResponse> {
    return TemplateResponse.from(await this.templates.get(actor, id));
  }

  /** Change a template. Another subject, text or html makes a new version; sent mails keep theirs. Another text or html alone replaces both parts. */
  @Patch(':id')
  @Requires('templates:write')
  @Problems('template_syntax', 'template_not_allowed', 'template_unknown_variable', 'external_ref_taken', 'text_needed')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeTemplateRequest,
  ): Promise<TemplateResponse> {
    return TemplateResponse.from(await this.templates.change(actor, id, body, ifVersion));
  }

  /** All that the template ever said, the newest first. */
  @Get(':id/versions')
  @Requires('templates:read')
  @ApiFilters(CREATED_AT)
  async listVersions(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Query() query: PageQuery): Promise<TemplateVersionList> {
    const found = await this.templates.listVersions(actor, id, query);
    return { ...found, data: found.data.map((row) => TemplateVersionResponse.from(row)) };
  }

  /** The mail that a contact would get, or what it lacks. */
  @Post(':id/preview')
  @HttpCode(200)
  @Requires('templates:read')
  @AlsoRequires(['prospects:read', 'opportunities:read', 'campaigns:read'])
  async preview(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: PreviewTemplateRequest,
  ): Promise<TemplatePreviewResponse> {
    return TemplatePreviewResponse.from(await this.previews.preview(actor, id, body));
  }
}
