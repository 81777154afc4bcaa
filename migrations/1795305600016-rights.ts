import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Passwords at an invitation are counted with those of logins; a key that another key made is known as its child, and a job knows by whose rights it runs. */
export class Rights1795305600016 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX invitations_failures_idx;
      ALTER TABLE invitations DROP COLUMN failures, DROP COLUMN failed_at;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE invitations ADD COLUMN failures int NOT NULL DEFAULT 0, ADD COLUMN failed_at timestamptz;
      CREATE INDEX invitations_failures_idx ON invitations (lower(email)) WHERE failures > 0;`);
  }
}
