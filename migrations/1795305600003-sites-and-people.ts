import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Projects with their target pages; prospects with their contacts; suppressions. */
export class SitesAndPeople1795305600003 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE projects (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        name         text NOT NULL CHECK (length(name) <= 200),
        url          text NOT NULL CHECK (length(url) <= 2048),
        domain       text NOT NULL CHECK (length(domain) <= 260),
        external_ref text CHECK (length(external_ref) <= 200),
        archived_at  timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        CONSTRAINT projects_external_ref_key UNIQUE (workspace_id, external_ref)
      );

      CREATE TABLE target_pages (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        project_id   uuid NOT NULL,
        url          text NOT NULL CHECK (length(url) <= 2048),
        title        text CHECK (length(title) <= 300),
        anchors      text[] NOT NULL DEFAULT '{}',
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT target_pages_url_key UNIQUE (workspace_id, project_id, url)
      );

      CREATE TABLE prospects (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        -- registrable domain in punycode; host:port for an inner site
        domain       text NOT NULL CHECK (length(domain) <= 260),
        url          text NOT NULL CHECK (length(url) <= 2048),
        name         text CHECK (length(name) <= 200),
        country      text CHECK (country ~ '^[A-Z]{2}$'),
        tags         text[] NOT NULL DEFAULT '{}',
        condition    text NOT NULL DEFAULT 'ok' CHECK (condition IN ('ok', 'parked', 'sold', 'gone')),
        external_ref text CHECK (length(external_ref) <= 200),
        -- kept by pipeline: the guard reads it (F3)
        last_contacted_at timestamptz,
        merged_into_id uuid,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        CONSTRAINT prospects_domain_key UNIQUE (workspace_id, domain),
        CONSTRAINT prospects_external_ref_key UNIQUE (workspace_id, external_ref)
      );
      CREATE INDEX prospects_created_idx ON prospects (workspace_id, created_at DESC, id DESC);

      CREATE TABLE contacts (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        email        text NOT NULL CHECK (length(email) <= 254),
        -- lower case, punycode: what makes two addresses one
        email_key    text NOT NULL CHECK (length(email_key) <= 254),
        first_name   text CHECK (length(first_name) <= 100),
        last_name    text CHECK (length(last_name) <= 100),
        role         text CHECK (length(role) <= 100),
        time_zone    text CHECK (length(time_zone) <= 64),
        country      text CHECK (country ~ '^[A-Z]{2}$'),
        -- where the address comes from and why it may be used (standards 27-30)
        source_url   text CHECK (length(source_url) <= 2048),
        lawful_basis text CHECK (lawful_basis IN ('consent', 'legitimate_interest', 'contract')),
        external_ref text CHECK (length(external_ref) <= 200),
        undeliverable_at timestamptz,
        last_contacted_at timestamptz,
        erased_at    timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        CONSTRAINT contacts_email_key UNIQUE (workspace_id, email_key),
        CONSTRAINT contacts_external_ref_key UNIQUE (workspace_id, external_ref)
      );

      CREATE TABLE prospect_contacts (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        prospect_id  uuid NOT NULL,
        contact_id   uuid NOT NULL,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, prospect_id, contact_id),
        FOREIGN KEY (workspace_id, prospect_id) REFERENCES prospects (workspace_id, id) ON DELETE CASCADE,
        FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id) ON DELETE CASCADE
      );
      CREATE INDEX prospect_contacts_contact_idx ON prospect_contacts (workspace_id, contact_id);

      CREATE TABLE suppressions (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        kind         text NOT NULL CHECK (kind IN ('address', 'domain')),
        -- normalised address or domain
        value        text NOT NULL CHECK (length(value) <= 260),
        reason       text NOT NULL CHECK (length(reason) <= 200),
        source       text NOT NULL CHECK (source IN ('person', 'one_click', 'reply', 'bounce', 'complaint', 'import', 'erasure')),
        project_id   uuid,
        expires_at   timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT suppressions_value_key UNIQUE NULLS NOT DISTINCT (workspace_id, kind, value, project_id)
      );`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE suppressions, prospect_contacts, contacts, prospects, target_pages, projects');
  }
}
