import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Passwords at an invitation are counted with those of logins; a key that another key made is known as its child. */
export class Rights1795305600016 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- null: a person made it. A key never exceeds the one that made it, and ends with it
      ALTER TABLE api_keys
        ADD COLUMN made_by_key_id uuid,
        ADD CONSTRAINT api_keys_maker_fkey FOREIGN KEY (workspace_id, made_by_key_id) REFERENCES api_keys (workspace_id, id) ON DELETE CASCADE;
      CREATE INDEX api_keys_maker_idx ON api_keys (workspace_id, made_by_key_id) WHERE made_by_key_id IS NOT NULL;

      DROP INDEX invitations_failures_idx;
      ALTER TABLE invitations DROP COLUMN failures, DROP COLUMN failed_at;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE api_keys DROP COLUMN made_by_key_id;
      ALTER TABLE invitations ADD COLUMN failures int NOT NULL DEFAULT 0, ADD COLUMN failed_at timestamptz;
      CREATE INDEX invitations_failures_idx ON invitations (lower(email)) WHERE failures > 0;`);
  }
}
