import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SentFolder } from '../../platform/mail/sent-folder.js';
import { SmtpSender } from '../../platform/mail/smtp-sender.js';
import { DkimKeys } from './dkim-keys.service.js';
import { MailHosts } from './mail-hosts.js';
import { MailLogins } from './mail-logins.service.js';
import { MailboxTests } from './mailbox-tests.service.js';
import { Mailbox } from './mailbox.entity.js';
import { MailboxesController } from './mailboxes.controller.js';
import { Mailboxes } from './mailboxes.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Mailbox])],
  controllers: [MailboxesController],
  providers: [
    Mailboxes,
    MailHosts,
    DkimKeys,
    MailLogins,
    MailboxTests,
    { provide: SentFolder, inject: [MailHosts], useFactory: (hosts: MailHosts) => new SentFolder({ resolve: hosts.addressesOf }) },
    { provide: SmtpSender, inject: [MailHosts], useFactory: (hosts: MailHosts) => new SmtpSender({ resolve: hosts.addressesOf }) },
  ],
  exports: [Mailboxes, MailLogins, SmtpSender, SentFolder, DkimKeys],
})
export class MailboxesModule implements OnApplicationShutdown {
  constructor(private readonly sender: SmtpSender) {}

  /** After the loops that send have stopped: mails under way end first. */
  async onApplicationShutdown(): Promise<void> {
    await this.sender.close();
  }
}
