import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pages that answers and pitches name as live, drafts that ask for a lost link again, and warnings before a term ends. */
export class Reclaim1795305600104 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE link_news (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        opportunity_id uuid NOT NULL,
        -- the prospect wrote it in an answer, or a person gave it with a pitch
        source       text NOT NULL CHECK (source IN ('reply', 'pitch')),
        urls         text[] NOT NULL CHECK (cardinality(urls) BETWEEN 1 AND 20),
        due_at       timestamptz NOT NULL,
        attempts     int NOT NULL DEFAULT 0,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, opportunity_id) REFERENCES opportunities (workspace_id, id) ON DELETE CASCADE
      );
      CREATE INDEX link_news_due_idx ON link_news (due_at);
      ALTER TABLE backlinks
        -- the change of state that a draft was made for, or found none
        ADD COLUMN reclaim_for timestamptz,
        -- the end that was warned of, and how many days before
        ADD COLUMN expiry_warned_for timestamptz,
        ADD COLUMN expiry_warned_days smallint CHECK (expiry_warned_days IN (2, 7, 14));
      UPDATE backlinks SET reclaim_for = state_changed_at WHERE state IN ('lost', 'degraded');
      CREATE INDEX backlinks_reclaim_idx ON backlinks (state_changed_at)
        WHERE state IN ('lost', 'degraded') AND reclaim_for IS DISTINCT FROM state_changed_at;
      CREATE INDEX backlinks_expiry_idx ON backlinks ((CASE WHEN expiry_warned_for = expires_at THEN expiry_warned_days ELSE 99 END), expires_at)
        WHERE expires_at IS NOT NULL AND state IN ('live', 'degraded', 'suspect', 'needs_review');
      ALTER TABLE messages ADD COLUMN reclaims_backlink_id uuid;
      CREATE INDEX messages_reclaim_idx ON messages (workspace_id, reclaims_backlink_id)
        WHERE reclaims_backlink_id IS NOT NULL AND state IN ('draft', 'pending_approval', 'scheduled');`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE messages DROP COLUMN reclaims_backlink_id;
      ALTER TABLE backlinks DROP COLUMN reclaim_for, DROP COLUMN expiry_warned_for, DROP COLUMN expiry_warned_days;
      DROP TABLE link_news`);
  }
}
