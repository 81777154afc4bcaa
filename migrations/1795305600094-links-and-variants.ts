import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Domains that links in mails stand under, and variants that have lost. */
export class LinksAndVariants1795305600094 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    for (const table of ['projects', 'mailboxes']) {
      await db.query(`
        ALTER TABLE ${table}
          ADD COLUMN link_domain text CHECK (length(link_domain) BETWEEN 1 AND 260),
          -- when it last answered as this installation does; until then links stand under PUBLIC_URL
          ADD COLUMN link_domain_verified_at timestamptz,
          ADD CONSTRAINT ${table}_link_domain_verified_check CHECK (link_domain IS NOT NULL OR link_domain_verified_at IS NULL);`);
    }
    await db.query(`
      ALTER TABLE sequences ADD COLUMN retire_losers boolean NOT NULL DEFAULT false;
      CREATE TABLE variant_retirements (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        sequence_id  uuid NOT NULL,
        step_key     text NOT NULL CHECK (length(step_key) <= 64),
        variant_key  text NOT NULL CHECK (length(variant_key) <= 20),
        -- the one whose interval lay above it, and what was seen then
        lost_to      text NOT NULL CHECK (length(lost_to) <= 20),
        sent         int NOT NULL,
        replied      int NOT NULL,
        retired_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, sequence_id, step_key, variant_key),
        FOREIGN KEY (workspace_id, sequence_id) REFERENCES sequences (workspace_id, id) ON DELETE CASCADE
      );`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE variant_retirements; ALTER TABLE sequences DROP COLUMN retire_losers;');
    for (const table of ['projects', 'mailboxes'])
      await db.query(`ALTER TABLE ${table} DROP COLUMN link_domain, DROP COLUMN link_domain_verified_at;`);
  }
}
