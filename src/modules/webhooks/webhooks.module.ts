import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventsController } from './events.controller.js';
import { EventLog } from './events.service.js';
import { WebhookDeliverer } from './webhook-deliverer.service.js';
import { WebhookDispatcher } from './webhook-dispatcher.service.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';
import { WebhookLog } from './webhook-log.service.js';
import { WebhookDeliveriesController, WebhooksController } from './webhooks.controller.js';
import { Webhooks } from './webhooks.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([WebhookEndpoint])],
  controllers: [WebhooksController, WebhookDeliveriesController, EventsController],
  providers: [Webhooks, WebhookLog, WebhookDispatcher, WebhookDeliverer, EventLog],
})
export class WebhooksModule {}
