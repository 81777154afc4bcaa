import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MailOAuthClient } from '../../platform/auth/mail-oauth-client.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { SentFolder } from '../../platform/mail/imap/sent-folder.js';
import { SmtpSender } from '../../platform/mail/smtp/smtp-sender.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { DkimKeys } from './logins/dkim-keys.service.js';
import { MailHosts } from './logins/mail-hosts.js';
import { MailLogins } from './logins/mail-logins.service.js';
import { MailboxTests } from './logins/mailbox-tests.service.js';
import { Mailbox } from './mailbox.entity.js';
import { MailboxesController } from './mailboxes.controller.js';
import { Mailboxes } from './mailboxes.service.js';
import { ConnectedAccounts } from './oauth/connected-accounts.service.js';
import { MailOAuthController } from './oauth/mail-oauth.controller.js';
import { MailTokensKeeper } from './oauth/mail-tokens.service.js';
import { OAuthFlows } from './oauth/oauth-flows.service.js';
import { ReadinessController } from './readiness/readiness.controller.js';
import { Readiness } from './readiness/readiness.service.js';
import { SenderDns } from './readiness/sender-dns.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Mailbox]), ProjectsModule],
  controllers: [MailOAuthController, MailboxesController, ReadinessController],
  providers: [
    Mailboxes,
    MailHosts,
    DkimKeys,
    MailLogins,
    ...[MailOAuthClient, MailTokensKeeper, OAuthFlows, ConnectedAccounts],
    MailboxTests,
    { provide: SentFolder, inject: [MailHosts], useFactory: (hosts: MailHosts) => new SentFolder({ resolve: hosts.addressesOf }) },
    Readiness,
    SenderDns,
    {
      provide: SmtpSender,
      inject: [MailHosts, AppConfig],
      useFactory: (hosts: MailHosts, { MAILBOX_CONNECTIONS: connectionsPerMailbox }: AppConfig) =>
        new SmtpSender({ resolve: hosts.addressesOf, connectionsPerMailbox }),
    },
  ],
  exports: [Mailboxes, MailboxTests, MailLogins, SmtpSender, SentFolder, DkimKeys],
})
export class MailboxesModule implements OnApplicationShutdown {
  constructor(private readonly sender: SmtpSender) {}

  /** After the loops that send have stopped: mails under way end first. */
  async onApplicationShutdown(): Promise<void> {
    await this.sender.close();
  }
}
