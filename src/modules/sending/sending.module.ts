import { Module } from '@nestjs/common';
import { MailboxesModule } from '../mailboxes/mailboxes.module.js';
import { OutreachModule } from '../outreach/outreach.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { Delivery, Transmissions } from './delivery.service.js';
import { DomainVolume } from './limits/domain-volume.service.js';
import { Explanations } from './explanations.service.js';
import { FinalCheck, Hold, MailFactsReader } from './final-check.service.js';
import { MailboxAlarms } from './mailbox-alarms.service.js';
import { MailboxTurn } from './mailbox-turn.service.js';
import { MailsLeftOut } from './mails-left-out.service.js';
import { MessagesController } from './messages.controller.js';
import { Messages } from './messages.service.js';
import { OutgoingMails } from './outgoing-mails.service.js';
import { Outcomes, SentMails } from './outcomes.service.js';
import { Refusals } from './refusals.service.js';
import { SentCopies } from './sent-copies.service.js';
import { SentLooks } from './sent-looks.service.js';
import { LeaseKeeper, SendingLoops, SendLanes } from './sending-loops.js';
import { UnsubscribeController } from './unsubscribe.controller.js';
import { Unsubscriptions } from './unsubscriptions.service.js';

/** Mail going out: what is due leaves once, and only while every gate is open. */
@Module({
  imports: [WorkspacesModule, PipelineModule, SuppressionsModule, MailboxesModule, OutreachModule],
  controllers: [MessagesController, UnsubscribeController],
  providers: [
    ...[MailFactsReader, Hold, FinalCheck, MailsLeftOut, DomainVolume, MailboxTurn],
    ...[Unsubscriptions, OutgoingMails, Transmissions, Delivery, SentMails, MailboxAlarms, Refusals, Outcomes],
    ...[SentLooks, SentCopies, SendLanes, LeaseKeeper, SendingLoops, Messages, Explanations],
  ],
})
export class SendingModule {}
