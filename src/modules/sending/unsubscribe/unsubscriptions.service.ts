import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { publicActor } from '../../../platform/auth/system-actor.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { readUnsubscribeToken, type Unsubscriber, unsubscribeUrl } from '../../../platform/mail/compose/unsubscribe-token.js';
import { LinkSigner } from '../../../platform/secrets/secret-box.js';
import { LinkDomains } from '../../projects/link-domains.service.js';
import { Suppressions } from '../../suppressions/suppressions.service.js';

/**
 * The contact that a link was made for, and whom it turned out to be: each has an address of theirs, or its hash once it was
 * erased. A circle of merges ends the search.
 */
const WHO = `
  WITH RECURSIVE who (id, merged_into_id, key, hash) AS (
    SELECT id, merged_into_id, email_key, email_hash FROM contacts WHERE workspace_id = $1 AND id = $2
    UNION
    SELECT c.id, c.merged_into_id, c.email_key, c.email_hash FROM who JOIN contacts c ON c.workspace_id = $1 AND c.id = who.merged_into_id)
  SELECT key, hash FROM who`;

/** Links that stop all mail to one person, and the person's use of them; they never expire (standards 15-24). */
@Injectable()
export class Unsubscriptions {
  constructor(
    private readonly db: DataSource,
    private readonly suppressions: Suppressions,
    private readonly signer: LinkSigner,
    private readonly linkDomains: LinkDomains,
  ) {}

  /** As it stands in a mail from this mailbox about this project. */
  async urlFor(who: Unsubscriber, from: { readonly mailboxId: string | null; readonly projectId: string | null }): Promise<string> {
    return unsubscribeUrl(await this.linkDomains.baseOf(who.workspaceId, from), this.signer, who);
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
      const wish = { reason: 'unsubscribed by link', source: 'one_click' } as const;
      const actor = publicActor(workspaceId, requestId);
      // none when the contact was removed since: there is nobody left to mail
      for (const { key, hash } of await rows<{ key: string; hash: string | null }>(tx, WHO, [workspaceId, contactId])) {
        if (hash !== null) await this.suppressions.addHash(tx, actor, hash, wish);
        else await this.suppressions.add(tx, actor, { kind: 'address', value: key, ...wish });
      }
    });
    return this.senderOf(token);
  }
}
