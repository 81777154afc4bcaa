/** Ids that a number tells: `pg_temp.uid(kind, n)`; UUIDv7 of the last 60 days, so that rows lie in the partitions that real ones would. */
export const UID = `
  CREATE FUNCTION pg_temp.uid(kind int, n bigint) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT ('0' || to_hex((date_part('epoch', now()) * 1000)::bigint - n % 60 * 86400000) || '7' || lpad(to_hex(kind), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid $$`;

export const W = 'pg_temp.uid(1, 0)';
const CAMPAIGNS = 20;
const MAILBOXES = 10_000;
const ENDPOINTS = 200;

export const many = (count, table, columns, values, where = 'true') =>
  `INSERT INTO ${table} (workspace_id, id, ${columns}) SELECT ${W}, ${values} FROM generate_series(0, ${count - 1}) AS n WHERE ${where}`;

/** Those that `fill` makes as large as it is told. */
export const LARGE = ['prospects', 'contacts', 'opportunities', 'enrollments', 'messages', 'backlinks', 'webhook_deliveries'];

/** What the trigger of `messages` does, where it was taken away: a mail of a mailbox at a time it would write the same row again and again. */
export const DUE_MAILBOXES = `
  UPDATE mailboxes SET due_at = due.at
    FROM (SELECT mailbox_id, min(next_at) AS at FROM messages WHERE state = 'scheduled' GROUP BY 1) AS due WHERE mailboxes.id = due.mailbox_id`;

/**
 * One busy workspace. Of the mail a tenth is due, but for a hundredth of the mailboxes only; of the enrollments a third, half of
 * them in paused campaigns; of the links and deliveries a tenth.
 */
export const fill = (rows) => [
  UID,
  `INSERT INTO workspaces (id, name, created_at) SELECT ${W}, 'Tea links', now()`,
  many(1, 'projects', 'name, url, domain, created_at', `pg_temp.uid(2, n), 'Tea shop', 'https://shop.example/', 'shop.example', now()`),
  many(1, 'target_pages', 'project_id, url, created_at', `pg_temp.uid(3, n), pg_temp.uid(2, 0), 'https://shop.example/guide', now()`),
  many(1, 'sequences', 'name, current_version_id, created_at', `pg_temp.uid(4, n), 'Two mails', pg_temp.uid(5, 0), now()`),
  many(1, 'sequence_versions', 'sequence_id, number, steps, created_at', `pg_temp.uid(5, n), pg_temp.uid(4, 0), 1, '[]', now()`),
  many(
    CAMPAIGNS,
    'campaigns',
    'name, project_id, target_page_id, tactic, sequence_id, state, created_at',
    `pg_temp.uid(6, n), 'Campaign ' || n, pg_temp.uid(2, 0), pg_temp.uid(3, 0), 'resource_page', pg_temp.uid(4, 0),
     CASE WHEN n % 2 = 0 THEN 'running' ELSE 'paused' END, now()`,
  ),
  many(
    MAILBOXES,
    'mailboxes',
    'name, from_name, from_address, smtp_host, smtp_port, smtp_security, next_at, created_at',
    `pg_temp.uid(7, n), 'Outreach', 'Ann', 'ann-' || n || '@shop.example', '127.0.0.1', 9, 'none', now() - (${MAILBOXES} - n) * interval '1 second', now()`,
  ),
  many(rows, 'prospects', 'domain, url, created_at', `pg_temp.uid(8, n), 'tea-' || n || '.example', 'https://tea-' || n || '.example/', now()`),
  many(rows, 'contacts', 'email, email_key, created_at', `pg_temp.uid(9, n), 'e@tea-' || n || '.example', 'e@tea-' || n || '.example', now()`),
  many(
    rows,
    'opportunities',
    'campaign_id, project_id, prospect_id, stage, stage_changed_at, created_at',
    `pg_temp.uid(10, n), pg_temp.uid(6, n % ${CAMPAIGNS}), pg_temp.uid(2, 0), pg_temp.uid(8, n), 'contacting', now(), now()`,
  ),
  many(
    rows,
    'enrollments',
    'campaign_id, project_id, opportunity_id, prospect_id, contact_id, sequence_version_id, thread_id, state, state_changed_at, next_at, created_at',
    `pg_temp.uid(11, n), pg_temp.uid(6, n % ${CAMPAIGNS}), pg_temp.uid(2, 0), pg_temp.uid(10, n), pg_temp.uid(8, n), pg_temp.uid(9, n), pg_temp.uid(5, 0),
     pg_temp.uid(12, n), CASE WHEN n % 3 = 2 THEN 'finished' ELSE 'active' END, now(),
     CASE n % 3 WHEN 0 THEN now() - (CASE WHEN n % 2 = 1 THEN 30 ELSE 1 END) * interval '1 day' + n * interval '1 millisecond'
                WHEN 1 THEN now() + interval '1 day' + n * interval '1 second' END, now()`,
  ),
  many(
    rows,
    'messages',
    `direction, source, state, state_changed_at, project_id, campaign_id, opportunity_id, prospect_id, contact_id, enrollment_id, step_key, mailbox_id,
     thread_id, from_address, to_address, subject, text, next_at, sent_at, transmitting_at, created_at`,
    `pg_temp.uid(13, n), 'out', 'sequence', CASE WHEN n % 10 < 2 THEN 'scheduled' ELSE 'sent' END, now(), pg_temp.uid(2, 0),
     pg_temp.uid(6, n % ${CAMPAIGNS}), pg_temp.uid(10, n), pg_temp.uid(8, n), pg_temp.uid(9, n), pg_temp.uid(11, n), 'first',
     pg_temp.uid(7, CASE WHEN n % 10 = 0 THEN ${MAILBOXES} - 1 - n / 10 % ${MAILBOXES / 100} ELSE n % ${MAILBOXES} END), pg_temp.uid(12, n), 'ann@shop.example',
     'e@tea-' || n || '.example', 'A page', 'Hello.',
     CASE n % 10 WHEN 0 THEN now() - n * interval '1 millisecond' WHEN 1 THEN now() + interval '1 day' + n * interval '1 second' END,
     CASE WHEN n % 10 > 1 THEN now() - n * interval '10 seconds' END, CASE WHEN n % 10 > 1 THEN now() - n * interval '10 seconds' END, now()`,
  ),
  many(
    rows,
    'backlinks',
    'project_id, origin, source_url, source_key, target_url, target_key, state, state_changed_at, next_at, created_at',
    `pg_temp.uid(14, n), pg_temp.uid(2, 0), 'manual', url, url, 'https://shop.example/guide', 'https://shop.example/guide', 'live', now(),
     now() + (CASE WHEN n % 10 = 0 THEN -n ELSE 86400 + n END) * interval '1 second', now()`,
  ).replace(' AS n WHERE', ` AS n, LATERAL (SELECT 'https://tea-' || n || '.example/post' AS url) AS page WHERE`),
  many(
    ENDPOINTS,
    'webhook_endpoints',
    'url, event_types, secret_sealed, created_at',
    `pg_temp.uid(15, n), 'https://hook.example/' || n, '{*}', 'sealed', now()`,
  ),
  // half of the queue waits for one endpoint
  many(
    rows,
    'webhook_deliveries',
    'endpoint_id, event_id, event_type, body, state, next_at, delivered_at, created_at',
    `pg_temp.uid(16, n), pg_temp.uid(15, CASE WHEN n % 20 = 0 THEN 0 ELSE n / 10 % ${ENDPOINTS} END), pg_temp.uid(17, n), 'message.sent', repeat('x', 400),
     CASE WHEN n % 10 = 0 THEN 'pending' ELSE 'delivered' END, CASE WHEN n % 10 = 0 THEN now() - n * interval '1 millisecond' END,
     CASE WHEN n % 10 <> 0 THEN now() END, now()`,
  ),
];
