import { many, UID, W } from './tables.mjs';

/** Projects of the busy workspace: the first has half of everything, the last (TINY) twenty things, the rest one in a hundred each. */
export const PROJECTS = 52;
export const TINY = PROJECTS - 1;
const CAMPAIGNS = 104;

const AT = `now() - (n % 60) * interval '1 day' - n * interval '1 microsecond'`;
const projectOf = (rows) =>
  `pg_temp.uid(2, CASE WHEN n % ${Math.max(1, rows / 20)} = 7 THEN ${TINY} WHEN n % 2 = 0 THEN 0 ELSE 1 + n / 2 % ${PROJECTS - 2} END)`;
const campaignOf = `pg_temp.uid(6, n % ${CAMPAIGNS})`;
/** One in three is a "garden" (a common word), one in a hundred a "greenhouse", and a handful are an "orangery" (a rare one). */
const nameOf = (
  rows,
) => `CASE WHEN n % ${Math.max(1, rows / 5)} = 11 THEN 'Orangery ' WHEN n % 100 = 5 THEN 'Greenhouse ' WHEN n % 3 = 0 THEN 'Garden '
  ELSE (ARRAY['Tea ', 'Kettle ', 'Bean ', 'Roast ', 'Leaf '])[1 + n % 5] END`;

/** One busy workspace whose things are spread over sixty days and over projects of every size; nine others with a tenth of its sites and people each. */
export const fillLists = (rows) => [
  UID,
  `INSERT INTO workspaces (id, name, created_at) SELECT pg_temp.uid(1, w), 'Tea links', now() FROM generate_series(0, 9) AS w`,
  many(PROJECTS, 'projects', 'name, url, domain, created_at', `pg_temp.uid(2, n), 'Tea shop', 'https://shop.example/', 'shop.example', now()`),
  many(PROJECTS, 'target_pages', 'project_id, url, created_at', `pg_temp.uid(3, n), pg_temp.uid(2, n), 'https://shop.example/guide', now()`),
  many(1, 'sequences', 'name, current_version_id, created_at', `pg_temp.uid(4, n), 'Two mails', pg_temp.uid(5, 0), now()`),
  many(1, 'sequence_versions', 'sequence_id, number, steps, created_at', `pg_temp.uid(5, n), pg_temp.uid(4, 0), 1, '[]', now()`),
  many(
    CAMPAIGNS,
    'campaigns',
    'name, project_id, target_page_id, tactic, sequence_id, state, created_at',
    `pg_temp.uid(6, n), 'Campaign ' || n, pg_temp.uid(2, n % ${PROJECTS}), pg_temp.uid(3, n % ${PROJECTS}), 'resource_page', pg_temp.uid(4, 0), 'running', now()`,
  ),
  many(
    100,
    'mailboxes',
    'name, from_name, from_address, smtp_host, smtp_port, smtp_security, next_at, created_at',
    `pg_temp.uid(7, n), 'Outreach', 'Ann', 'ann-' || n || '@shop.example', '127.0.0.1', 9, 'none', now(), now()`,
  ),
  ...[W, ...Array.from({ length: 9 }, (_, at) => `pg_temp.uid(1, ${at + 1})`)].flatMap((workspace, at) => {
    const count = at === 0 ? rows : Math.floor(rows / 10);
    const of = (sql) => sql.replace(`SELECT ${W}`, `SELECT ${workspace}`);
    return [
      of(
        many(
          count,
          'prospects',
          'domain, url, name, tags, created_at',
          `pg_temp.uid(8, n), 'site-' || n || '.example', 'https://site-' || n || '.example/', ${nameOf(rows)} || n,
           CASE WHEN n % 50 = 0 THEN '{press}' ELSE '{}' END::text[], ${AT}`,
        ),
      ),
      of(
        many(
          count,
          'contacts',
          'email, email_key, first_name, last_name, created_at',
          `pg_temp.uid(9, n), 'editor@site-' || n || '.example', 'editor@site-' || n || '.example', (ARRAY['Ann', 'Ben', 'Cleo', 'Dora'])[1 + n % 4],
           ${nameOf(rows)} || n, ${AT}`,
        ),
      ),
    ];
  }),
  `INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at)
   SELECT ${W}, pg_temp.uid(8, n), pg_temp.uid(9, n), now() FROM generate_series(0, ${rows - 1}) AS n`,
  many(
    rows,
    'opportunities',
    'campaign_id, project_id, prospect_id, stage, stage_changed_at, created_at',
    `pg_temp.uid(10, n), ${campaignOf}, ${projectOf(rows)}, pg_temp.uid(8, n), (ARRAY['new', 'contacting', 'live', 'declined'])[1 + n % 4], ${AT}, ${AT}`,
  ),
  many(
    rows,
    'enrollments',
    'campaign_id, project_id, opportunity_id, prospect_id, contact_id, sequence_version_id, thread_id, state, state_changed_at, created_at',
    `pg_temp.uid(11, n), ${campaignOf}, ${projectOf(rows)}, pg_temp.uid(10, n), pg_temp.uid(8, n), pg_temp.uid(9, n), pg_temp.uid(5, 0),
     pg_temp.uid(12, n), 'finished', now(), ${AT}`,
  ),
  many(
    rows,
    'messages',
    `direction, source, state, state_changed_at, project_id, campaign_id, opportunity_id, prospect_id, contact_id, enrollment_id, step_key, mailbox_id,
     thread_id, from_address, to_address, subject, text, sent_at, transmitting_at, created_at`,
    `pg_temp.uid(13, n), 'out', 'sequence', 'sent', now(), ${projectOf(rows)}, ${campaignOf}, pg_temp.uid(10, n), pg_temp.uid(8, n), pg_temp.uid(9, n),
     pg_temp.uid(11, n), 'first', pg_temp.uid(7, n % 100), pg_temp.uid(12, n), 'ann@shop.example', 'editor@site-' || n || '.example', 'A page',
     repeat('Hello. ', 100), ${AT}, ${AT}, ${AT}`,
  ),
  many(
    rows,
    'backlinks',
    'project_id, origin, opportunity_id, prospect_id, source_url, source_key, target_url, target_key, state, state_changed_at, created_at',
    `pg_temp.uid(14, n), ${projectOf(rows)}, 'outreach', pg_temp.uid(10, n), pg_temp.uid(8, n), url, url, 'https://shop.example/guide',
     'https://shop.example/guide', CASE WHEN n % 200 = 0 THEN 'lost' ELSE 'live' END, now(), ${AT}`,
  ).replace(' AS n WHERE', ` AS n, LATERAL (SELECT 'https://site-' || n || '.example/post' AS url) AS page WHERE`),
  many(
    rows,
    'tasks',
    'kind, subject_type, subject_id, opportunity_id, project_id, due_at, done_at, created_at',
    `pg_temp.uid(18, n), 'answer', 'message', pg_temp.uid(13, n), pg_temp.uid(10, n), ${projectOf(rows)}, ${AT}, CASE WHEN n % 10 > 0 THEN now() END, ${AT}`,
  ),
  many(
    rows,
    'audit_log',
    'at, via, action, subject_type, subject_id, request_id',
    `pg_temp.uid(19, n), ${AT}, 'ui', CASE WHEN n % 1000 = 0 THEN 'member.changed' ELSE 'prospect.changed' END, 'prospect', pg_temp.uid(8, n), 'request-' || n`,
  ),
  // transactions of the past: one that is still to come would hold them back
  many(
    rows,
    'events',
    'tx, type, at, project_id, opportunity_id, data',
    `pg_temp.uid(17, n), (3 + n * 400 / ${rows})::text::xid8, CASE WHEN n % 500 = 0 THEN 'backlink.lost' ELSE 'message.sent' END, ${AT}, ${projectOf(rows)},
     pg_temp.uid(10, n), jsonb_build_object('object', jsonb_build_object('type', 'message', 'id', pg_temp.uid(13, n)))`,
  ),
];
