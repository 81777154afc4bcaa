import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What targets answer, and how addresses are compared. */
export class TargetLooks1795305600100 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE workspaces
        ADD COLUMN link_ignore_slash boolean NOT NULL DEFAULT false,
        ADD COLUMN link_ignore_www boolean NOT NULL DEFAULT false;
      CREATE TABLE target_looks (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        -- a target, or an address near one that may redirect to it
        url_key      text NOT NULL CHECK (length(url_key) <= 2048),
        looked_at    timestamptz NOT NULL,
        -- null when it could not be seen
        status       int,
        -- where it redirects to; null when nowhere
        ends_at_url  text CHECK (length(ends_at_url) <= 4096),
        PRIMARY KEY (workspace_id, url_key)
      );
      CREATE INDEX target_looks_looked_idx ON target_looks (looked_at);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE target_looks;
      ALTER TABLE workspaces DROP COLUMN link_ignore_slash, DROP COLUMN link_ignore_www;`);
  }
}
