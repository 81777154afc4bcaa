import { Module } from '@nestjs/common';
import { MailboxesModule } from '../mailboxes/mailboxes.module.js';
import { OutreachModule } from '../outreach/outreach.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { Delivery, Transmissions } from './delivery/delivery.service.js';
import { DomainVolume } from './limits/domain-volume.service.js';
import { CampaignExplanations } from './explain/campaign-explanations.service.js';
import { CampaignExplanationsController, EnrollmentExplanationsController } from './explain/explanations.controller.js';
import { EnrollmentExplanations } from './explain/enrollment-explanations.service.js';
import { DraftTexts } from './messages/draft-texts.service.js';
import { Explanations } from './explain/explanations.service.js';
import { Turns } from './explain/turns.service.js';
import { FinalCheck, Hold, MailFactsReader } from './claim/final-check.service.js';
import { MailboxAlarms } from './delivery/mailbox-alarms.service.js';
import { MailboxTurn } from './claim/mailbox-turn.service.js';
import { MailsLeftOut } from './messages/mails-left-out.service.js';
import { MessagesController } from './messages/messages.controller.js';
import { Messages } from './messages/messages.service.js';
import { OutgoingMails } from './delivery/outgoing-mails.service.js';
import { Outcomes, SentMails } from './delivery/outcomes.service.js';
import { RestoredMails } from './restore/restored-mails.service.js';
import { SentFolderReader } from './restore/sent-folder-reader.service.js';
import { Refusals } from './delivery/refusals.service.js';
import { Wire } from './delivery/wire.service.js';
import { SentCopies } from './delivery/sent-copies.service.js';
import { SentLooks } from './delivery/sent-looks.service.js';
import { LeaseKeeper, SendingLoops, SendLanes } from './sending-loops.js';
import { UnsubscribeController } from './unsubscribe/unsubscribe.controller.js';
import { Unsubscriptions } from './unsubscribe/unsubscriptions.service.js';

/** Mail going out: what is due leaves once, and only while every gate is open. */
@Module({
  imports: [WorkspacesModule, PipelineModule, SuppressionsModule, MailboxesModule, OutreachModule, ProjectsModule, TemplatesModule],
  controllers: [MessagesController, CampaignExplanationsController, EnrollmentExplanationsController, UnsubscribeController],
  providers: [
    ...[MailFactsReader, Hold, FinalCheck, MailsLeftOut, DomainVolume, MailboxTurn],
    ...[Unsubscriptions, OutgoingMails, Transmissions, Delivery, SentMails, MailboxAlarms, Refusals, Outcomes],
    ...[SentLooks, SentCopies, Wire, SendLanes, LeaseKeeper, SendingLoops, DraftTexts, Messages],
    ...[Turns, Explanations, CampaignExplanations, EnrollmentExplanations],
    ...[SentFolderReader, RestoredMails],
  ],
})
export class SendingModule {}
