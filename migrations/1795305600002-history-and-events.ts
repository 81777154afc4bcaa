import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Month partitions by UUIDv7, the history of the machines, the outbox, tasks and notes. */
export class HistoryAndEvents1795305600002 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- the smallest UUIDv7 of an instant: month bounds of tables that are partitioned by id
      CREATE FUNCTION uuid_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-0000-0000-000000000000')::uuid
          FROM lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS h $$;

      CREATE TABLE monthly_tables (name text PRIMARY KEY);

      -- makes this month's and the next months' partitions; run by migrate and daily by a worker, harmless when repeated
      CREATE FUNCTION ensure_month_partitions(months_ahead int) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE t text; m timestamptz; p text;
        BEGIN
          FOR t IN SELECT name FROM monthly_tables ORDER BY name LOOP
            FOR i IN 0..months_ahead LOOP
              m := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i)) AT TIME ZONE 'UTC';
              p := t || '_' || to_char(m AT TIME ZONE 'UTC', 'YYYY_MM');
              IF to_regclass(p) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', p, t,
                  uuid_floor(m), uuid_floor((date_trunc('month', m AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'));
              END IF;
            END LOOP;
          END LOOP;
        END $$;

      CREATE TABLE state_changes (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        machine      text NOT NULL CHECK (machine IN ('opportunity', 'enrollment', 'message', 'pitch', 'backlink')),
        subject_id   uuid NOT NULL,
        from_state   text,
        to_state     text NOT NULL,
        event_kind   text NOT NULL,
        event_id     uuid NOT NULL,
        -- 0, or 1 for the second of the two steps that a listed event may take
        step         smallint NOT NULL DEFAULT 0,
        actor_id     uuid,
        via          text NOT NULL,
        note         text CHECK (length(note) <= 500),
        at           timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        -- an event moves a machine once; replays do nothing
        CONSTRAINT state_changes_once_key UNIQUE (workspace_id, machine, subject_id, event_id, step)
      );
      CREATE INDEX state_changes_event_idx ON state_changes (workspace_id, event_id);
      CREATE TRIGGER state_changes_append_only BEFORE UPDATE ON state_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();

      -- the outbox. A reader takes (tx, id) order and only what no running transaction can still precede
      CREATE TABLE events (
        workspace_id   uuid NOT NULL,
        id             uuid NOT NULL,
        tx             xid8 NOT NULL DEFAULT pg_current_xact_id(),
        type           text NOT NULL CHECK (length(type) <= 60),
        at             timestamptz NOT NULL,
        project_id     uuid,
        campaign_id    uuid,
        opportunity_id uuid,
        -- ids, states and addresses of pages; no personal values
        data           jsonb NOT NULL,
        PRIMARY KEY (workspace_id, id)
      ) PARTITION BY RANGE (id);
      CREATE TABLE events_other PARTITION OF events DEFAULT;
      CREATE INDEX events_order_idx ON events (tx, id);
      CREATE INDEX events_workspace_order_idx ON events (workspace_id, tx, id);
      INSERT INTO monthly_tables VALUES ('events');

      -- how far each reader of the outbox has come
      CREATE TABLE event_readers (
        name text PRIMARY KEY CHECK (length(name) <= 60),
        tx   xid8 NOT NULL,
        id   uuid NOT NULL
      );

      CREATE TABLE tasks (
        workspace_id   uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id             uuid NOT NULL,
        version        int  NOT NULL DEFAULT 1,
        kind           text NOT NULL CHECK (length(kind) <= 60),
        subject_type   text NOT NULL CHECK (length(subject_type) <= 30),
        subject_id     uuid NOT NULL,
        opportunity_id uuid,
        project_id     uuid,
        assignee_id    uuid,
        title          text CHECK (length(title) <= 300),
        due_at         timestamptz NOT NULL,
        done_at        timestamptz,
        created_at     timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      );
      -- one open task of a kind on a thing is enough
      CREATE UNIQUE INDEX tasks_open_key ON tasks (workspace_id, kind, subject_id) WHERE done_at IS NULL;

      CREATE TABLE notes (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        subject_type text NOT NULL CHECK (length(subject_type) <= 30),
        subject_id   uuid NOT NULL,
        author_id    uuid,
        text         text NOT NULL CHECK (length(text) <= 10000),
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      );
      CREATE INDEX notes_subject_idx ON notes (workspace_id, subject_id);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      'DROP TABLE notes, tasks, event_readers, events, state_changes, monthly_tables; DROP FUNCTION ensure_month_partitions(int), uuid_floor(timestamptz)',
    );
  }
}
