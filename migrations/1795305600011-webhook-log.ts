import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Filters of webhook endpoints, every try in the log, order by subject, replays that go on in batches; months that are forgotten. */
export class WebhookLog1795305600011 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- null: of every project, of every campaign
      ALTER TABLE webhook_endpoints ADD COLUMN project_ids uuid[], ADD COLUMN campaign_ids uuid[],
        -- since when it has not been given everything, till that is sent again
        ADD COLUMN missed_since timestamptz;

      ALTER TABLE webhook_deliveries
        -- what the event is about: the first tries of one subject go out one after the other
        ADD COLUMN subject_id uuid,
        -- tries made before the last replay: the plan of waits begins anew there
        ADD COLUMN tries_before int NOT NULL DEFAULT 0;
      CREATE INDEX webhook_deliveries_subject_idx ON webhook_deliveries (workspace_id, endpoint_id, subject_id, id)
        WHERE next_at IS NOT NULL AND subject_id IS NOT NULL;

      -- in the month of their delivery, and forgotten with it
      CREATE TABLE webhook_attempts (
        workspace_id uuid NOT NULL,
        delivery_id  uuid NOT NULL,
        number       int  NOT NULL,
        at           timestamptz NOT NULL,
        duration_ms  int  NOT NULL,
        -- the webhook-timestamp and webhook-signature that were sent
        signed_at    timestamptz NOT NULL,
        signature    text NOT NULL CHECK (length(signature) <= 500),
        status       int,
        error        text CHECK (length(error) <= 500),
        answer       text CHECK (octet_length(answer) <= 2048),
        PRIMARY KEY (workspace_id, delivery_id, number)
      ) PARTITION BY RANGE (delivery_id);
      CREATE TABLE webhook_attempts_other PARTITION OF webhook_attempts DEFAULT;

      CREATE TABLE webhook_replays (
        workspace_id uuid NOT NULL,
        id           uuid NOT NULL,
        endpoint_id  uuid NOT NULL,
        since        timestamptz NOT NULL,
        state        text NOT NULL CHECK (state IN ('running', 'finished', 'stopped')),
        -- how far it has come: first through what was given up, then through the events
        delivery_id  uuid NOT NULL,
        given_up_done boolean NOT NULL DEFAULT false,
        tx           xid8 NOT NULL,
        event_id     uuid NOT NULL,
        queued       int NOT NULL DEFAULT 0,
        created_at   timestamptz NOT NULL,
        finished_at  timestamptz,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, endpoint_id) REFERENCES webhook_endpoints (workspace_id, id) ON DELETE CASCADE
      );
      CREATE UNIQUE INDEX webhook_replays_running_key ON webhook_replays (workspace_id, endpoint_id) WHERE state = 'running';

      -- null: kept for ever
      ALTER TABLE monthly_tables ADD COLUMN keep_months int CHECK (keep_months > 0);
      INSERT INTO monthly_tables VALUES ('webhook_attempts', 3);
      UPDATE monthly_tables SET keep_months = 3 WHERE name = 'webhook_deliveries';

      -- takes away the partitions of months that are older than a table keeps; run daily by a worker, harmless when repeated
      CREATE FUNCTION drop_old_partitions() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE p text;
        BEGIN
          FOR p IN SELECT c.relname FROM monthly_tables t JOIN pg_inherits i ON i.inhparent = t.name::regclass JOIN pg_class c ON c.oid = i.inhrelid
                    WHERE t.keep_months IS NOT NULL AND c.relname ~ ('^' || t.name || '_\\d{4}_\\d\\d$')
                      AND right(c.relname, 7) < to_char((now() AT TIME ZONE 'UTC') - make_interval(months => t.keep_months), 'YYYY_MM')
                    ORDER BY 1 LOOP
            EXECUTE format('DROP TABLE %I', p);
          END LOOP;
        END $$;

      SELECT ensure_month_partitions(2);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION drop_old_partitions();
      DELETE FROM monthly_tables WHERE name = 'webhook_attempts';
      ALTER TABLE monthly_tables DROP COLUMN keep_months;
      DROP TABLE webhook_replays, webhook_attempts;
      DROP INDEX webhook_deliveries_subject_idx;
      ALTER TABLE webhook_deliveries DROP COLUMN tries_before, DROP COLUMN subject_id;
      ALTER TABLE webhook_endpoints DROP COLUMN missed_since, DROP COLUMN campaign_ids, DROP COLUMN project_ids;`);
  }
}
