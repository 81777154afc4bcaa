import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { SUPPRESSION_KINDS, SUPPRESSION_SOURCES } from './suppression.entity.js';
import { CreateSuppressionRequest, RemovalQuery, SuppressionPage, SuppressionResponse } from './suppressions.dto.js';
import { Suppressions } from './suppressions.service.js';

@ApiTags('suppressions')
@ApiBearerAuth()
@Controller('suppressions')
export class SuppressionsController {
  constructor(private readonly suppressions: Suppressions) {}

  /** Never mail an address or a domain again; sequences to it stop at once. Known already: 200 and the same one, a longer expiry taken over. */
  @Post()
  @Requires('suppressions:write')
  @Problems('invalid_email', 'invalid_domain', 'free_mail_domain', 'expires_in_past')
  @ApiCreatedResponse({ type: SuppressionResponse })
  @ApiOkResponse({ type: SuppressionResponse, description: 'It was suppressed already.' })
  async create(
    @CurrentActor() actor: Actor,
    @Body() body: CreateSuppressionRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SuppressionResponse> {
    const { kind, value, reason, projectId } = body;
    const expiresAt = typeof body.expiresAt === 'string' ? new Date(body.expiresAt) : null;
    const { suppression, created } = await this.suppressions.create(actor, { kind, value, reason, projectId, expiresAt, source: 'person' });
    void reply.status(created ? 201 : 200);
    return SuppressionResponse.from(suppression);
  }

  /** Suppressions, the newest first. */
  @Get()
  @Requires('suppressions:read')
  @ApiFilters({ choice: 'kind', of: SUPPRESSION_KINDS }, 'value', 'reason', { choice: 'source', of: SUPPRESSION_SOURCES }, 'projectId', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<SuppressionPage> {
    const found = await this.suppressions.list(actor, query);
    return { ...found, data: found.data.map((row) => SuppressionResponse.from(row)) };
  }

  /** One suppression. */
  @Get(':id')
  @Requires('suppressions:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<SuppressionResponse> {
    return SuppressionResponse.from(await this.suppressions.get(actor, id));
  }

  /** Allow mail again. Starts nothing by itself. Managers and owners, with a reason. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('suppressions:remove')
  @Problems('outside_border')
  async remove(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Query() { reason }: RemovalQuery,
  ): Promise<void> {
    await this.suppressions.remove(actor, id, reason, ifVersion);
  }
}
