import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Steps whose conditions do not hold, and the mails that must be asked about theirs before they leave. */
export class StepsLeftOut1795305600040 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- why a step was left out; its time is that of the row, or of the mail that had been planned
      ALTER TABLE enrollment_steps ADD skipped_code text CHECK (length(skipped_code) <= 60);
      -- its step has conditions: they are asked again before it is claimed
      ALTER TABLE messages ADD conditional boolean NOT NULL DEFAULT false;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE messages DROP conditional; ALTER TABLE enrollment_steps DROP skipped_code;');
  }
}
