import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Templates and sequences with their versions, mailboxes, campaigns. */
export class Campaigns1795305600004 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE templates (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        name         text NOT NULL CHECK (length(name) <= 200),
        current_version_id uuid NOT NULL,
        external_ref text CHECK (length(external_ref) <= 200),
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        CONSTRAINT templates_external_ref_key UNIQUE (workspace_id, external_ref)
      );

      CREATE TABLE template_versions (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        template_id  uuid NOT NULL,
        number       int  NOT NULL,
        subject      text NOT NULL CHECK (length(subject) <= 998),
        text         text NOT NULL CHECK (length(text) <= 65536),
        html         text CHECK (length(html) <= 65536),
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, template_id) REFERENCES templates (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT template_versions_number_key UNIQUE (workspace_id, template_id, number)
      );
      CREATE TRIGGER template_versions_immutable BEFORE UPDATE ON template_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();

      CREATE TABLE sequences (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        name         text NOT NULL CHECK (length(name) <= 200),
        current_version_id uuid NOT NULL,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      );

      CREATE TABLE sequence_versions (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        sequence_id  uuid NOT NULL,
        number       int  NOT NULL,
        -- [{ key, kind: mail|review|task, templateId, delay: { value, unit }, conditions, title }]; a key is given once and kept
        steps        jsonb NOT NULL,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, sequence_id) REFERENCES sequences (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT sequence_versions_number_key UNIQUE (workspace_id, sequence_id, number)
      );
      CREATE TRIGGER sequence_versions_immutable BEFORE UPDATE ON sequence_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();

      CREATE TABLE mailboxes (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        name         text NOT NULL CHECK (length(name) <= 200),
        from_name    text NOT NULL CHECK (length(from_name) <= 200),
        from_address text NOT NULL CHECK (length(from_address) <= 254),
        smtp_host    text NOT NULL CHECK (length(smtp_host) <= 255),
        smtp_port    int  NOT NULL CHECK (smtp_port BETWEEN 1 AND 65535),
        smtp_security text NOT NULL CHECK (smtp_security IN ('tls', 'starttls', 'none')),
        smtp_auth    text NOT NULL DEFAULT 'password' CHECK (smtp_auth IN ('password', 'oauth')),
        smtp_user    text CHECK (length(smtp_user) <= 320),
        smtp_password_sealed text,
        imap_host    text CHECK (length(imap_host) <= 255),
        imap_port    int  CHECK (imap_port BETWEEN 1 AND 65535),
        imap_security text CHECK (imap_security IN ('tls', 'starttls', 'none')),
        imap_user    text CHECK (length(imap_user) <= 320),
        imap_password_sealed text,
        oauth_provider text CHECK (oauth_provider IN ('google', 'microsoft')),
        oauth_tokens_sealed text,
        oauth_expires_at timestamptz,
        dkim_selector text CHECK (length(dkim_selector) <= 63),
        dkim_key_sealed text,
        per_day      int  NOT NULL DEFAULT 40 CHECK (per_day BETWEEN 1 AND 100000),
        per_hour     int  NOT NULL DEFAULT 8 CHECK (per_hour BETWEEN 1 AND 100000),
        gap_seconds  int  NOT NULL DEFAULT 90 CHECK (gap_seconds BETWEEN 0 AND 86400),
        state        text NOT NULL DEFAULT 'connected' CHECK (state IN ('connected', 'needs_reconnect', 'disabled')),
        state_reason text CHECK (length(state_reason) <= 500),
        signature    text CHECK (length(signature) <= 5000),
        -- no mail of this mailbox before then: the gap, or the rest after a 421
        next_at      timestamptz NOT NULL,
        -- not later than its first scheduled mail is due, null when there is none: mailboxes_due() keeps it
        due_at       timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      );
      CREATE INDEX mailboxes_turn_idx ON mailboxes (GREATEST(due_at, next_at)) WHERE state = 'connected' AND due_at IS NOT NULL;

      CREATE TABLE campaigns (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        name         text NOT NULL CHECK (length(name) <= 200),
        project_id   uuid NOT NULL,
        target_page_id uuid NOT NULL,
        tactic       text NOT NULL CHECK (tactic IN ('guest_post', 'link_insertion', 'resource_page', 'broken_link', 'unlinked_mention', 'content_promotion', 'reclamation')),
        sequence_id  uuid NOT NULL,
        -- { timeZone?, days, from, to } or null for any time
        send_window  jsonb,
        state        text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'running', 'paused', 'finished')),
        pause_reason text CHECK (length(pause_reason) <= 500),
        external_ref text CHECK (length(external_ref) <= 200),
        started_at   timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
        FOREIGN KEY (workspace_id, target_page_id) REFERENCES target_pages (workspace_id, id),
        FOREIGN KEY (workspace_id, sequence_id) REFERENCES sequences (workspace_id, id),
        CONSTRAINT campaigns_external_ref_key UNIQUE (workspace_id, external_ref)
      );
      CREATE INDEX campaigns_project_idx ON campaigns (workspace_id, project_id);

      CREATE TABLE campaign_mailboxes (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        campaign_id  uuid NOT NULL,
        mailbox_id   uuid NOT NULL,
        position     int  NOT NULL,
        PRIMARY KEY (workspace_id, campaign_id, mailbox_id),
        FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id) ON DELETE CASCADE,
        FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id)
      );
      CREATE INDEX campaign_mailboxes_mailbox_idx ON campaign_mailboxes (workspace_id, mailbox_id);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE campaign_mailboxes, campaigns, mailboxes, sequence_versions, sequences, template_versions, templates');
  }
}
