import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock, DAY_MS, HOUR_MS, MINUTE_MS } from '../../../platform/clock.js';
import { hot } from '../../../platform/database/preparing-client.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { SentFolder } from '../../../platform/mail/imap/sent-folder.js';
import { Mailbox } from '../../mailboxes/mailbox.entity.js';
import { MailLogins } from '../../mailboxes/logins/mail-logins.service.js';
import { SentMails } from './outcomes.service.js';
import { findAttempted } from './attempted-mails.queries.js';
import { type DueMailbox, lockSite } from '../claim/sending.queries.js';

/** After this nobody expects a mail in the folder any more; a person decides. */
const LOOKS_FOR_MS = 7 * DAY_MS;
/** Asked for at one time. */
const MAILS_AT_ONCE = 200;

/** Marks the next look first, so that a folder that cannot be read is not asked again at once, nor by another worker. */
const PICK = hot(`
  /* all-workspaces: whichever mailbox has a mail of unknown fate to look for */
  UPDATE mailboxes SET sent_look_at = $2 WHERE (workspace_id, id) = (
    SELECT mb.workspace_id, mb.id FROM mailboxes mb
     WHERE (mb.workspace_id, mb.id) IN (SELECT m.workspace_id, m.mailbox_id FROM messages m WHERE m.state = 'delivery_unknown' AND m.transmitting_at > $3)
       AND mb.imap_host IS NOT NULL AND mb.state <> 'disabled' AND (mb.sent_look_at IS NULL OR mb.sent_look_at <= $1)
     ORDER BY mb.sent_look_at NULLS FIRST LIMIT 1 FOR NO KEY UPDATE OF mb SKIP LOCKED)
  RETURNING workspace_id AS "workspaceId", id`);

const UNKNOWN = `
  SELECT id, rfc_message_id AS "rfcMessageId", transmitting_at AS "transmittingAt" FROM messages
   WHERE workspace_id = $1 AND mailbox_id = $2 AND state = 'delivery_unknown' AND rfc_message_id IS NOT NULL AND transmitting_at > $3
   ORDER BY transmitting_at DESC LIMIT ${MAILS_AT_ONCE}`;

interface UnknownMail {
  readonly id: string;
  readonly rfcMessageId: string;
  readonly transmittingAt: Date;
}

/** Looks for mails of unknown fate in the folder of sent mails. What is not there proves nothing, and is never sent again by itself. */
@Injectable()
export class SentLooks {
  private readonly logger = new Logger(SentLooks.name);

  constructor(
    private readonly db: DataSource,
    private readonly folder: SentFolder,
    private readonly logins: MailLogins,
    private readonly sent: SentMails,
    private readonly clock: Clock,
  ) {}

  /** One mailbox, as a loop's work. @returns whether there may be more */
  async work(): Promise<boolean> {
    const now = this.clock.now().getTime();
    const [soon, since] = [new Date(now + 5 * MINUTE_MS), new Date(now - LOOKS_FOR_MS)];
    const mailbox = await firstRow<DueMailbox>(this.db, PICK, [this.clock.now(), soon, since]);
    if (!mailbox) return false;
    const mails = await rows<UnknownMail>(this.db, UNKNOWN, [mailbox.workspaceId, mailbox.id, since]);
    await this.look(mailbox, mails);
    const old = mails.every(({ transmittingAt }) => transmittingAt.getTime() < now - HOUR_MS);
    if (old) await restUntil(this.db.manager, mailbox, new Date(now + HOUR_MS));
    return true;
  }

  private async look(mailbox: DueMailbox, mails: readonly UnknownMail[]): Promise<void> {
    const found = await this.find(mailbox, mails);
    for (const mail of mails.filter(({ rfcMessageId }) => found.has(rfcMessageId))) await this.settle(mailbox.workspaceId, mail.id);
  }

  private async find({ workspaceId, id }: DueMailbox, mails: readonly UnknownMail[]): Promise<ReadonlySet<string>> {
    const mailbox = await this.db.manager.findOneByOrFail(Mailbox, { workspaceId, id });
    try {
      const account = await this.logins.imap(mailbox);
      const ids = mails.map(({ rfcMessageId }) => rfcMessageId);
      return account ? await this.folder.find(account, ids) : new Set();
    } catch (error) {
      this.logger.warn({ err: error, workspaceId, mailboxId: id }, 'a folder of sent mails cannot be read');
      return new Set();
    }
  }

  /** A person may have decided meanwhile, and the mail be on its way again: then the copy says nothing about that try. */
  private settle(workspaceId: string, messageId: string): Promise<void> {
    return transact(this.db, async (tx) => {
      await lockSite(tx, workspaceId, messageId);
      const mail = await findAttempted(tx, workspaceId, messageId);
      if (mail?.state !== 'delivery_unknown') return;
      await this.sent.record(tx, mail, { kind: 'sent', response: 'Found in the folder of sent mails.' });
    });
  }
}

async function restUntil(tx: EntityManager, { workspaceId, id }: DueMailbox, until: Date): Promise<void> {
  await rows(tx, 'UPDATE mailboxes SET sent_look_at = $3 WHERE workspace_id = $1 AND id = $2', [workspaceId, id, until]);
}
