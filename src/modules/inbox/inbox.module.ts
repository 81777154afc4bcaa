import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { InboundController } from './inbound.controller.js';
import { InboundEffects } from './inbound-effects.service.js';
import { InboundMails } from './inbound-mails.service.js';
import { InboundMatcher } from './inbound-matcher.service.js';
import { ThreadsController } from './threads.controller.js';
import { Threads } from './threads.service.js';

@Module({
  imports: [PipelineModule, SuppressionsModule],
  controllers: [InboundController, ThreadsController],
  providers: [InboundMails, InboundMatcher, InboundEffects, Threads],
})
export class InboxModule {}
