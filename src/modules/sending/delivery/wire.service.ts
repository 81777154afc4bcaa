import { Injectable } from '@nestjs/common';
import type { ComposedMail } from '../../../platform/mail/compose/compose.js';
import type { SendOutcome } from '../../../platform/mail/smtp/send-outcome.js';
import { SmtpSender } from '../../../platform/mail/smtp/smtp-sender.js';
import { LoginUnavailable, MailLogins } from '../../mailboxes/logins/mail-logins.service.js';
import type { OpenMailbox } from './outgoing-mails.service.js';

/** Authentication credentials invalid (RFC 4954 section 6). */
const LOGIN_REFUSED = 535;

/** Hands mails to the servers of their mailboxes. */
@Injectable()
export class Wire {
  constructor(
    private readonly sender: SmtpSender,
    private readonly logins: MailLogins,
  ) {}

  /** One attempt; after a refused access token a second with a new one, since the server has not even heard of the mail then. */
  async send({ mailbox, account }: OpenMailbox, mail: ComposedMail): Promise<SendOutcome> {
    const outcome = await this.sender.send(account, mail);
    if (account.accessToken === undefined || !isLoginRefused(outcome)) return outcome;
    try {
      return await this.sender.send(await this.logins.renewed(mailbox, account), mail);
    } catch (error) {
      if (error instanceof LoginUnavailable) return { kind: 'not_begun', detail: error.message };
      throw error;
    }
  }
}

function isLoginRefused(outcome: SendOutcome): boolean {
  return outcome.kind === 'refused_permanent' && outcome.stage === 'session' && outcome.code === LOGIN_REFUSED;
}
