import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DomainError } from '../../../domain/errors.js';
import { bareMessageId } from '../../../domain/message-ids.js';
import { Clock } from '../../../platform/clock.js';
import type { ComposedMail } from '../../../platform/mail/compose/compose.js';
import { type ImapAccount, SentFolder } from '../../../platform/mail/imap/sent-folder.js';
import { MailLogins } from '../../mailboxes/logins/mail-logins.service.js';
import { Mailbox } from '../../mailboxes/mailbox.entity.js';
import type { DueMailbox } from '../claim/sending.queries.js';
import { OutgoingMails } from './outgoing-mails.service.js';
import { type DueCopy, endCopies, mailboxWithCopiesDue, takeCopies } from './sent-copies.queries.js';

/** Copies of sent mails for the mail programs of people, where the mailbox asks for them. The mail has left, whatever becomes of its copy. */
@Injectable()
export class SentCopies {
  private readonly logger = new Logger(SentCopies.name);

  constructor(
    private readonly db: DataSource,
    private readonly folder: SentFolder,
    private readonly logins: MailLogins,
    private readonly mails: OutgoingMails,
    private readonly clock: Clock,
  ) {}

  /** As soon as it has been sent; what fails is left to `work`. */
  async keep(mailbox: Mailbox, messageId: string, { raw }: ComposedMail): Promise<void> {
    if (!mailbox.sentCopy) return;
    const { workspaceId, id: mailboxId } = mailbox;
    try {
      const account = await this.logins.imap(mailbox);
      if (account) await this.folder.append(account, raw, this.clock.now());
      await endCopies(this.db.manager, workspaceId, [messageId]);
    } catch (error) {
      this.logger.warn({ err: error, workspaceId, mailboxId, messageId }, 'a sent mail has no copy in its folder yet');
    }
  }

  /** Copies of one mailbox that could not be kept, as a loop's work. @returns whether there may be more */
  async work(): Promise<boolean> {
    const due = await mailboxWithCopiesDue(this.db.manager, this.clock.now());
    if (!due) return false;
    const copies = await takeCopies(this.db.manager, due, this.clock.now());
    if (copies.length > 0) await this.keepAll(due, copies);
    return true;
  }

  private async keepAll({ workspaceId, id }: DueMailbox, copies: readonly DueCopy[]): Promise<void> {
    const mailbox = await this.db.manager.findOneByOrFail(Mailbox, { workspaceId, id });
    try {
      const account = mailbox.sentCopy ? await this.logins.imap(mailbox) : undefined;
      if (account) await this.putThere(account, mailbox, copies);
      else await this.end(workspaceId, copies);
    } catch (error) {
      const lost = copies.filter(({ last }) => last).map((copy) => copy.id);
      this.logger.warn({ err: error, workspaceId, mailboxId: id, messageIds: lost }, lost.length > 0 ? 'copies of sent mails are given up' : 'copies of sent mails wait'); // prettier-ignore
    }
  }

  /** One that stands there already, since whoever put it there died before it could say so, is not put there again. */
  private async putThere(account: ImapAccount, mailbox: Mailbox, copies: readonly DueCopy[]): Promise<void> {
    const { workspaceId, id } = mailbox;
    const there = await this.folder.find(
      account,
      copies.flatMap(({ rfcMessageId }) => rfcMessageId ?? []),
    );
    const texts = await this.mails.load({ workspaceId, id }, copies.map((copy) => copy.id)); // prettier-ignore
    for (const copy of copies) {
      const text = texts.get(copy.id);
      const sentAt = copy.sentAt ?? this.clock.now();
      const mail = text && !there.has(bareMessageId(copy.rfcMessageId ?? '')) ? await this.compose(() => this.mails.compose(text, mailbox, sentAt)) : undefined; // prettier-ignore
      if (mail) await this.folder.append(account, mail.raw, sentAt);
      await this.end(workspaceId, [copy]);
    }
  }

  /** What has been erased meanwhile makes no mail any more. */
  private async compose(make: () => Promise<ComposedMail>): Promise<ComposedMail | undefined> {
    return make().catch((error: unknown) => {
      if (error instanceof DomainError) return undefined;
      throw error;
    });
  }

  private end(workspaceId: string, copies: readonly DueCopy[]): Promise<void> {
    return endCopies(
      this.db.manager,
      workspaceId,
      copies.map(({ id }) => id),
    );
  }
}
