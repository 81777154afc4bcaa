import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { publicActor } from '../../platform/auth/system-actor.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { firstRow } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { readUnsubscribeToken, type Unsubscriber, unsubscribeUrl } from '../../platform/mail/unsubscribe-token.js';
import { LinkSigner } from '../../platform/secrets/secret-box.js';
import { Suppressions } from '../suppressions/suppressions.service.js';

/** Links that stop all mail to one person, and the person's use of them; they never expire (standards 15-24). */
@Injectable()
export class Unsubscriptions {
  constructor(
    private readonly db: DataSource,
    private readonly suppressions: Suppressions,
    private readonly signer: LinkSigner,
    private readonly config: AppConfig,
  ) {}

  urlFor(who: Unsubscriber): string {
    return unsubscribeUrl(this.config.publicUrl, this.signer, who);
  }

  /** Whose mail a link stops; undefined when the token was not made here, or was changed. */
  async senderOf(token: string): Promise<string | undefined> {
    const who = readUnsubscribeToken(this.signer, token);
    const workspace = who && (await firstRow<{ name: string }>(this.db, 'SELECT name FROM workspaces WHERE id = $1', [who.workspaceId]));
    return workspace?.name;
  }

  /** Nobody in the workspace mails the person again; a second time changes nothing. @returns as `senderOf` */
  async stop(token: string, requestId: string): Promise<string | undefined> {
    const who = readUnsubscribeToken(this.signer, token);
    if (!who) return undefined;
    const { workspaceId, contactId } = who;
    await transact(this.db, async (tx) => {
      const contact = await firstRow<{ key: string }>(tx, 'SELECT email_key AS key FROM contacts WHERE workspace_id = $1 AND id = $2', [
        workspaceId,
        contactId,
      ]);
      if (!contact) return; // removed since: there is nobody left to mail
      const wish = { kind: 'address', value: contact.key, reason: 'unsubscribed by link', source: 'one_click' } as const;
      await this.suppressions.add(tx, publicActor(workspaceId, requestId), wish);
    });
    return this.senderOf(token);
  }
}
