import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AuditModule } from './modules/audit/audit.module.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { BacklinksModule } from './modules/backlinks/backlinks.module.js';
import { CampaignsModule } from './modules/campaigns/campaigns.module.js';
import { InboxModule } from './modules/inbox/inbox.module.js';
import { MailboxesModule } from './modules/mailboxes/mailboxes.module.js';
import { OpportunitiesModule } from './modules/opportunities/opportunities.module.js';
import { OutreachModule } from './modules/outreach/outreach.module.js';
import { PipelineModule } from './modules/pipeline/pipeline.module.js';
import { PitchesModule } from './modules/pitches/pitches.module.js';
import { PrivacyModule } from './modules/privacy/privacy.module.js';
import { ProjectsModule } from './modules/projects/projects.module.js';
import { ProspectsModule } from './modules/prospects/prospects.module.js';
import { SendingModule } from './modules/sending/sending.module.js';
import { SequencesModule } from './modules/sequences/sequences.module.js';
import { SuppressionsModule } from './modules/suppressions/suppressions.module.js';
import { TemplatesModule } from './modules/templates/templates.module.js';
import { WebhooksModule } from './modules/webhooks/webhooks.module.js';
import { WorkspacesModule } from './modules/workspaces/workspaces.module.js';
import type { Clock } from './platform/clock.js';
import type { AppConfig } from './platform/config/app-config.js';
import { CoreModule } from './platform/core.module.js';
import { HttpModule } from './platform/http/http.module.js';
import { SandboxModule } from './platform/sandbox.module.js';
import { loggerParams } from './platform/telemetry/logger.js';

/** All features, in the order of ladder.json. */
const FEATURES = [
  WorkspacesModule,
  AuthModule,
  PipelineModule,
  ProjectsModule,
  SuppressionsModule,
  ProspectsModule,
  TemplatesModule,
  SequencesModule,
  MailboxesModule,
  CampaignsModule,
  OpportunitiesModule,
  OutreachModule,
  SendingModule,
  PitchesModule,
  BacklinksModule,
  InboxModule,
  WebhooksModule,
  PrivacyModule,
  AuditModule,
];

@Module({})
export class AppModule {
  /** @param clock only tests give one */
  static with(config: AppConfig, clock?: Clock): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(loggerParams(config.LOG_LEVEL)),
        CoreModule.with(config, clock),
        HttpModule,
        ...(config.SANDBOX ? [SandboxModule] : []),
        ...FEATURES,
      ],
    };
  }
}
