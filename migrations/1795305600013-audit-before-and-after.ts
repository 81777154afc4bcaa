import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit log tells the key, the kind of thing and its values before and after, and no statement empties it; the history of states holds no words. */
export class AuditBeforeAndAfter1795305600013 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE audit_log
        ADD COLUMN key_id uuid,
        ADD COLUMN subject_type text CHECK (length(subject_type) <= 60),
        -- [{ field, from, to }]; without from and to where the value is a name, a secret or a text
        ADD COLUMN changes jsonb NOT NULL DEFAULT '[]';

      -- the entries outlive every wish to remove their workspace: a workspace that people worked in is never deleted
      ALTER TABLE audit_log DROP CONSTRAINT audit_log_workspace_id_fkey;
      ALTER TABLE audit_log ADD CONSTRAINT audit_log_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE RESTRICT;

      CREATE TRIGGER audit_log_not_emptied BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
      -- also in a session that turns triggers off for itself (session_replication_role)
      ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_append_only;
      ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_not_emptied;

      CREATE INDEX audit_log_time_idx ON audit_log (workspace_id, at, id);
      CREATE INDEX audit_log_subject_idx ON audit_log (workspace_id, subject_id, at, id);
      CREATE INDEX audit_log_actor_idx ON audit_log (workspace_id, actor_id, at, id);

      -- what people gave as the reason of a move becomes a note: the history cannot be changed, so it must hold no words
      ALTER TABLE state_changes DISABLE TRIGGER state_changes_append_only;
      INSERT INTO notes (workspace_id, id, subject_type, subject_id, author_id, text, created_at)
        SELECT DISTINCT ON (workspace_id, event_id) workspace_id, gen_random_uuid(), machine, subject_id, actor_id, note, at
          FROM state_changes WHERE note IS NOT NULL AND event_kind = 'moved_by_hand' ORDER BY workspace_id, event_id, id;
      UPDATE state_changes SET note = NULL WHERE note IS NOT NULL AND event_kind = 'moved_by_hand';
      ALTER TABLE state_changes ENABLE TRIGGER state_changes_append_only;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX audit_log_actor_idx, audit_log_subject_idx, audit_log_time_idx;
      DROP TRIGGER audit_log_not_emptied ON audit_log;
      ALTER TABLE audit_log ENABLE TRIGGER audit_log_append_only;
      ALTER TABLE audit_log DROP CONSTRAINT audit_log_workspace_id_fkey;
      ALTER TABLE audit_log ADD CONSTRAINT audit_log_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;
      ALTER TABLE audit_log DROP COLUMN changes, DROP COLUMN subject_type, DROP COLUMN key_id;`);
  }
}
