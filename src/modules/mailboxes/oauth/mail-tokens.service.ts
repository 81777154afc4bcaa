import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { GrantLost, MailOAuthClient, type MailProvider, type MailTokens } from '../../../platform/auth/mail-oauth-client.js';
import { Clock, MINUTE_MS, SECOND_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { SecretBox } from '../../../platform/secrets/secret-box.js';
import { disconnect } from '../mailbox-states.service.js';

/** There is no access token to log in with just now. */
export class LoginUnavailable extends Error {}

/** Renewed so long before its end: a login must not fail half way. */
const MARGIN_MS = MINUTE_MS;
/** One refresher at a time: most providers take a refresh token once. Longer than any answer takes. */
const LEASE_MS = 30 * SECOND_MS;
const LOOKS_MS = 100;

interface Kept {
  readonly provider: MailProvider | null;
  readonly sealed: string | null;
  readonly expiresAt: Date | null;
}

interface SealedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

interface Owner {
  readonly workspaceId: string;
  readonly id: string;
}

const KEPT = `SELECT oauth_provider AS provider, oauth_tokens_sealed AS sealed, oauth_expires_at AS "expiresAt"
  FROM mailboxes WHERE workspace_id = $1 AND id = $2`;
const LEASE = `UPDATE mailboxes SET oauth_refreshing_until = $3 WHERE workspace_id = $1 AND id = $2 AND oauth_tokens_sealed = $4
  AND (oauth_refreshing_until IS NULL OR oauth_refreshing_until <= $5) RETURNING id`;
const RENEW = `UPDATE mailboxes SET oauth_tokens_sealed = $3, oauth_expires_at = $4, oauth_refreshing_until = NULL
  WHERE workspace_id = $1 AND id = $2 AND oauth_tokens_sealed = $5`;
const EXPIRE = `UPDATE mailboxes SET oauth_expires_at = $3 WHERE workspace_id = $1 AND id = $2 AND oauth_tokens_sealed = $4`;
const GIVE_UP = 'UPDATE mailboxes SET oauth_refreshing_until = NULL WHERE workspace_id = $1 AND id = $2';

/** The tokens of accounts that were connected at their provider. */
@Injectable()
export class MailTokensKeeper {
  constructor(
    private readonly db: DataSource,
    private readonly client: MailOAuthClient,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  /** As columns of the mailbox. */
  columns(mailboxId: string, provider: MailProvider, tokens: MailTokens & { readonly refreshToken: string }) {
    return { oauthProvider: provider, oauthTokensSealed: this.seal(mailboxId, tokens), oauthExpiresAt: this.endOf(tokens) };
  }

  /**
   * Good for a minute or more; renewed by one process at a time, while the others wait for it.
   * @throws LoginUnavailable when the provider is out, or the account was taken back: then the mailbox is `needs_reconnect`
   */
  async accessToken(owner: Owner): Promise<string> {
    const patience = performance.now() + LEASE_MS;
    while (performance.now() < patience) {
      const kept = await firstRow<Kept>(this.db, KEPT, [owner.workspaceId, owner.id]);
      if (!kept?.sealed || !kept.provider || !kept.expiresAt) throw new LoginUnavailable('The mailbox is not connected with its provider.');
      if (kept.expiresAt.getTime() > this.now() + MARGIN_MS) return this.open(owner.id, kept.sealed).accessToken;
      if (await this.lease(owner, kept.sealed)) return this.renew(owner, kept.provider, kept.sealed);
      await pause(LOOKS_MS);
    }
    throw new LoginUnavailable('Another process has been renewing the access token for too long.');
  }

  /**
   * Another token than one that a mail server refuses, which its end did not announce: a provider ends tokens early when a password
   * changes. @throws as accessToken
   */
  async otherThan(refused: string, owner: Owner): Promise<string> {
    const kept = await firstRow<Kept>(this.db, KEPT, [owner.workspaceId, owner.id]);
    if (kept?.sealed && this.open(owner.id, kept.sealed).accessToken === refused) {
      await rows(this.db, EXPIRE, [owner.workspaceId, owner.id, new Date(this.now()), kept.sealed]); // not where another process has renewed it
    }
    return this.accessToken(owner);
  }

  private async lease({ workspaceId, id }: Owner, sealed: string): Promise<boolean> {
    const until = new Date(this.now() + LEASE_MS);
    return (await firstRow(this.db, LEASE, [workspaceId, id, until, sealed, new Date(this.now())])) !== undefined;
  }

  private async renew(owner: Owner, provider: MailProvider, sealed: string): Promise<string> {
    const { refreshToken } = this.open(owner.id, sealed);
    try {
      const tokens = await this.client.refresh(provider, refreshToken);
      const renewed = this.seal(owner.id, { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken });
      // not where somebody has connected the account anew meanwhile
      await rows(this.db, RENEW, [owner.workspaceId, owner.id, renewed, this.endOf(tokens), sealed]);
      return tokens.accessToken;
    } catch (error) {
      await this.giveUp(owner, error instanceof GrantLost ? error.message : undefined);
      throw new LoginUnavailable(error instanceof Error ? error.message : 'The access token could not be renewed.');
    }
  }

  private giveUp({ workspaceId, id }: Owner, lost: string | undefined): Promise<void> {
    return transact(this.db, async (tx) => {
      await rows(tx, GIVE_UP, [workspaceId, id]);
      if (lost !== undefined) await disconnect(tx, { workspaceId, mailboxId: id, reason: lost, at: this.clock.now() });
    });
  }

  private seal(mailboxId: string, { accessToken, refreshToken }: SealedTokens): string {
    return this.box.seal(JSON.stringify({ accessToken, refreshToken }), contextOf(mailboxId));
  }

  private open(mailboxId: string, sealed: string): SealedTokens {
    return JSON.parse(this.box.open(sealed, contextOf(mailboxId))) as SealedTokens; // sealed by ourselves, so of this shape
  }

  private endOf({ expiresInSeconds }: MailTokens): Date {
    return new Date(this.now() + expiresInSeconds * SECOND_MS);
  }

  private now(): number {
    return this.clock.now().getTime();
  }
}

function contextOf(mailboxId: string): string {
  return `mailbox.oauth:${mailboxId}`;
}
