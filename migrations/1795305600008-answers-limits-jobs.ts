import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the edge of the API remembers: first answers of repeated calls, how often an address called, long work. */
export class AnswersLimitsJobs1795305600008 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE kept_answers (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        -- the API key, or the member of a session: the same Idempotency-Key from another one is another call
        principal_id uuid NOT NULL,
        -- SHA-256: callers write what they like into their keys, addresses too
        key_hash     text NOT NULL CHECK (length(key_hash) = 64),
        fingerprint  text NOT NULL CHECK (length(fingerprint) = 64),
        -- what the caller might see when the work was done; null: all projects
        project_ids  uuid[],
        -- null while the work runs, and for good when its process was killed
        status       int CHECK (status BETWEEN 200 AND 599),
        headers      jsonb NOT NULL DEFAULT '{}',
        body_sealed  text,
        -- past it nobody may say that the work still runs
        running_until timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        CONSTRAINT kept_answers_call_key UNIQUE (workspace_id, principal_id, key_hash)
      );
      CREATE INDEX kept_answers_expires_idx ON kept_answers (expires_at);

      -- not logged: counts that a crash may forget
      CREATE UNLOGGED TABLE throttles (
        -- a keyed hash of the limit and the address: no address is kept
        key_hash  text PRIMARY KEY CHECK (length(key_hash) <= 64),
        uses      int NOT NULL,
        resets_at timestamptz NOT NULL
      );
      CREATE INDEX throttles_resets_idx ON throttles (resets_at);

      CREATE TABLE jobs (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        kind         text NOT NULL CHECK (length(kind) <= 60),
        state        text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        member_id    uuid,
        -- whose rights the work is done with: those of the call that asked for it
        actor        jsonb NOT NULL,
        -- what is to be done; forgotten with the end
        input        jsonb,
        done         int NOT NULL DEFAULT 0 CHECK (done >= 0),
        total        int NOT NULL DEFAULT 0 CHECK (total >= 0),
        result       jsonb,
        -- a problem (RFC 9457)
        error        jsonb,
        created_at   timestamptz NOT NULL,
        started_at   timestamptz,
        -- the last sign of life
        seen_at      timestamptz,
        finished_at  timestamptz,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE SET NULL (member_id)
      );
      CREATE INDEX jobs_created_idx ON jobs (workspace_id, created_at DESC, id DESC);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE jobs, throttles, kept_answers');
  }
}
