import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mailboxes that log in by an account at their provider. */
export class MailAccounts1795305600061 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- what is kept while somebody is at the provider; a row is used once, by the session that made it
      CREATE TABLE oauth_flows (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        session_id   uuid NOT NULL,
        state_hash   text NOT NULL CHECK (length(state_hash) = 64),
        flow_sealed  text NOT NULL,
        expires_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        CONSTRAINT oauth_flows_state_key UNIQUE (workspace_id, state_hash)
      );
      ALTER TABLE mailboxes
        -- one process renews a token at a time
        ADD COLUMN oauth_refreshing_until timestamptz,
        ADD CONSTRAINT mailboxes_oauth_check CHECK (smtp_auth <> 'oauth' OR
          (oauth_provider IS NOT NULL AND oauth_tokens_sealed IS NOT NULL AND oauth_expires_at IS NOT NULL));`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE mailboxes DROP CONSTRAINT mailboxes_oauth_check, DROP COLUMN oauth_refreshing_until;
      DROP TABLE oauth_flows;`);
  }
}
