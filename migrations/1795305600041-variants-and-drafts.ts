import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Texts tried against each other, drafts that people read over, and campaigns that end by themselves. */
export class VariantsAndDrafts1795305600041 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE messages
        ADD step_kind text CHECK (step_kind IN ('mail', 'review')),
        -- which of several texts of its step it has
        ADD variant_key text CHECK (length(variant_key) <= 20);

      -- the wording of a mail before each change by a person, numbered from 1; never altered
      CREATE TABLE message_texts (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        message_id   uuid NOT NULL,
        number       int  NOT NULL,
        subject      text CHECK (length(subject) <= 2000),
        text         text CHECK (length(text) <= 1000000),
        html         text CHECK (length(html) <= 1000000),
        -- who put other words in their place
        replaced_by  uuid,
        replaced_at  timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, message_id, number)
      );

      -- how many mails of a campaign wait to leave, and the drafts that wait for a person
      CREATE INDEX messages_waiting_idx ON messages (workspace_id, campaign_id, step_kind) WHERE state IN ('draft', 'pending_approval', 'scheduled');
      CREATE INDEX messages_variant_idx ON messages (workspace_id, campaign_id) WHERE variant_key IS NOT NULL;
      -- whether a campaign has anyone left, and who follows which version of a sequence
      CREATE INDEX enrollments_open_idx ON enrollments (workspace_id, campaign_id) WHERE state IN ('pending', 'active', 'paused', 'postponed', 'blocked');
      CREATE INDEX enrollments_version_idx ON enrollments (workspace_id, sequence_version_id)
        WHERE state IN ('pending', 'active', 'paused', 'postponed', 'blocked');`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX enrollments_version_idx, enrollments_open_idx, messages_variant_idx, messages_waiting_idx;
      DROP TABLE message_texts;
      ALTER TABLE messages DROP variant_key, DROP step_kind;`);
  }
}
