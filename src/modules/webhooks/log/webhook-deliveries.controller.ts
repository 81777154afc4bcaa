import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { ApiFilters, ApiSorts } from '../../../platform/http/lists/filters.js';
import { API_PREFIX } from '../../../platform/http/api-prefix.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { ReplayRequest, ReplayResponse, WebhookDeliveryDetailResponse, WebhookDeliveryPage } from './webhook-deliveries.dto.js';
import { WebhookLog } from './webhook-log.service.js';
import { WebhookReplays } from './webhook-replays.service.js';

@ApiTags('webhooks')
@ApiBearerAuth()
@Controller('webhook-endpoints/:id')
export class WebhookReplaysController {
  constructor(
    private readonly replays: WebhookReplays,
    private readonly log: WebhookLog,
  ) {}

  /** Send again all that the endpoint did not take since then. A worker goes on with a large one: `Location` tells how far it is. */
  @Post('replay')
  @HttpCode(202)
  @Requires('webhooks:write')
  @Problems('endpoint_disabled', 'replay_in_progress')
  async replay(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) endpointId: string,
    @Body() body: ReplayRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReplayResponse> {
    const replay = await this.replays.since(actor, endpointId, new Date(body.since));
    void reply.header('location', `/${API_PREFIX}/webhook-endpoints/${endpointId}/replays/${replay.id}`);
    return ReplayResponse.from(replay);
  }

  /** How far a replay is. */
  @Get('replays/:replayId')
  @Requires('webhooks:read')
  async get(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) endpointId: string,
    @Param('replayId', ParseUUIDPipe) replayId: string,
  ): Promise<ReplayResponse> {
    return ReplayResponse.from(await this.replays.get(actor, endpointId, replayId));
  }

  /** The delivery log of an endpoint, newest first. It is kept for three months. */
  @Get('deliveries')
  @ApiSorts('-createdAt')
  @ApiFilters('state', 'eventType', 'eventId')
  @Requires('webhooks:read')
  deliveries(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) endpointId: string, @Query() query: PageQuery): Promise<WebhookDeliveryPage> {
    return this.log.listDeliveries(actor, endpointId, query);
  }
}

@ApiTags('webhooks')
@ApiBearerAuth()
@Controller('webhook-deliveries')
export class WebhookDeliveriesController {
  constructor(
    private readonly replays: WebhookReplays,
    private readonly log: WebhookLog,
  ) {}

  /** One delivery: what was sent, and every try with its answer. */
  @Get(':id')
  @Requires('webhooks:read')
  get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<WebhookDeliveryDetailResponse> {
    return this.log.getDelivery(actor, id);
  }

  /** Send one delivery again, under its old id. */
  @Post(':id/replay')
  @HttpCode(202)
  @Requires('webhooks:write')
  @Problems('delivery_in_progress', 'endpoint_disabled')
  async replay(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<WebhookDeliveryDetailResponse> {
    await this.replays.one(actor, id);
    return this.log.getDelivery(actor, id);
  }
}
