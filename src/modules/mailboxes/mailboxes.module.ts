import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SmtpSender } from '../../platform/mail/smtp-sender.js';
import { MailHosts } from './mail-hosts.js';
import { Mailbox } from './mailbox.entity.js';
import { MailboxesController } from './mailboxes.controller.js';
import { Mailboxes } from './mailboxes.service.js';
import { ReadinessController } from './readiness/readiness.controller.js';
import { Readiness } from './readiness/readiness.service.js';
import { SenderDns } from './readiness/sender-dns.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Mailbox])],
  controllers: [MailboxesController, ReadinessController],
  providers: [
    Mailboxes,
    MailHosts,
    Readiness,
    SenderDns,
    { provide: SmtpSender, inject: [MailHosts], useFactory: (hosts: MailHosts) => new SmtpSender({ resolve: hosts.addressesOf }) },
  ],
  exports: [Mailboxes, SmtpSender],
})
export class MailboxesModule implements OnApplicationShutdown {
  constructor(private readonly sender: SmtpSender) {}

  /** After the loops that send have stopped: mails under way end first. */
  async onApplicationShutdown(): Promise<void> {
    await this.sender.close();
  }
}
