import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { MailProvider } from '../../../platform/auth/mail-oauth-client.js';
import type { OidcSecrets } from '../../../platform/auth/oidc-client.js';
import { Clock, MINUTE_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { newId } from '../../../platform/ids.js';
import { SecretBox } from '../../../platform/secrets/secret-box.js';

/** Which account shall become which mailbox. */
export interface OAuthWish {
  readonly provider: MailProvider;
  /** An own mailbox that gets its login by it; a new one when absent. */
  readonly mailboxId?: string | undefined;
  readonly fromAddress?: string | undefined;
  readonly name?: string | undefined;
  readonly fromName?: string | undefined;
}

export interface OAuthFlow {
  readonly wish: OAuthWish;
  readonly secrets: OidcSecrets;
}

/** So long somebody may take at the provider. */
const FLOW_MS = 10 * MINUTE_MS;

/** What is kept while somebody is at the provider: for their session alone, and for one return. */
@Injectable()
export class OAuthFlows {
  constructor(
    private readonly db: DataSource,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  async keep({ workspaceId, sessionId }: Whose, flow: OAuthFlow): Promise<void> {
    const [id, at] = [newId(), this.clock.now()];
    await rows(this.db, 'DELETE FROM oauth_flows WHERE workspace_id = $1 AND expires_at <= $2', [workspaceId, at]);
    await rows(
      this.db,
      `INSERT INTO oauth_flows (workspace_id, id, session_id, state_hash, flow_sealed, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
      [workspaceId, id, sessionId, hashOf(flow.secrets.state), this.box.seal(JSON.stringify(flow), contextOf(id)), new Date(at.getTime() + FLOW_MS)],
    );
  }

  /** @returns undefined for what is not ours, of another session, used before, or too late */
  async take({ workspaceId, sessionId }: Whose, state: string): Promise<OAuthFlow | undefined> {
    const kept = await firstRow<{ id: string; sealed: string }>(
      this.db,
      `DELETE FROM oauth_flows WHERE workspace_id = $1 AND state_hash = $2 AND session_id = $3 AND expires_at > $4 RETURNING id, flow_sealed AS sealed`,
      [workspaceId, hashOf(state), sessionId, this.clock.now()],
    );
    return kept && (JSON.parse(this.box.open(kept.sealed, contextOf(kept.id))) as OAuthFlow); // sealed by ourselves, so of this shape
  }
}

interface Whose {
  readonly workspaceId: string;
  readonly sessionId: string;
}

function hashOf(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}

function contextOf(flowId: string): string {
  return `mailbox.oauth.flow:${flowId}`;
}
