import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Opportunities, enrollments, messages with their facts and raw originals. */
export class OpportunitiesAndMail1795305600005 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE opportunities (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        campaign_id  uuid NOT NULL,
        project_id   uuid NOT NULL,
        prospect_id  uuid NOT NULL,
        owner_id     uuid,
        stage        text NOT NULL CHECK (stage IN ('new', 'qualified', 'ready', 'contacting', 'engaged', 'negotiating', 'agreed', 'in_production', 'awaiting_live',
                       'live', 'at_risk', 'lost_link', 'disqualified', 'declined', 'no_response', 'do_not_contact', 'completed', 'written_off')),
        stage_changed_at timestamptz NOT NULL,
        stage_reason text CHECK (length(stage_reason) <= 500),
        contact_blocked boolean NOT NULL DEFAULT false,
        -- the page on their site that we ask about
        page_url     text CHECK (length(page_url) <= 2048),
        -- a person lifted the guard: create, or create and send (F5b)
        guard_override text CHECK (guard_override IN ('create', 'send')),
        external_ref text CHECK (length(external_ref) <= 200),
        next_at      timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
        FOREIGN KEY (workspace_id, prospect_id) REFERENCES prospects (workspace_id, id),
        FOREIGN KEY (workspace_id, owner_id) REFERENCES members (workspace_id, id) ON DELETE SET NULL (owner_id),
        CONSTRAINT opportunities_prospect_key UNIQUE (workspace_id, campaign_id, prospect_id),
        CONSTRAINT opportunities_external_ref_key UNIQUE (workspace_id, external_ref)
      );
      CREATE INDEX opportunities_prospect_idx ON opportunities (workspace_id, prospect_id);
      CREATE INDEX opportunities_board_idx ON opportunities (workspace_id, campaign_id, stage, stage_changed_at DESC);
      CREATE INDEX opportunities_next_idx ON opportunities (next_at) WHERE next_at IS NOT NULL;

      CREATE TABLE enrollments (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        campaign_id  uuid NOT NULL,
        project_id   uuid NOT NULL,
        opportunity_id uuid NOT NULL,
        prospect_id  uuid NOT NULL,
        contact_id   uuid NOT NULL,
        sequence_version_id uuid NOT NULL,
        -- the mailbox of the thread: given with the first mail and kept (F32)
        mailbox_id   uuid,
        thread_id    uuid NOT NULL,
        state        text NOT NULL CHECK (state IN ('pending', 'active', 'paused', 'postponed', 'blocked', 'replied', 'finished', 'bounced', 'unsubscribed', 'stopped', 'failed')),
        state_changed_at timestamptz NOT NULL,
        state_reason text CHECK (length(state_reason) <= 500),
        -- the last step that was planned; null before the first
        step_key     text CHECK (length(step_key) <= 64),
        -- when the next step is planned, or the sequence ends
        next_at      timestamptz,
        -- was due while its campaign did not run; the planner does not see it until the campaign goes on
        set_aside    boolean NOT NULL DEFAULT false,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
        FOREIGN KEY (workspace_id, opportunity_id) REFERENCES opportunities (workspace_id, id) ON DELETE CASCADE,
        FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id),
        FOREIGN KEY (workspace_id, sequence_version_id) REFERENCES sequence_versions (workspace_id, id),
        FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id) ON DELETE SET NULL (mailbox_id),
        CONSTRAINT enrollments_contact_key UNIQUE (workspace_id, campaign_id, contact_id)
      );
      CREATE INDEX enrollments_opportunity_idx ON enrollments (workspace_id, opportunity_id);
      CREATE INDEX enrollments_contact_idx ON enrollments (workspace_id, contact_id);
      CREATE INDEX enrollments_next_idx ON enrollments (next_at)
        WHERE next_at IS NOT NULL AND NOT set_aside AND state IN ('pending', 'active', 'postponed', 'blocked');

      -- one row a step, before its mail exists: what makes a second mail of a step impossible (promise 1)
      CREATE TABLE enrollment_steps (
        workspace_id   uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        enrollment_id  uuid NOT NULL,
        step_key       text NOT NULL CHECK (length(step_key) <= 64),
        -- null for a step that is a task, not a mail
        message_id     uuid,
        rfc_message_id text CHECK (length(rfc_message_id) <= 320),
        created_at     timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, enrollment_id, step_key),
        FOREIGN KEY (workspace_id, enrollment_id) REFERENCES enrollments (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT enrollment_steps_rfc_key UNIQUE (workspace_id, rfc_message_id)
      );

      CREATE TABLE messages (
        workspace_id uuid NOT NULL,
        id           uuid NOT NULL,
        version      int  NOT NULL DEFAULT 1,
        direction    text NOT NULL CHECK (direction IN ('out', 'in')),
        source       text NOT NULL CHECK (source IN ('sequence', 'person', 'mailbox', 'reclaim', 'nudge')),
        state        text NOT NULL CHECK (state IN ('draft', 'pending_approval', 'scheduled', 'claimed', 'transmitting', 'sent', 'cancelled', 'skipped',
                       'failed_temporary', 'failed', 'delivery_unknown', 'received')),
        state_changed_at timestamptz NOT NULL,
        state_reason text CHECK (length(state_reason) <= 500),
        project_id   uuid,
        campaign_id  uuid,
        opportunity_id uuid,
        prospect_id  uuid,
        contact_id   uuid,
        enrollment_id uuid,
        step_key     text CHECK (length(step_key) <= 64),
        pitch_id     uuid,
        mailbox_id   uuid NOT NULL,
        thread_id    uuid,
        template_version_id uuid,
        rfc_message_id text CHECK (length(rfc_message_id) <= 998),
        in_reply_to  text CHECK (length(in_reply_to) <= 998),
        -- Message-IDs, oldest first
        reference_ids text[] NOT NULL DEFAULT '{}',
        from_address text NOT NULL CHECK (length(from_address) <= 320),
        to_address   text NOT NULL CHECK (length(to_address) <= 320),
        subject      text CHECK (length(subject) <= 2000),
        text         text CHECK (length(text) <= 1000000),
        html         text CHECK (length(html) <= 1000000),
        -- asks for something unasked, so law wants address and opt-out (standards 26)
        commercial   boolean NOT NULL DEFAULT true,
        -- inbound only: what it is and how it was matched
        class        text CHECK (length(class) <= 40),
        match_method text CHECK (length(match_method) <= 40),
        answers_id   uuid,
        raw_id       uuid,
        next_at      timestamptz,
        claimed_until timestamptz,
        claim_token  uuid,
        attempts     int NOT NULL DEFAULT 0,
        last_response text CHECK (length(last_response) <= 1000),
        transmitting_at timestamptz,
        sent_at      timestamptz,
        created_at   timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      ) PARTITION BY RANGE (id);
      CREATE TABLE messages_other PARTITION OF messages DEFAULT;
      CREATE INDEX messages_due_idx ON messages (workspace_id, mailbox_id, next_at, id) WHERE state = 'scheduled';
      CREATE INDEX messages_lease_idx ON messages (claimed_until) WHERE state IN ('claimed', 'transmitting');
      CREATE INDEX messages_sent_idx ON messages (workspace_id, mailbox_id, sent_at) WHERE sent_at IS NOT NULL;
      -- counts against the limits of its mailbox, and stands in Today
      CREATE INDEX messages_unknown_idx ON messages (workspace_id, mailbox_id) WHERE state = 'delivery_unknown';
      CREATE INDEX messages_contact_idx ON messages (workspace_id, contact_id, id);
      CREATE INDEX messages_opportunity_idx ON messages (workspace_id, opportunity_id, id);
      CREATE INDEX messages_enrollment_idx ON messages (workspace_id, enrollment_id, id);
      CREATE INDEX messages_thread_idx ON messages (workspace_id, thread_id, id);
      CREATE INDEX messages_rfc_idx ON messages (workspace_id, rfc_message_id);
      INSERT INTO monthly_tables VALUES ('messages');

      -- Whoever schedules a mail tells its mailbox. The lock that writers share keeps the sender from setting a later time while
      -- one of them has not committed: it could not see that one's mail, and nobody would ever look for it.
      CREATE FUNCTION mailboxes_due() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('mail of ' || NEW.mailbox_id, 0));
        UPDATE mailboxes SET due_at = NEW.next_at
         WHERE workspace_id = NEW.workspace_id AND id = NEW.mailbox_id AND (due_at IS NULL OR due_at > NEW.next_at);
        RETURN NULL;
      END $$;
      CREATE TRIGGER messages_due AFTER INSERT OR UPDATE OF state, next_at, mailbox_id ON messages
        FOR EACH ROW WHEN (NEW.state = 'scheduled' AND NEW.next_at IS NOT NULL) EXECUTE FUNCTION mailboxes_due();

      CREATE TABLE message_facts (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        message_id   uuid NOT NULL,
        fact         text NOT NULL CHECK (fact IN ('delivered', 'delayed', 'bounced_soft', 'bounced_hard', 'complained', 'replied')),
        -- the event that says so; the same report twice counts once
        event_id     uuid NOT NULL,
        at           timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, message_id, fact, event_id)
      );

      -- what came in, as it came in, kept even when nobody can use it (promise 8)
      CREATE TABLE inbound_mails (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id           uuid NOT NULL,
        mailbox_id   uuid NOT NULL,
        -- SHA-256 of the raw mail: the same mail posted again is the same row
        content_hash text NOT NULL CHECK (length(content_hash) = 64),
        raw          bytea NOT NULL,
        message_id   uuid,
        class        text NOT NULL CHECK (length(class) <= 40),
        match_method text CHECK (length(match_method) <= 40),
        problem      text CHECK (length(problem) <= 500),
        received_at  timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, mailbox_id) REFERENCES mailboxes (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT inbound_mails_content_key UNIQUE (workspace_id, mailbox_id, content_hash)
      );
      CREATE INDEX inbound_mails_pending_idx ON inbound_mails (received_at) WHERE class = 'pending';`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      "DELETE FROM monthly_tables WHERE name = 'messages'; DROP TABLE inbound_mails, message_facts, messages, enrollment_steps, enrollments, opportunities; DROP FUNCTION mailboxes_due",
    );
  }
}
