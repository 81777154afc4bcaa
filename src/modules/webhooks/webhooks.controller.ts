import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters } from '../../platform/http/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/if-match.decorator.js';
import { PageQuery } from '../../platform/http/page-query.dto.js';
import { Problems } from '../../platform/http/problems.decorator.js';
import {
  ChangeWebhookEndpointRequest,
  CreateWebhookEndpointRequest,
  ReplayRequest,
  ReplayResponse,
  WebhookDeliveryPage,
  WebhookDeliveryResponse,
  WebhookEndpointPage,
  WebhookEndpointResponse,
  WebhookSecretResponse,
} from './webhooks.dto.js';
import { WebhookLog } from './webhook-log.service.js';
import { Webhooks } from './webhooks.service.js';

@ApiTags('webhooks')
@ApiBearerAuth()
@Controller('webhook-endpoints')
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly log: WebhookLog,
  ) {}

  /** Subscribe an address to events. The answer holds the signing secret, shown this once. */
  @Post()
  @Requires('webhooks:write')
  @Problems('https_required', 'target_not_public', 'too_many_endpoints')
  async create(@CurrentActor() actor: Actor, @Body() body: CreateWebhookEndpointRequest): Promise<WebhookSecretResponse> {
    const { endpoint, secret } = await this.webhooks.create(actor, body);
    return WebhookSecretResponse.withSecret(endpoint, secret);
  }

  /** List webhook endpoints. */
  @Get()
  @Requires('webhooks:read')
  list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<WebhookEndpointPage> {
    return this.log.listEndpoints(actor, query);
  }

  /** One endpoint, without its secret. */
  @Get(':id')
  @Requires('webhooks:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<WebhookEndpointResponse> {
    return WebhookEndpointResponse.from(await this.webhooks.get(actor, id));
  }

  /** Change an endpoint, or turn it on or off. */
  @Patch(':id')
  @Requires('webhooks:write')
  @Problems('https_required', 'target_not_public')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() version: IfVersion,
    @Body() body: ChangeWebhookEndpointRequest,
  ): Promise<WebhookEndpointResponse> {
    return WebhookEndpointResponse.from(await this.webhooks.change(actor, id, body, version));
  }

  /** Remove an endpoint; what was not delivered yet is dropped. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('webhooks:write')
  remove(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @IfMatch() version: IfVersion): Promise<void> {
    return this.webhooks.remove(actor, id, version);
  }

  /** Give the endpoint a new secret; for a day both sign. */
  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Requires('webhooks:write')
  async rotate(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<WebhookSecretResponse> {
    const { endpoint, secret } = await this.webhooks.rotateSecret(actor, id);
    return WebhookSecretResponse.withSecret(endpoint, secret);
  }

  /** Send a test event. */
  @Post(':id/test')
  @HttpCode(202)
  @Requires('webhooks:write')
  @Problems('endpoint_disabled')
  async test(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<WebhookDeliveryResponse> {
    return this.log.getDelivery(actor, await this.webhooks.test(actor, id));
  }

  /** Send again all that the endpoint did not take since then. */
  @Post(':id/replay')
  @HttpCode(202)
  @Requires('webhooks:write')
  @Problems('endpoint_disabled')
  async replay(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: ReplayRequest): Promise<ReplayResponse> {
    return { queued: await this.webhooks.replaySince(actor, id, new Date(body.since)) };
  }

  /** The delivery log of an endpoint, newest first. */
  @Get(':id/deliveries')
  @ApiFilters('state')
  @Requires('webhooks:read')
  deliveries(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Query() query: PageQuery): Promise<WebhookDeliveryPage> {
    return this.log.listDeliveries(actor, id, query);
  }
}

@ApiTags('webhooks')
@ApiBearerAuth()
@Controller('webhook-deliveries')
export class WebhookDeliveriesController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly log: WebhookLog,
  ) {}

  /** Send one delivery again, under its old id. */
  @Post(':id/replay')
  @HttpCode(202)
  @Requires('webhooks:write')
  @Problems('delivery_in_progress', 'endpoint_disabled')
  async replay(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<WebhookDeliveryResponse> {
    await this.webhooks.replayOne(actor, id);
    return this.log.getDelivery(actor, id);
  }
}
