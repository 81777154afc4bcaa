import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Copies for the folder of sent mails that are still to be put there: kept trying through restarts. */
export class CopiesOfSentMails1795305600091 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE messages ADD copy_due_at timestamptz, ADD copy_tries smallint NOT NULL DEFAULT 0;
      CREATE INDEX messages_copy_due_idx ON messages (copy_due_at) WHERE copy_due_at IS NOT NULL`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX messages_copy_due_idx; ALTER TABLE messages DROP copy_due_at, DROP copy_tries');
  }
}
