import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a login needs beside a password: who tries too often, from where people come, second factors, single sign-on, proofs, rotated keys. */
export class Credentials1795305600010 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- null: comes in by single sign-on alone
      ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;

      ALTER TABLE sessions
        ADD COLUMN version      int NOT NULL DEFAULT 1,
        -- to the minute; null: not since it began
        ADD COLUMN last_seen_at timestamptz,
        -- when the person last proved who they are; null: when it began
        ADD COLUMN proved_at    timestamptz,
        -- "Firefox on Linux", never the whole header
        ADD COLUMN user_agent   text CHECK (length(user_agent) <= 60);

      ALTER TABLE api_keys
        -- narrower than its maker's; null: theirs
        ADD COLUMN project_ids   uuid[],
        -- of the key before its last rotation, good until then
        ADD COLUMN old_key_hash  text CHECK (length(old_key_hash) = 64),
        ADD COLUMN old_key_until timestamptz;
      CREATE UNIQUE INDEX api_keys_old_hash_key ON api_keys (old_key_hash) WHERE old_key_hash IS NOT NULL;

      CREATE TABLE login_failures (
        -- keyed hash of what is counted: an account from an address, an address …
        bucket   text PRIMARY KEY CHECK (length(bucket) = 43),
        failures int NOT NULL CHECK (failures >= 0),
        last_at  timestamptz NOT NULL
      );
      CREATE INDEX login_failures_last_idx ON login_failures (last_at);

      -- addresses and browsers that somebody has logged in from
      CREATE TABLE known_places (
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        -- keyed hash
        place   text NOT NULL CHECK (length(place) = 43),
        last_at timestamptz NOT NULL,
        PRIMARY KEY (user_id, place)
      );
      CREATE INDEX known_places_last_idx ON known_places (last_at);

      CREATE TABLE second_factors (
        user_id       uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        secret_sealed text NOT NULL CHECK (length(secret_sealed) <= 300),
        created_at    timestamptz NOT NULL,
        -- null: begun, not asked for yet
        confirmed_at  timestamptz,
        -- RFC 6238 time step of the last code that was taken: none is taken twice
        last_step     bigint
      );

      CREATE TABLE recovery_codes (
        user_id   uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        -- keyed hash
        code_hash text NOT NULL CHECK (length(code_hash) = 43),
        used_at   timestamptz,
        PRIMARY KEY (user_id, code_hash)
      );

      -- who somebody is at the provider of single sign-on: its issuer and their subject there, never their address
      CREATE TABLE user_identities (
        issuer     text NOT NULL CHECK (length(issuer) <= 500),
        subject    text NOT NULL CHECK (length(subject) <= 255),
        user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (issuer, subject),
        CONSTRAINT user_identities_user_key UNIQUE (user_id, issuer)
      );`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE user_identities, recovery_codes, second_factors, known_places, login_failures;
      ALTER TABLE api_keys DROP COLUMN project_ids, DROP COLUMN old_key_hash, DROP COLUMN old_key_until;
      ALTER TABLE sessions DROP COLUMN version, DROP COLUMN last_seen_at, DROP COLUMN proved_at, DROP COLUMN user_agent`);
  }
}
