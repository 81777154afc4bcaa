import { SECOND_MS } from '../../../platform/clock.js';
import type { Batch } from '../claim/mailbox-turn.service.js';
import type { MailText } from './attempted-mails.queries.js';
import type { OpenMailbox, OutgoingMails } from './outgoing-mails.service.js';

export interface LoadedMail extends OpenMailbox {
  readonly message: MailText;
}

const READ_AT_ONCE = 50;
/** A login that a person has corrected counts from then on. */
const KEPT_MS = 5 * SECOND_MS;

interface ReadMails {
  readonly until: number;
  readonly opened: OpenMailbox;
  readonly messages: ReadonlyMap<string, MailText>;
}

/** The mails of a batch, read some at a time, with their mailbox; anew when what was read is some seconds old. */
export class MailsAhead {
  private read: Promise<ReadMails> | undefined;

  constructor(
    private readonly mails: OutgoingMails,
    private readonly batch: Batch,
  ) {}

  /** @returns undefined for a message that is gone. @throws WrongSecretKey, LoginUnavailable */
  async load(messageId: string): Promise<LoadedMail | undefined> {
    const read = (await this.fresh(messageId)) ?? (await this.readFrom(messageId));
    const message = read.messages.get(messageId);
    return message && { ...read.opened, message };
  }

  private async fresh(messageId: string): Promise<ReadMails | undefined> {
    const read = await this.read?.catch(() => undefined);
    return read && read.until > performance.now() && read.messages.has(messageId) ? read : undefined;
  }

  private readFrom(messageId: string): Promise<ReadMails> {
    const ids = this.batch.messageIds.slice(this.batch.messageIds.indexOf(messageId)).slice(0, READ_AT_ONCE);
    this.read = this.readAll(ids);
    return this.read;
  }

  private async readAll(ids: readonly string[]): Promise<ReadMails> {
    const until = performance.now() + KEPT_MS;
    const opened = await this.mails.open(this.batch.mailbox);
    return { until, opened, messages: await this.mails.load(this.batch.mailbox, ids) };
  }
}
