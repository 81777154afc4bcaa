import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = {
  opportunity: 'opportunities',
  enrollment: 'enrollments',
  message: 'messages',
  pitch: 'pitches',
  backlink: 'backlinks',
  campaign: 'campaigns',
};

/** Notes that people write, beside the reasons that commands keep as notes; each knows the project of what it stands on. */
export class Notes1795305600095 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE notes
        -- a reason belongs to what was done for it, and stays as it is
        ADD COLUMN kind text NOT NULL DEFAULT 'reason' CHECK (kind IN ('note', 'reason')),
        -- of what it stands on; null for sites, people and what belongs to no project
        ADD COLUMN project_id uuid,
        ADD COLUMN changed_at timestamptz;
      CREATE INDEX notes_created_idx ON notes (workspace_id, created_at DESC, id DESC);
      CREATE INDEX notes_project_idx ON notes (workspace_id, project_id, created_at DESC, id DESC);
      CREATE INDEX tasks_subject_idx ON tasks (workspace_id, subject_id);`);
    for (const [type, table] of Object.entries(TABLES)) {
      await db.query(
        `/* all-workspaces: notes from before */ UPDATE notes n SET project_id = x.project_id FROM ${table} x WHERE n.subject_type = '${type}' AND x.workspace_id = n.workspace_id AND x.id = n.subject_id`,
      );
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX tasks_subject_idx, notes_project_idx, notes_created_idx;
      ALTER TABLE notes DROP COLUMN changed_at, DROP COLUMN project_id, DROP COLUMN kind;`);
  }
}
