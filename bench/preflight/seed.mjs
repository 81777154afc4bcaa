import { newApiKey } from '../../dist/src/modules/auth/api-keys/new-api-key.js';
import { newId } from '../../dist/src/platform/ids.js';

export const PEOPLE = Number(process.env.BENCH_UNITS ?? 5000);
export const STEPS = 4;
const MAILBOXES = 5;
const TEXT = `Hello {{contact.firstName | default: "there"}},

your page on {{prospect.domain}} has a list of shops. Would ours fit? {{targetPage.url}}

${'A sentence about tea that every reader knows by heart. '.repeat(12)}

{{mailbox.fromName}}`;
const PLANNED = 'jsonb_to_recordset($2::jsonb) AS m (n int, prospect uuid, contact uuid, opportunity uuid, enrollment uuid, thread uuid)';

/** A draft campaign with everybody in it, and a key to look at it. @returns their ids */
export async function seedCampaign(db) {
  const W = newId();
  const [user, member, project, page, sequence, sequenceVersion, campaign] = Array.from({ length: 7 }, newId);
  const { key, prefix, hash } = newApiKey();
  const add = (sql, ...values) => db.query(sql, [W, ...values]);
  await add(
    `INSERT INTO workspaces (id, name, postal_address, time_zone, created_at) VALUES ($1, 'Tea links', '1 Leaf Lane, Teatown', 'Europe/Lisbon', now())`,
  );
  await db.query(`INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, 'ann@shop.example', 'Ann', '-', now())`, [user]);
  await add(`INSERT INTO members (workspace_id, id, user_id, role, created_at) VALUES ($1, $2, $3, 'owner', now())`, member, user);
  await add(
    `INSERT INTO api_keys (workspace_id, id, name, prefix, key_hash, scopes, member_id, created_at) VALUES ($1, $2, 'bench', $3, $4, '{*}', $5, now())`,
    ...[newId(), prefix, hash, member],
  );
  await add(
    `INSERT INTO projects (workspace_id, id, name, url, domain, created_at) VALUES ($1, $2, 'Tea shop', 'https://shop.example/', 'shop.example', now())`,
    project,
  );
  await add(
    `INSERT INTO target_pages (workspace_id, id, project_id, url, created_at) VALUES ($1, $2, $3, 'https://shop.example/guides/kettles', now())`,
    ...[page, project],
  );
  const steps = [];
  for (let at = 0; at < STEPS; at += 1) {
    const [template, version] = [newId(), newId()];
    await add(
      `INSERT INTO templates (workspace_id, id, name, current_version_id, created_at) VALUES ($1, $2, 'Mail ' || $4, $3, now())`,
      ...[template, version, String(at)],
    );
    await add(
      `INSERT INTO template_versions (workspace_id, id, template_id, number, subject, text, html, created_at)
       VALUES ($1, $2, $3, 1, 'A page for {{prospect.domain}}', $4, $5, now())`,
      ...[version, template, TEXT, `<p>${TEXT}</p>`],
    );
    const delay = { value: at === 0 ? 0 : 3, unit: 'businessDays' };
    steps.push({ key: `s${at}`, kind: 'mail', templateId: template, title: null, delay });
  }
  await add(
    `INSERT INTO sequences (workspace_id, id, name, current_version_id, created_at) VALUES ($1, $2, 'Four mails', $3, now())`,
    ...[sequence, sequenceVersion],
  );
  await add(
    `INSERT INTO sequence_versions (workspace_id, id, sequence_id, number, steps, created_at) VALUES ($1, $2, $3, 1, $4, now())`,
    ...[sequenceVersion, sequence, JSON.stringify(steps)],
  );
  await add(
    `INSERT INTO campaigns (workspace_id, id, name, project_id, target_page_id, tactic, sequence_id, state, send_window, created_at)
     VALUES ($1, $2, 'Kettles', $3, $4, 'resource_page', $5, 'draft', '{"days":[1,2,3,4,5],"from":"09:00","to":"17:00"}', now())`,
    ...[campaign, project, page, sequence],
  );
  for (let at = 0; at < MAILBOXES; at += 1) {
    const mailbox = newId();
    await add(
      `INSERT INTO mailboxes (workspace_id, id, name, from_name, from_address, smtp_host, smtp_port, smtp_security, per_day, per_hour, gap_seconds, next_at,
                              checked_at, check_ok, created_at)
       VALUES ($1, $2, 'Outreach', 'Ann of Tea', $3, '127.0.0.1', 9, 'none', 100, 20, 60, now(), now() + interval '1 hour', true, now())`,
      ...[mailbox, `ann${at}@shop.example`],
    );
    await add(`INSERT INTO campaign_mailboxes (workspace_id, campaign_id, mailbox_id, position) VALUES ($1, $2, $3, $4)`, campaign, mailbox, at);
  }
  const people = Array.from({ length: PEOPLE }, (_, n) => ({
    ...{ n, prospect: newId(), contact: newId(), opportunity: newId(), enrollment: newId(), thread: newId() },
  }));
  const planned = JSON.stringify(people);
  await add(
    `INSERT INTO prospects (workspace_id, id, domain, url, country, created_at)
     SELECT $1, prospect, 'tea-blog-' || n || '.example', 'https://tea-blog-' || n || '.example/', (ARRAY['US', 'GB', 'PT'])[1 + n % 3], now() FROM ${PLANNED}`,
    planned,
  );
  await add(
    `INSERT INTO contacts (workspace_id, id, email, email_key, first_name, created_at)
     SELECT $1, contact, 'ed@tea-blog-' || n || '.example', 'ed@tea-blog-' || n || '.example', 'Editor ' || n, now() FROM ${PLANNED}`,
    planned,
  );
  await add(
    `INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at) SELECT $1, prospect, contact, now() FROM ${PLANNED}`,
    planned,
  );
  await add(
    `INSERT INTO opportunities (workspace_id, id, campaign_id, project_id, prospect_id, stage, stage_changed_at, created_at)
     SELECT $1, opportunity, $3, $4, prospect, 'ready', now(), now() FROM ${PLANNED}`,
    ...[planned, campaign, project],
  );
  await add(
    `INSERT INTO enrollments (workspace_id, id, campaign_id, project_id, opportunity_id, prospect_id, contact_id, sequence_version_id, thread_id,
                              state, state_changed_at, created_at)
     SELECT $1, enrollment, $3, $4, opportunity, prospect, contact, $5, thread, 'pending', now(), now() FROM ${PLANNED}`,
    ...[planned, campaign, project, sequenceVersion],
  );
  return { key, campaign, prospect: people[0].prospect };
}
