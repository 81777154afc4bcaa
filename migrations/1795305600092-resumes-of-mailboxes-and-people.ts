import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became too late while a mailbox was away or one person was held, and since when a step waits that cannot be written. */
export class ResumesOfMailboxesAndPeople1795305600092 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE mailboxes
        -- follow-ups that were due before then are not sent any more: whoever brought it back has said so
        ADD late_before timestamptz;
      CREATE INDEX mailboxes_late_idx ON mailboxes (workspace_id, id) WHERE late_before IS NOT NULL;

      ALTER TABLE enrollments
        ADD late_before timestamptz,
        -- when the step was due that something blocks; next_at is the next look at it
        ADD due_at timestamptz;
      CREATE INDEX enrollments_late_idx ON enrollments (workspace_id, id)
        WHERE late_before IS NOT NULL AND state IN ('pending', 'active', 'postponed', 'blocked');
      CREATE INDEX enrollments_mailbox_idx ON enrollments (workspace_id, mailbox_id)
        WHERE state IN ('pending', 'active', 'postponed', 'blocked');`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX enrollments_mailbox_idx, enrollments_late_idx, mailboxes_late_idx;
      ALTER TABLE enrollments DROP late_before, DROP due_at;
      ALTER TABLE mailboxes DROP late_before;`);
  }
}
