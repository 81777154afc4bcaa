import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was given ends with its giver: an invitation that a key made is good no longer than the key. */
export class InvitationsOfKeys1795305600018 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE invitations
        -- null: a person asked
        ADD COLUMN key_id uuid,
        ADD CONSTRAINT invitations_key_fkey FOREIGN KEY (workspace_id, key_id) REFERENCES api_keys (workspace_id, id) ON DELETE CASCADE;
      CREATE INDEX invitations_key_idx ON invitations (workspace_id, key_id) WHERE key_id IS NOT NULL`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE invitations DROP COLUMN key_id');
  }
}
