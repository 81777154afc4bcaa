import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Replays of webhooks are jobs like other long work, which may say where they go on. */
export class WebhookReplaysAsJobs1795305600015 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- where the work goes on, for its handler alone; forgotten with the end
      ALTER TABLE jobs ADD COLUMN place jsonb;
      DROP TABLE webhook_replays;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE webhook_replays (
        workspace_id uuid NOT NULL,
        id           uuid NOT NULL,
        endpoint_id  uuid NOT NULL,
        since        timestamptz NOT NULL,
        state        text NOT NULL CHECK (state IN ('running', 'finished', 'stopped')),
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
      ALTER TABLE jobs DROP COLUMN place;`);
  }
}
