import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventStreams } from '../../platform/events/event-streams.service.js';
import { AuthModule } from '../auth/auth.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { EventsController } from './events/events.controller.js';
import { EventLog } from './events/events.service.js';
import { StreamController } from './events/stream.controller.js';
import { WebhookDeliverer } from './delivery/webhook-deliverer.service.js';
import { WebhookDeliveriesController, WebhookReplaysController } from './log/webhook-deliveries.controller.js';
import { WebhookDispatcher } from './delivery/webhook-dispatcher.service.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';
import { WebhookLog } from './log/webhook-log.service.js';
import { WebhookNotices } from './delivery/webhook-notices.service.js';
import { WebhookOutcomes } from './delivery/webhook-outcomes.service.js';
import { WebhookReplays } from './log/webhook-replays.service.js';
import { WebhookSigner } from './delivery/webhook-signer.service.js';
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
