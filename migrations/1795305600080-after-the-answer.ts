import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose turn it is at a card, follow-ups that an answer cancels, who answers a thread, tasks that people make. */
export class AfterTheAnswer1795305600080 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE opportunities
        ADD COLUMN waiting_on text CHECK (waiting_on IN ('us', 'them')),
        ADD COLUMN waiting_since timestamptz,
        -- a person's reminder
        ADD COLUMN next_action_on date;
      CREATE INDEX opportunities_waiting_idx ON opportunities (workspace_id, waiting_on, waiting_since) WHERE waiting_on IS NOT NULL;
      CREATE INDEX opportunities_next_action_idx ON opportunities (workspace_id, (next_action_on::timestamp AT TIME ZONE 'UTC')) WHERE next_action_on IS NOT NULL;

      ALTER TABLE messages
        -- the mail of ours after which this one goes out, unless somebody answers
        ADD COLUMN follow_up_of uuid,
        -- business days of silence
        ADD COLUMN follow_up_days smallint;

      -- a thread is its messages; this is who answers it, where that is not the owner of the card
      CREATE TABLE thread_assignees (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        thread_id    uuid NOT NULL,
        member_id    uuid NOT NULL,
        assigned_at  timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, thread_id),
        FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
      );
      CREATE INDEX thread_assignees_member_idx ON thread_assignees (workspace_id, member_id);

      -- of what a person writes down there may be several on one thing
      DROP INDEX tasks_open_key;
      CREATE UNIQUE INDEX tasks_open_key ON tasks (workspace_id, kind, subject_id) WHERE done_at IS NULL AND kind <> 'todo';`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX tasks_open_key;
      CREATE UNIQUE INDEX tasks_open_key ON tasks (workspace_id, kind, subject_id) WHERE done_at IS NULL;
      DROP TABLE thread_assignees;
      ALTER TABLE messages DROP COLUMN follow_up_days, DROP COLUMN follow_up_of;
      ALTER TABLE opportunities DROP COLUMN next_action_on, DROP COLUMN waiting_since, DROP COLUMN waiting_on;`);
  }
}
