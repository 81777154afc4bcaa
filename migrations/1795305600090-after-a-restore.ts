import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What tells a database that was set back, and opt-outs on their way into the journal outside of it (ADR 18). */
export class AfterARestore1795305600090 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE installation
        -- counted on while the product runs, and kept in a file as well: a file that is ahead has seen more than this database
        ADD COLUMN epoch bigint NOT NULL DEFAULT 0 CHECK (epoch >= 0),
        ADD COLUMN epoch_at timestamptz,
        -- since when nobody had counted on, when somebody last did again
        ADD COLUMN epoch_gap_at timestamptz,
        -- pg_control_system(): another one says that the rows were copied to another server
        ADD COLUMN system_identifier text CHECK (length(system_identifier) <= 40),
        ADD COLUMN send_hold_at timestamptz,
        ADD COLUMN send_hold_code text CHECK (send_hold_code IN ('set_back', 'moved', 'asked')),
        -- the highest that a file of any machine has shown
        ADD COLUMN send_hold_epoch bigint,
        ADD CONSTRAINT installation_hold_whole CHECK ((send_hold_at IS NULL) = (send_hold_code IS NULL));

      CREATE TABLE opt_outs_to_journal (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        entry        jsonb NOT NULL,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      );
      CREATE INDEX opt_outs_to_journal_order_idx ON opt_outs_to_journal (created_at);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE opt_outs_to_journal;
      ALTER TABLE installation DROP CONSTRAINT installation_hold_whole, DROP COLUMN epoch, DROP COLUMN epoch_at, DROP COLUMN epoch_gap_at,
        DROP COLUMN system_identifier, DROP COLUMN send_hold_at, DROP COLUMN send_hold_code, DROP COLUMN send_hold_epoch;`);
  }
}
