import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rows } from '../../../platform/database/sql.js';
import { type ImapAccount, type SentCopy, SentFolder } from '../../../platform/mail/imap/sent-folder.js';
import { Mailbox } from '../../mailboxes/mailbox.entity.js';
import { MailLogins } from '../../mailboxes/logins/mail-logins.service.js';

export interface FolderReading {
  /** By Message-ID, in lower case: some servers change it. */
  readonly copies: ReadonlyMap<string, SentCopy>;
  /** Why what is missing there may have left all the same; null where it has not. */
  readonly noProof: string | null;
}

/** From when on copies are of interest, and until when this database surely knows what was sent. */
export interface ReadingTime {
  readonly from: Date;
  readonly provenBy: Date;
}

/** So many of the last mails that surely left are looked for: a folder that misses one proves nothing. */
const SAMPLE = 20;
const LAST_SENT = `
  SELECT rfc_message_id AS id FROM messages
   WHERE workspace_id = $1 AND mailbox_id = $2 AND direction = 'out' AND state = 'sent' AND rfc_message_id IS NOT NULL
     AND ($3::timestamptz IS NULL OR sent_at <= $3) ORDER BY sent_at DESC LIMIT ${String(SAMPLE)}`;

/** Reads folders of sent mails, and judges whether they keep all that is sent. */
@Injectable()
export class SentFolderReader {
  constructor(
    private readonly db: DataSource,
    private readonly folder: SentFolder,
    private readonly logins: MailLogins,
  ) {}

  async read({ workspaceId, id }: { readonly workspaceId: string; readonly id: string }, time: ReadingTime | null): Promise<FolderReading> {
    const mailbox = await this.db.manager.findOneByOrFail(Mailbox, { workspaceId, id });
    try {
      const account = await this.logins.imap(mailbox);
      if (!account) return nothing('it has no IMAP');
      const copies = await this.folder.list(account, time?.from ?? null);
      if (!copies) return nothing('there is no folder of sent mails');
      return { copies: new Map(copies.map((copy) => [copy.messageId.toLowerCase(), copy])), noProof: await this.doubts(mailbox, account, time) };
    } catch (error) {
      return nothing(`its folder of sent mails cannot be read (${error instanceof Error ? error.message : 'no connection'})`);
    }
  }

  /** A folder where mails are missing that did leave says nothing about others that are missing. */
  private async doubts({ workspaceId, id }: Mailbox, account: ImapAccount, time: ReadingTime | null): Promise<string | null> {
    const sent = await rows<{ id: string }>(this.db, LAST_SENT, [workspaceId, id, time?.provenBy ?? null]);
    if (sent.length === 0) return 'nothing was sent before, which would show that its folder keeps what is sent';
    const found = await this.folder.find(
      account,
      sent.map((mail) => mail.id),
    );
    const missing = sent.length - found.size;
    return missing === 0 ? null : `${String(missing)} of its last ${String(sent.length)} mails are not in its folder of sent mails`;
  }
}

function nothing(noProof: string): FolderReading {
  return { copies: new Map(), noProof };
}
