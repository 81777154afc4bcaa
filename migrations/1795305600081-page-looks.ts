import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Looks at the pages that we ask about, before a follow-up and at the end of a sequence. */
export class PageLooks1795305600081 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE page_looks (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        -- the follow-up that waits for it, or the enrollment at its end
        subject_id   uuid NOT NULL,
        subject_type text NOT NULL CHECK (subject_type IN ('message', 'enrollment')),
        asked_at     timestamptz NOT NULL,
        -- somebody looks; past it that one is dead
        claimed_until timestamptz,
        looked_at    timestamptz,
        verdict      text CHECK (verdict IN ('live', 'not_live', 'unknown')),
        PRIMARY KEY (workspace_id, subject_id)
      );
      CREATE INDEX page_looks_asked_idx ON page_looks (asked_at) WHERE looked_at IS NULL;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE page_looks');
  }
}
