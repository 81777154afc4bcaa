import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pages as they were last read, so that servers may answer "not modified". */
export class SeenPages1795305600102 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE seen_pages (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        backlink_id  uuid NOT NULL,
        -- sha256 of what it was judged for: target, terms, the way of reading
        judged_for   text NOT NULL CHECK (length(judged_for) = 64),
        -- chain, headers with the marks of its version, facts with the links that came near
        page         jsonb NOT NULL,
        -- answers of "not modified" since
        reuses       int NOT NULL,
        PRIMARY KEY (workspace_id, backlink_id),
        FOREIGN KEY (workspace_id, backlink_id) REFERENCES backlinks (workspace_id, id) ON DELETE CASCADE
      );`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE seen_pages');
  }
}
