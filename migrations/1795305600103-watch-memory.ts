import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What checks told of a link is kept with the link: their rows are retired in time. The rule of loss is a workspace's own. */
export class WatchMemory1795305600103 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE backlinks
        ADD COLUMN miss_codes text[] NOT NULL DEFAULT '{}',
        ADD COLUMN sign_codes text[] NOT NULL DEFAULT '{}',
        -- { pageUrl, linkUrl, anchorText, rel, canonical, noindex, context }: as two checks agreed, and as only the last one saw it
        ADD COLUMN seen_looks jsonb,
        ADD COLUMN new_looks jsonb,
        -- looked at as often as a paid one
        ADD COLUMN top_value boolean NOT NULL DEFAULT false;
      UPDATE backlinks b SET miss_codes = c.reason_codes
        FROM backlink_checks c
       WHERE c.workspace_id = b.workspace_id AND c.id = b.last_check_id AND c.verdict = 'not_live';
      UPDATE backlinks b SET sign_codes = c.reason_codes
        FROM backlink_checks c
       WHERE c.workspace_id = b.workspace_id AND c.id = b.last_check_id AND c.verdict = 'unknown';
      ALTER TABLE workspaces
        ADD COLUMN lost_after_checks int NOT NULL DEFAULT 3 CHECK (lost_after_checks BETWEEN 2 AND 10),
        ADD COLUMN lost_after_hours int NOT NULL DEFAULT 24 CHECK (lost_after_hours BETWEEN 6 AND 336);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE workspaces DROP COLUMN lost_after_checks, DROP COLUMN lost_after_hours;
      ALTER TABLE backlinks DROP COLUMN miss_codes, DROP COLUMN sign_codes, DROP COLUMN seen_looks, DROP COLUMN new_looks, DROP COLUMN top_value;
    `);
  }
}
