import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { AlsoRequires, Requires } from '../../platform/auth/permissions.decorator.js';
import { RecentLogin } from '../../platform/auth/recent-login.guard.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { ApiSorts } from '../../platform/http/lists/filters.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { WebhookDeliveryDetailResponse } from './log/webhook-deliveries.dto.js';
import {
  ChangeWebhookEndpointRequest,
  CreateWebhookEndpointRequest,
  RotateSecretRequest,
  WebhookEndpointPage,
  WebhookEndpointResponse,
  WebhookSecretResponse,
} from './webhooks.dto.js';
import { WebhookLog } from './log/webhook-log.service.js';
import { Webhooks } from './webhooks.service.js';

@ApiTags('webhooks')
@ApiBearerAuth()
@Controller('webhook-endpoints')
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly log: WebhookLog,
  ) {}

  /** Subscribe an address to events, which the caller must be allowed to read. The answer holds the signing secret, shown this once. */
  @Post()
  @Requires('webhooks:write')
  @AlsoRequires(['events:read'])
  @Problems('https_required', 'url_not_accepted', 'invalid_url', 'target_not_public', 'too_many_endpoints', 'project_filter_required')
  async create(@CurrentActor() actor: Actor, @Body() body: CreateWebhookEndpointRequest): Promise<WebhookSecretResponse> {
    const { endpoint, secret } = await this.webhooks.create(actor, body);
    return WebhookSecretResponse.withSecret(endpoint, secret);
  }

  /** List webhook endpoints. */
  @Get()
  @ApiSorts('-createdAt')
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
  @AlsoRequires(['events:read'])
  @Problems('https_required', 'url_not_accepted', 'invalid_url', 'target_not_public', 'project_filter_required')
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

  /** Give the endpoint a new secret; for a day, or as long as you say, both sign. */
  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Requires('webhooks:write')
  @RecentLogin(true)
  async rotate(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body?: RotateSecretRequest,
  ): Promise<WebhookSecretResponse> {
    const { endpoint, secret } = await this.webhooks.rotateSecret(actor, id, body?.overlapHours);
    return WebhookSecretResponse.withSecret(endpoint, secret);
  }

  /** Send a test event. */
  @Post(':id/test')
  @HttpCode(202)
  @Requires('webhooks:write')
  @Problems('endpoint_disabled')
  async test(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<WebhookDeliveryDetailResponse> {
    return this.log.getDelivery(actor, await this.webhooks.test(actor, id));
  }
}
