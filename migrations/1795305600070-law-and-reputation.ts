import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a campaign is held for, whom the law protects, and people who are remembered by a hash alone. */
export class LawAndReputation1795305600070 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- whether mail goes out without a postal address: always asked for, or never (the workspace mails under laws that do not)
      ALTER TABLE workspaces ADD COLUMN address_rule text NOT NULL DEFAULT 'always' CHECK (address_rule IN ('always', 'never'));

      ALTER TABLE campaigns
        -- set while a guardrail holds it; then a person lets it go on, with a reason
        ADD COLUMN pause_code text CHECK (pause_code IN ('bounces', 'complaints')),
        ADD COLUMN pause_numbers jsonb,
        -- what came back before then was answered for by the person who let it go on
        ADD COLUMN counted_from timestamptz;

      -- campaigns whose mail came back or was called spam, until somebody has counted
      CREATE TABLE guard_checks (
        workspace_id uuid NOT NULL,
        campaign_id  uuid NOT NULL,
        asked_at     timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, campaign_id),
        FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id) ON DELETE CASCADE
      );

      ALTER TABLE contacts
        -- somebody answers for it that this person may be written to, where the law asks for consent
        ADD COLUMN consent_override_at timestamptz,
        ADD COLUMN consent_override_by uuid,
        ADD CONSTRAINT contacts_consent_override_by_fkey FOREIGN KEY (workspace_id, consent_override_by) REFERENCES members (workspace_id, id),
        -- of one who was erased: the address as a keyed hash, and of one who became part of another: that one
        ADD COLUMN email_hash text CHECK (length(email_hash) <= 64),
        ADD COLUMN merged_into_id uuid,
        ADD CONSTRAINT contacts_merged_into_fkey FOREIGN KEY (workspace_id, merged_into_id) REFERENCES contacts (workspace_id, id) ON DELETE SET NULL (merged_into_id);
      CREATE INDEX contacts_merged_into_idx ON contacts (workspace_id, merged_into_id) WHERE merged_into_id IS NOT NULL;
      CREATE INDEX contacts_consent_override_by_idx ON contacts (workspace_id, consent_override_by) WHERE consent_override_by IS NOT NULL;

      -- hashes addresses of people who were erased; sealed under SECRET_KEY, itself never rotated
      ALTER TABLE installation ADD COLUMN suppression_key_sealed text;
      ALTER TABLE suppressions
        ALTER COLUMN value DROP NOT NULL,
        -- in place of the value once the person was erased
        ADD COLUMN value_hash text CHECK (length(value_hash) <= 64),
        ADD CONSTRAINT suppressions_one_value CHECK (num_nonnulls(value, value_hash) = 1),
        DROP CONSTRAINT suppressions_value_key,
        ADD CONSTRAINT suppressions_value_key UNIQUE NULLS NOT DISTINCT (workspace_id, kind, value, value_hash, project_id);
      CREATE INDEX suppressions_hash_idx ON suppressions (workspace_id, value_hash) WHERE value_hash IS NOT NULL;

      ALTER TABLE mailboxes
        -- the last try to log in
        ADD COLUMN checked_at timestamptz,
        ADD COLUMN check_ok boolean,
        ADD COLUMN check_detail text CHECK (length(check_detail) <= 500);

      -- what DNS says of a sender's domain
      CREATE TABLE domain_reports (
        workspace_id   uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        mailbox_id     uuid NOT NULL,
        domain         text NOT NULL CHECK (length(domain) <= 253),
        primary_domain text NOT NULL CHECK (length(primary_domain) <= 253),
        -- SPF, DKIM and DMARC are all there
        ready          boolean NOT NULL,
        findings       jsonb NOT NULL,
        checked_at     timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, mailbox_id),
        FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id) ON DELETE CASCADE
      );`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE domain_reports, guard_checks;
      ALTER TABLE mailboxes DROP COLUMN checked_at, DROP COLUMN check_ok, DROP COLUMN check_detail;
      DELETE FROM suppressions WHERE value IS NULL;
      ALTER TABLE suppressions
        DROP CONSTRAINT suppressions_value_key, DROP COLUMN value_hash,
        ALTER COLUMN value SET NOT NULL,
        ADD CONSTRAINT suppressions_value_key UNIQUE NULLS NOT DISTINCT (workspace_id, kind, value, project_id);
      ALTER TABLE installation DROP COLUMN suppression_key_sealed;
      ALTER TABLE contacts DROP COLUMN consent_override_at, DROP COLUMN consent_override_by, DROP COLUMN email_hash, DROP COLUMN merged_into_id;
      ALTER TABLE campaigns DROP COLUMN pause_code, DROP COLUMN pause_numbers, DROP COLUMN counted_from;
      ALTER TABLE workspaces DROP COLUMN address_rule;`);
  }
}
