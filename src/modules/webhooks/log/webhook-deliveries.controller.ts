import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { SENT_TYPES } from '../../../domain/event-catalogue.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { AlsoRequires, Requires } from '../../../platform/auth/permissions.decorator.js';
import { ApiFilters, ApiSorts, CREATED_AT } from '../../../platform/http/lists/filters.js';
import { API_PREFIX } from '../../../platform/http/api-prefix.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { JobResponse } from '../../../platform/jobs/jobs.dto.js';
import { Jobs } from '../../../platform/jobs/jobs.service.js';
import { ReplayRequest, WebhookDeliveryDetailResponse, WebhookDeliveryPage } from './webhook-deliveries.dto.js';
import { DELIVERY_STATES } from './webhook-log.queries.js';
import { WebhookLog } from './webhook-log.service.js';
import { WebhookReplays } from './webhook-replays.service.js';

@ApiTags('webhooks')
@ApiBearerAuth()
@Controller('webhook-endpoints/:id')
export class WebhookReplaysController {
  constructor(
    private readonly replays: WebhookReplays,
    private readonly log: WebhookLog,
    private readonly jobs: Jobs,
  ) {}

  /**
   * Send again all that the endpoint did not take since then. A job does it: `progress` tells how much of the log and of the events it has
   * looked through, `result.queued` how many deliveries it put into the queue; `endpoint_disabled` ends it when the endpoint is turned off.
   */
  @Post('replay')
  @HttpCode(202)
  @Requires('webhooks:write')
  @Problems('endpoint_disabled')
  async replay(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) endpointId: string,
    @Body() body: ReplayRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobResponse> {
    const job = await this.jobs.get(actor, await this.replays.since(actor, endpointId, new Date(body.since)));
    void reply.header('location', `/${API_PREFIX}/jobs/${job.id}`);
    return JobResponse.from(job);
  }

  /** The delivery log of an endpoint, newest first. It is kept for three months. */
  @Get('deliveries')
  @ApiSorts('-createdAt')
  @ApiFilters({ choice: 'state', of: DELIVERY_STATES }, { choice: 'eventType', of: SENT_TYPES }, 'eventId', CREATED_AT)
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
  @AlsoRequires(['events:read'])
  get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<WebhookDeliveryDetailResponse> {
    return this.log.getDelivery(actor, id);
  }

  /** Send one delivery again, under its old id. */
  @Post(':id/replay')
  @HttpCode(202)
  @Requires('webhooks:write')
  @AlsoRequires(['events:read'])
  @Problems('delivery_in_progress', 'endpoint_disabled')
  async replay(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<WebhookDeliveryDetailResponse> {
    await this.replays.one(actor, id);
    return this.log.getDelivery(actor, id);
  }
}
