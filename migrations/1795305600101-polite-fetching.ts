import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Hosts that are asked one thing at a time over all processes, with their queues of links, and the robots.txt of sites. */
export class PoliteFetching1795305600101 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- of all tenants together: a host feels one visitor
      CREATE TABLE fetch_hosts (
        host        text PRIMARY KEY CHECK (length(host) <= 300),
        -- who asks it now
        lease_token uuid,
        -- real time: when the next may ask; while one asks, when that one counts as dead
        turn_at     timestamptz NOT NULL,
        -- product time: the host asked not to be visited before (Retry-After)
        rest_until  timestamptz,
        -- real time: when a link was last put into its queue; null when the queue is empty
        queued_at   timestamptz,
        -- somebody waits for a link of the queue
        asked       boolean NOT NULL DEFAULT false
      );
      CREATE INDEX fetch_hosts_turn_idx ON fetch_hosts (asked, turn_at) WHERE queued_at IS NOT NULL;

      CREATE TABLE robots_files (
        -- scheme, host and port
        origin      text PRIMARY KEY CHECK (length(origin) <= 320),
        -- the last file that could be had; empty when the site has none
        body        text CHECK (octet_length(body) <= 2097152),
        body_at     timestamptz,
        -- since when it cannot be had
        failing_since timestamptz,
        failure     text CHECK (length(failure) <= 500),
        -- asked for again from then on
        good_until  timestamptz NOT NULL
      );
      CREATE INDEX robots_files_good_idx ON robots_files (good_until);

      -- queued_for: equal to next_at while the link stands in the queue of its host. fetched_at: when its host was last asked for the page
      ALTER TABLE backlinks ADD COLUMN queued_for timestamptz, ADD COLUMN fetched_at timestamptz;
      DROP INDEX backlinks_due_idx;
      CREATE INDEX backlinks_due_idx ON backlinks (next_at)
        WHERE next_at IS NOT NULL AND source_key IS NOT NULL AND asked_by = 'schedule' AND queued_for IS DISTINCT FROM next_at;
      CREATE INDEX backlinks_asked_idx ON backlinks (next_at)
        WHERE next_at IS NOT NULL AND source_key IS NOT NULL AND asked_by <> 'schedule' AND queued_for IS DISTINCT FROM next_at;
      CREATE INDEX backlinks_queue_idx ON backlinks (split_part(source_key, '/', 3), (asked_by = 'schedule'), next_at) WHERE queued_for = next_at;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX backlinks_queue_idx, backlinks_asked_idx, backlinks_due_idx;
      ALTER TABLE backlinks DROP COLUMN queued_for, DROP COLUMN fetched_at;
      CREATE INDEX backlinks_due_idx ON backlinks (next_at) WHERE next_at IS NOT NULL;
      DROP TABLE robots_files, fetch_hosts`);
  }
}
