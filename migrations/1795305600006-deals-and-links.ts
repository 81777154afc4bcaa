import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Agreements, pitches with topics, drafts and payments; backlinks with their checks, attestations and report links. */
export class DealsAndLinks1795305600006 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE agreements (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        opportunity_id uuid NOT NULL,
        -- counted per opportunity; a new version replaces the one before
        number       int  NOT NULL,
        via          text NOT NULL CHECK (via IN ('direct', 'vendor', 'partner')),
        compensation text NOT NULL CHECK (compensation IN ('none', 'money', 'product', 'exchange')),
        fee_amount   bigint CHECK (fee_amount BETWEEN 0 AND 9007199254740991),
        fee_currency text CHECK (fee_currency ~ '^[A-Z]{3}$'),
        publish_on   date,
        link_until   date,
        proof_message_id uuid,
        created_by   uuid,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, opportunity_id) REFERENCES opportunities (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT agreements_number_key UNIQUE (workspace_id, opportunity_id, number)
      );

      CREATE TABLE agreement_items (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        agreement_id uuid NOT NULL,
        target_url   text NOT NULL CHECK (length(target_url) <= 2048),
        anchor       text CHECK (length(anchor) <= 300),
        -- accepted rel values; null: any
        rel          text[],
        source_url   text CHECK (length(source_url) <= 2048),
        required     boolean NOT NULL DEFAULT true,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, agreement_id) REFERENCES agreements (workspace_id, id) ON DELETE CASCADE
      );
      CREATE INDEX agreement_items_agreement_idx ON agreement_items (workspace_id, agreement_id);

      CREATE TABLE pitches (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        opportunity_id uuid NOT NULL,
        project_id   uuid NOT NULL,
        agreement_id uuid,
        previous_pitch_id uuid,
        state        text NOT NULL CHECK (state IN ('draft', 'pending_approval', 'pitched', 'countered', 'accepted', 'writing', 'draft_submitted', 'revision_requested',
                       'draft_approved', 'scheduled', 'published_reported', 'published_verified', 'rejected', 'withdrawn', 'expired', 'defaulted')),
        state_changed_at timestamptz NOT NULL,
        state_reason text CHECK (length(state_reason) <= 500),
        live_url     text CHECK (length(live_url) <= 2048),
        writer_id    uuid,
        draft_due_on date,
        publish_on   date,
        -- the clock of the present state
        next_at      timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, opportunity_id) REFERENCES opportunities (workspace_id, id) ON DELETE CASCADE,
        FOREIGN KEY (workspace_id, agreement_id) REFERENCES agreements (workspace_id, id) ON DELETE SET NULL (agreement_id)
      );
      CREATE INDEX pitches_opportunity_idx ON pitches (workspace_id, opportunity_id);
      CREATE INDEX pitches_next_idx ON pitches (next_at) WHERE next_at IS NOT NULL;

      CREATE TABLE pitch_topics (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        pitch_id     uuid NOT NULL,
        title        text NOT NULL CHECK (length(title) <= 300),
        summary      text CHECK (length(summary) <= 5000),
        chosen_at    timestamptz,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, pitch_id) REFERENCES pitches (workspace_id, id) ON DELETE CASCADE
      );
      CREATE INDEX pitch_topics_pitch_idx ON pitch_topics (workspace_id, pitch_id);

      CREATE TABLE pitch_drafts (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        pitch_id     uuid NOT NULL,
        number       int  NOT NULL,
        text         text NOT NULL CHECK (length(text) <= 500000),
        remarks      text CHECK (length(remarks) <= 10000),
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, pitch_id) REFERENCES pitches (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT pitch_drafts_number_key UNIQUE (workspace_id, pitch_id, number)
      );

      CREATE TABLE payments (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        agreement_id uuid NOT NULL,
        state        text NOT NULL CHECK (state IN ('none', 'due', 'approved', 'paid', 'refunded', 'disputed')),
        amount       bigint NOT NULL CHECK (amount >= 0),
        currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, agreement_id) REFERENCES agreements (workspace_id, id) ON DELETE CASCADE
      );

      CREATE TABLE backlinks (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        project_id   uuid NOT NULL,
        campaign_id  uuid,
        opportunity_id uuid,
        prospect_id  uuid,
        target_page_id uuid,
        agreement_item_id uuid,
        origin       text NOT NULL CHECK (origin IN ('outreach', 'guest_post', 'natural', 'manual')),
        -- null while only expected
        source_url   text CHECK (length(source_url) <= 2048),
        -- normalised: the same page reported twice is one link
        source_key   text CHECK (length(source_key) <= 2048),
        target_url   text NOT NULL CHECK (length(target_url) <= 2048),
        target_key   text NOT NULL CHECK (length(target_key) <= 2048),
        expected_anchor text CHECK (length(expected_anchor) <= 300),
        expected_rel text[],
        paid         boolean NOT NULL DEFAULT false,
        required     boolean NOT NULL DEFAULT true,
        state        text NOT NULL CHECK (state IN ('expected', 'reported', 'verifying', 'live', 'degraded', 'suspect', 'needs_review', 'lost', 'rejected', 'closed')),
        state_changed_at timestamptz NOT NULL,
        state_reason text CHECK (length(state_reason) <= 500),
        compliance_status text NOT NULL DEFAULT 'not_judged' CHECK (compliance_status IN ('ok', 'violated', 'policy_risk', 'not_judged')),
        compliance_codes text[] NOT NULL DEFAULT '{}',
        last_check_id uuid,
        last_verdict text CHECK (last_verdict IN ('live', 'not_live', 'unknown')),
        last_checked_at timestamptz,
        first_live_at timestamptz,
        last_live_at timestamptz,
        -- evidence gathered towards lost or rejected
        negative_checks int NOT NULL DEFAULT 0,
        first_negative_at timestamptz,
        unknown_checks int NOT NULL DEFAULT 0,
        checks_made  int NOT NULL DEFAULT 0,
        review_due_at timestamptz,
        expires_at   timestamptz,
        next_at      timestamptz,
        -- who asked for the next check; goes into its row
        asked_by     text NOT NULL DEFAULT 'schedule' CHECK (asked_by IN ('schedule', 'person', 'prospect')),
        claimed_until timestamptz,
        claim_token  uuid,
        external_ref text CHECK (length(external_ref) <= 200),
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, project_id) REFERENCES projects (workspace_id, id),
        FOREIGN KEY (workspace_id, opportunity_id) REFERENCES opportunities (workspace_id, id) ON DELETE SET NULL (opportunity_id),
        FOREIGN KEY (workspace_id, prospect_id) REFERENCES prospects (workspace_id, id) ON DELETE SET NULL (prospect_id),
        FOREIGN KEY (workspace_id, agreement_item_id) REFERENCES agreement_items (workspace_id, id) ON DELETE SET NULL (agreement_item_id),
        CONSTRAINT backlinks_pair_key UNIQUE (workspace_id, source_key, target_key),
        CONSTRAINT backlinks_external_ref_key UNIQUE (workspace_id, external_ref)
      );
      CREATE INDEX backlinks_due_idx ON backlinks (next_at) WHERE next_at IS NOT NULL;
      CREATE INDEX backlinks_opportunity_idx ON backlinks (workspace_id, opportunity_id);
      CREATE INDEX backlinks_prospect_idx ON backlinks (workspace_id, prospect_id);

      -- evidence: what one fetch saw. Never altered
      CREATE TABLE backlink_checks (
        workspace_id uuid NOT NULL,
        id           uuid NOT NULL,
        backlink_id  uuid NOT NULL,
        verdict      text NOT NULL CHECK (verdict IN ('live', 'not_live', 'unknown')),
        reason_codes text[] NOT NULL,
        http_status  int,
        final_url    text CHECK (length(final_url) <= 4096),
        anchor_text  text CHECK (length(anchor_text) <= 1000),
        rel          text[] NOT NULL DEFAULT '{}',
        indexable    boolean,
        -- { chain, headers, candidates, compliance, bodyHash, agent, ip, timing }
        evidence     jsonb NOT NULL,
        asked_by     text NOT NULL CHECK (asked_by IN ('schedule', 'person', 'prospect')),
        checked_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      ) PARTITION BY RANGE (id);
      CREATE TABLE backlink_checks_other PARTITION OF backlink_checks DEFAULT;
      CREATE INDEX backlink_checks_backlink_idx ON backlink_checks (workspace_id, backlink_id, id DESC);
      INSERT INTO monthly_tables VALUES ('backlink_checks');
      CREATE TRIGGER backlink_checks_immutable BEFORE UPDATE ON backlink_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();

      CREATE TABLE attestations (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        backlink_id  uuid NOT NULL,
        outcome      text NOT NULL CHECK (outcome IN ('live', 'degraded', 'lost', 'rejected')),
        note         text NOT NULL CHECK (length(note) <= 5000),
        actor_id     uuid,
        expires_at   timestamptz NOT NULL,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, backlink_id) REFERENCES backlinks (workspace_id, id) ON DELETE CASCADE
      );

      CREATE TABLE report_links (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        token_hash   text NOT NULL CHECK (length(token_hash) = 64),
        opportunity_id uuid NOT NULL,
        contact_id   uuid,
        expires_at   timestamptz NOT NULL,
        revoked_at   timestamptz,
        reports_today int NOT NULL DEFAULT 0,
        reports_on   date,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, opportunity_id) REFERENCES opportunities (workspace_id, id) ON DELETE CASCADE
      );
      CREATE UNIQUE INDEX report_links_token_key ON report_links (token_hash);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      "DELETE FROM monthly_tables WHERE name = 'backlink_checks'; DROP TABLE report_links, attestations, backlink_checks, backlinks, payments, pitch_drafts, pitch_topics, pitches, agreement_items, agreements",
    );
  }
}
