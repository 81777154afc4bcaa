import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Invitations into a workspace, and links to choose a new password. */
export class People1795305600009 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE invitations (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        email        text NOT NULL CHECK (length(email) <= 254),
        role         text NOT NULL CHECK (role IN ('owner', 'manager', 'member', 'viewer')),
        -- null: all projects
        project_ids  uuid[],
        inviter_id   uuid NOT NULL,
        -- of the newest link: an older one ends when it is made
        token_hash   text NOT NULL CHECK (length(token_hash) = 64),
        created_at   timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL,
        accepted_at  timestamptz,
        revoked_at   timestamptz,
        -- wrong passwords for the account that it asks for
        failures     int NOT NULL DEFAULT 0,
        failed_at    timestamptz,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, inviter_id) REFERENCES members (workspace_id, id)
      );
      CREATE UNIQUE INDEX invitations_token_key ON invitations (token_hash);
      CREATE UNIQUE INDEX invitations_open_key ON invitations (workspace_id, lower(email)) WHERE accepted_at IS NULL AND revoked_at IS NULL;
      CREATE INDEX invitations_failures_idx ON invitations (lower(email)) WHERE failures > 0;

      CREATE TABLE password_resets (
        token_hash text PRIMARY KEY CHECK (length(token_hash) = 64),
        user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at    timestamptz
      );
      CREATE INDEX password_resets_user_idx ON password_resets (user_id, created_at);

      -- what a person has to do, and who goes leaves behind
      CREATE INDEX opportunities_owner_idx ON opportunities (workspace_id, owner_id);
      CREATE INDEX tasks_assignee_idx ON tasks (workspace_id, assignee_id) WHERE done_at IS NULL;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX tasks_assignee_idx, opportunities_owner_idx; DROP TABLE password_resets, invitations');
  }
}
