import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventStreams } from '../../platform/events/event-streams.service.js';
import { AuthModule } from '../auth/auth.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { EventsController } from './events.controller.js';
import { EventLog } from './events.service.js';
import { StreamController } from './stream.controller.js';
import { WebhookDeliverer } from './webhook-deliverer.service.js';
import { WebhookDeliveriesController, WebhookReplaysController } from './webhook-deliveries.controller.js';
import { WebhookDispatcher } from './webhook-dispatcher.service.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';
import { WebhookLog } from './webhook-log.service.js';
import { WebhookNotices } from './webhook-notices.service.js';
import { WebhookOutcomes } from './webhook-outcomes.service.js';
import { WebhookReplays } from './webhook-replays.service.js';
import { WebhookSigner } from './webhook-signer.service.js';
import { WebhooksController } from './webhooks.controller.js';
import { Webhooks } from './webhooks.service.js';

@Module({
  imports: [WorkspacesModule, AuthModule, TypeOrmModule.forFeature([WebhookEndpoint])],
  controllers: [WebhooksController, WebhookReplaysController, WebhookDeliveriesController, EventsController, StreamController],
  providers: [
    Webhooks,
    WebhookLog,
    WebhookReplays,
    WebhookDispatcher,
    WebhookDeliverer,
    WebhookOutcomes,
    WebhookSigner,
    WebhookNotices,
    EventLog,
    EventStreams,
  ],
})
export class WebhooksModule {}
