import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes of the lists, of what a project's members see of them, and of search. What each is worth stands in bench/results.md. */
export class ListsAndSearch1795305600017 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- parts of PostgreSQL's own contrib; both may be created by the owner of the database
      CREATE EXTENSION IF NOT EXISTS pg_trgm;
      CREATE EXTENSION IF NOT EXISTS btree_gin;

      -- what ?q= and filter[tag] look for; the workspace first, or a word that others use would have to be read through
      CREATE INDEX prospects_search_idx ON prospects USING gin (workspace_id, name gin_trgm_ops, domain gin_trgm_ops, tags);
      CREATE INDEX contacts_search_idx ON contacts USING gin (workspace_id, email gin_trgm_ops, first_name gin_trgm_ops, last_name gin_trgm_ops);

      -- the order of each list, and the same for who has only some projects
      CREATE INDEX contacts_created_idx ON contacts (workspace_id, created_at DESC, id DESC);
      CREATE INDEX opportunities_created_idx ON opportunities (workspace_id, created_at DESC, id DESC);
      CREATE INDEX opportunities_project_idx ON opportunities (workspace_id, project_id, created_at DESC, id DESC);
      CREATE INDEX enrollments_created_idx ON enrollments (workspace_id, created_at DESC, id DESC);
      CREATE INDEX enrollments_project_idx ON enrollments (workspace_id, project_id, created_at DESC, id DESC);
      CREATE INDEX backlinks_created_idx ON backlinks (workspace_id, created_at DESC, id DESC);
      CREATE INDEX backlinks_project_idx ON backlinks (workspace_id, project_id, created_at DESC, id DESC);
      CREATE INDEX tasks_due_idx ON tasks (workspace_id, due_at, id);
      CREATE INDEX tasks_open_idx ON tasks (workspace_id, due_at, id) WHERE done_at IS NULL;
      CREATE INDEX tasks_project_idx ON tasks (workspace_id, project_id, due_at, id);
      CREATE INDEX messages_created_idx ON messages (workspace_id, created_at DESC, id DESC);
      CREATE INDEX messages_project_idx ON messages (workspace_id, project_id, created_at DESC, id DESC);
      CREATE INDEX messages_campaign_idx ON messages (workspace_id, campaign_id, created_at DESC, id DESC);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX messages_campaign_idx, messages_project_idx, messages_created_idx, tasks_project_idx, tasks_open_idx, tasks_due_idx, backlinks_project_idx, backlinks_created_idx,
        enrollments_project_idx, enrollments_created_idx, opportunities_project_idx, opportunities_created_idx, contacts_created_idx,
        contacts_search_idx, prospects_search_idx;
      DROP EXTENSION btree_gin;
      DROP EXTENSION pg_trgm;`);
  }
}
