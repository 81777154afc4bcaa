import { Module } from '@nestjs/common';
import { OpportunitiesModule } from '../opportunities/opportunities.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { InboundController } from './inbound.controller.js';
import { InboundEffects } from './inbound-effects.service.js';
import { InboundMails } from './inbound-mails.service.js';
import { InboundMatcher } from './inbound-matcher.service.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { ReplyTexts } from './reply-texts.service.js';
import { ThreadReplies } from './thread-replies.service.js';
import { ThreadsInHand } from './threads-in-hand.service.js';
import { ThreadsController } from './threads.controller.js';
import { Threads } from './threads.service.js';

@Module({
  imports: [OpportunitiesModule, PipelineModule, SuppressionsModule, TemplatesModule, WorkspacesModule],
  controllers: [InboundController, ThreadsController],
  providers: [InboundMails, InboundMatcher, InboundEffects, Threads, ThreadReplies, ReplyTexts, ThreadsInHand],
})
export class InboxModule {}
