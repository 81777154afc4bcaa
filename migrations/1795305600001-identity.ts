import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The installation, its people, workspaces, keys and the audit log. */
export class Identity1795305600001 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE installation (
        one_row            boolean PRIMARY KEY DEFAULT true CHECK (one_row),
        -- a known text under SECRET_KEY: tells a wrong key before it does harm
        key_check          text NOT NULL,
        -- signs /u links and Message-IDs; sealed under SECRET_KEY, itself never rotated: old mails stay valid
        link_key_sealed    text NOT NULL,
        set_up_at          timestamptz
      );

      CREATE TABLE sandbox_clock (
        one_row        boolean PRIMARY KEY DEFAULT true CHECK (one_row),
        offset_seconds bigint NOT NULL CHECK (offset_seconds BETWEEN 0 AND 3153600000)
      );

      CREATE TABLE users (
        id            uuid PRIMARY KEY,
        version       int  NOT NULL DEFAULT 1,
        email         text NOT NULL CHECK (length(email) <= 254),
        name          text NOT NULL CHECK (length(name) <= 200),
        password_hash text NOT NULL CHECK (length(password_hash) <= 300),
        installation_owner boolean NOT NULL DEFAULT false,
        created_at    timestamptz NOT NULL
      );
      CREATE UNIQUE INDEX users_email_key ON users (lower(email));

      CREATE TABLE workspaces (
        id         uuid PRIMARY KEY,
        version    int  NOT NULL DEFAULT 1,
        name       text NOT NULL CHECK (length(name) <= 200),
        time_zone  text NOT NULL DEFAULT 'UTC' CHECK (length(time_zone) <= 64),
        postal_address text CHECK (length(postal_address) <= 500),
        -- days a site stays with the colleague who wrote to it last (F3)
        contact_guard_days int NOT NULL DEFAULT 100 CHECK (contact_guard_days BETWEEN 0 AND 3650),
        -- an answer ends the sequences of the whole site, not only of its writer (F37)
        reply_stops_site boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL
      );

      CREATE TABLE members (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        user_id      uuid NOT NULL REFERENCES users (id),
        role         text NOT NULL CHECK (role IN ('owner', 'manager', 'member', 'viewer')),
        -- null: all projects
        project_ids  uuid[],
        deactivated_at timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        CONSTRAINT members_user_key UNIQUE (workspace_id, user_id)
      );
      CREATE INDEX members_user_idx ON members (user_id);

      CREATE TABLE sessions (
        token_hash   text PRIMARY KEY CHECK (length(token_hash) = 64),
        id           uuid NOT NULL UNIQUE,
        user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        member_id    uuid NOT NULL,
        created_at   timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL,
        revoked_at   timestamptz,
        FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
      );
      CREATE INDEX sessions_user_idx ON sessions (user_id);

      CREATE TABLE api_keys (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        name         text NOT NULL CHECK (length(name) <= 200),
        -- the first characters, so that people tell keys apart; the rest is only known to them
        prefix       text NOT NULL CHECK (length(prefix) <= 16),
        key_hash     text NOT NULL CHECK (length(key_hash) = 64),
        scopes       text[] NOT NULL,
        mailbox_id   uuid,
        member_id    uuid NOT NULL,
        created_at   timestamptz NOT NULL,
        expires_at   timestamptz,
        last_used_at timestamptz,
        revoked_at   timestamptz,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id)
      );
      CREATE UNIQUE INDEX api_keys_hash_key ON api_keys (key_hash);

      CREATE TABLE audit_log (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        at           timestamptz NOT NULL,
        actor_id     uuid,
        via          text NOT NULL CHECK (via IN ('ui', 'key', 'system', 'public')),
        action       text NOT NULL CHECK (length(action) <= 100),
        subject_id   uuid,
        -- ids, states and field names; never personal values, secrets or texts
        details      jsonb NOT NULL DEFAULT '{}',
        request_id   text CHECK (length(request_id) <= 128),
        PRIMARY KEY (workspace_id, id)
      );
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
      CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      'DROP TABLE audit_log, api_keys, sessions, members, workspaces, users, sandbox_clock, installation CASCADE; DROP FUNCTION refuse_change()',
    );
  }
}
