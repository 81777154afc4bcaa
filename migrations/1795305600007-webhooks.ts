import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Webhook endpoints and what was delivered to them; the first month partitions of all tables. */
export class Webhooks1795305600007 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE webhook_endpoints (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        url          text NOT NULL CHECK (length(url) <= 2048),
        event_types  text[] NOT NULL,
        description  text CHECK (length(description) <= 300),
        secret_sealed text NOT NULL,
        -- a secret that was rotated out still signs until then
        old_secret_sealed text,
        old_secret_until timestamptz,
        state        text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'failing', 'disabled')),
        state_reason text CHECK (length(state_reason) <= 500),
        failures     int NOT NULL DEFAULT 0,
        failing_since timestamptz,
        -- no delivery before then: the endpoint asked us to slow down
        rest_until   timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      );

      CREATE TABLE webhook_deliveries (
        workspace_id uuid NOT NULL,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        endpoint_id  uuid NOT NULL,
        event_id     uuid NOT NULL,
        event_type   text NOT NULL CHECK (length(event_type) <= 60),
        -- the envelope as signed, byte for byte the same on every try
        body         text NOT NULL CHECK (length(body) <= 20480),
        state        text NOT NULL CHECK (state IN ('pending', 'sending', 'delivered', 'retrying', 'exhausted')),
        attempts     int NOT NULL DEFAULT 0,
        next_at      timestamptz,
        claimed_until timestamptz,
        claim_token  uuid,
        last_status  int,
        last_error   text CHECK (length(last_error) <= 500),
        last_answer  text CHECK (length(last_answer) <= 2048),
        delivered_at timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      ) PARTITION BY RANGE (id);
      CREATE TABLE webhook_deliveries_other PARTITION OF webhook_deliveries DEFAULT;
      -- hops from endpoint to endpoint, so that a long queue of one never hides another's
      CREATE INDEX webhook_deliveries_queue_idx ON webhook_deliveries (workspace_id, endpoint_id, next_at, id) WHERE next_at IS NOT NULL;
      CREATE INDEX webhook_deliveries_endpoint_idx ON webhook_deliveries (workspace_id, endpoint_id, id DESC);
      INSERT INTO monthly_tables VALUES ('webhook_deliveries');

      SELECT ensure_month_partitions(2);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query("DELETE FROM monthly_tables WHERE name = 'webhook_deliveries'; DROP TABLE webhook_deliveries, webhook_endpoints");
  }
}
