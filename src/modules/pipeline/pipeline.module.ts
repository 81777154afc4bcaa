import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Backlink } from './backlink.entity.js';
import { Enrollment } from './enrollment.entity.js';
import { Message } from './message.entity.js';
import { MessageClaims } from './message-claims.service.js';
import { Opportunity } from './opportunity.entity.js';
import { Pipeline } from './pipeline.service.js';
import { Pitch } from './pitch.entity.js';
import { ReceivedMails } from './received-mails.service.js';
import { StateMachinesController } from './state-machines.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([Opportunity, Enrollment, Message, Pitch, Backlink])],
  controllers: [StateMachinesController],
  providers: [Pipeline, MessageClaims, ReceivedMails],
  exports: [Pipeline, MessageClaims, ReceivedMails],
})
export class PipelineModule {}
