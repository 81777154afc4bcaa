import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Limits beyond the mailbox, ramp plans, queues that campaigns share fairly, and what a pause has made too late. */
export class TimeAndLimits1795305600050 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE workspaces
        ADD sender_domain_per_day    int CHECK (sender_domain_per_day BETWEEN 1 AND 1000000),
        ADD recipient_domain_per_day int CHECK (recipient_domain_per_day BETWEEN 1 AND 1000000),
        ADD free_mail_host_per_day   int CHECK (free_mail_host_per_day BETWEEN 1 AND 1000000);

      ALTER TABLE mailboxes
        -- both or neither: mails of the first day, and how many more each day on which it sends
        ADD ramp_start int CHECK (ramp_start BETWEEN 1 AND 100000),
        ADD ramp_step  int CHECK (ramp_step BETWEEN 0 AND 100000),
        -- days it has sent on since the ramp began, the last of them included, and which that was
        ADD ramp_days  int NOT NULL DEFAULT 0,
        ADD ramp_on    date,
        ADD send_window jsonb,
        ADD CONSTRAINT mailboxes_ramp_check CHECK ((ramp_start IS NULL) = (ramp_step IS NULL));

      ALTER TABLE campaigns
        ADD weight    int NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 100),
        ADD per_day   int CHECK (per_day BETWEEN 1 AND 1000000),
        -- what was due before then is not sent any more: a resume has said so
        ADD late_before timestamptz;
      CREATE INDEX campaigns_late_idx ON campaigns (workspace_id, id) WHERE late_before IS NOT NULL AND state = 'running';

      ALTER TABLE messages
        -- 0 by a person, 1 follow-up, 2 first mail of a sequence
        ADD lane   smallint NOT NULL DEFAULT 0 CHECK (lane BETWEEN 0 AND 2),
        -- when the sequence wanted it to leave; next_at moves on with every gate that holds it
        ADD due_at timestamptz;
      CREATE INDEX messages_queue_idx
        ON messages (workspace_id, mailbox_id, lane, (COALESCE(campaign_id, '00000000-0000-0000-0000-000000000000'::uuid)), next_at, id) WHERE state = 'scheduled';
      CREATE INDEX messages_late_idx ON messages (workspace_id, campaign_id, due_at) WHERE state = 'scheduled' AND due_at IS NOT NULL;
      CREATE INDEX messages_campaign_sent_idx ON messages (workspace_id, campaign_id, sent_at) WHERE sent_at IS NOT NULL AND direction = 'out';
      CREATE INDEX messages_recipient_sent_idx
        ON messages (workspace_id, (lower(substring(to_address FROM '[^@]*$'))), sent_at) WHERE sent_at IS NOT NULL AND direction = 'out';
      CREATE INDEX messages_under_way_idx ON messages (workspace_id, mailbox_id) WHERE state IN ('claimed', 'transmitting');`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX messages_under_way_idx, messages_recipient_sent_idx, messages_campaign_sent_idx, messages_late_idx, messages_queue_idx;
      ALTER TABLE messages DROP lane, DROP due_at;
      ALTER TABLE campaigns DROP weight, DROP per_day, DROP late_before;
      ALTER TABLE mailboxes DROP ramp_start, DROP ramp_step, DROP ramp_days, DROP ramp_on, DROP send_window;
      ALTER TABLE workspaces DROP sender_domain_per_day, DROP recipient_domain_per_day, DROP free_mail_host_per_day;`);
  }
}
