import { newId } from '../../dist/src/platform/ids.js';
import { MAILBOXES, MAILS, senderOf } from './mails.mjs';

const W = newId();
const PLANNED = `
  jsonb_to_recordset($2::jsonb) AS m (n int, message uuid, prospect uuid, contact uuid, opportunity uuid, enrollment uuid, thread uuid, mailbox uuid,
                                      sender text, "to" text, subject text, text text)`;

/** Mails that are due, each the first of a sequence to a site of its own, with every row that stands around it. */
export async function seedMails(db, port) {
  const [project, page, template, templateVersion, sequence, sequenceVersion, campaign] = Array.from({ length: 7 }, newId);
  const mailboxes = Array.from({ length: MAILBOXES }, newId);
  const add = (sql, ...values) => db.query(sql, [W, ...values]);

  await add(`INSERT INTO workspaces (id, name, postal_address, created_at) VALUES ($1, 'Tea links', '1 Leaf Lane, Teatown', now())`);
  await add(
    `INSERT INTO projects (workspace_id, id, name, url, domain, created_at) VALUES ($1, $2, 'Tea shop', 'https://shop.example/', 'shop.example', now())`,
    project,
  );
  await add(
    `INSERT INTO target_pages (workspace_id, id, project_id, url, created_at) VALUES ($1, $2, $3, 'https://shop.example/guides/kettles', now())`,
    page,
    project,
  );
  await add(
    `INSERT INTO templates (workspace_id, id, name, current_version_id, created_at) VALUES ($1, $2, 'First mail', $3, now())`,
    template,
    templateVersion,
  );
  await add(
    `INSERT INTO template_versions (workspace_id, id, template_id, number, subject, text, created_at) VALUES ($1, $2, $3, 1, 'A page', 'Hello.', now())`,
    ...[templateVersion, template],
  );
  await add(
    `INSERT INTO sequences (workspace_id, id, name, current_version_id, created_at) VALUES ($1, $2, 'Two mails', $3, now())`,
    sequence,
    sequenceVersion,
  );
  const step = (key, value) => ({ key, kind: 'mail', templateId: template, title: null, delay: { value, unit: 'businessDays' } });
  await add(
    `INSERT INTO sequence_versions (workspace_id, id, sequence_id, number, steps, created_at) VALUES ($1, $2, $3, 1, $4, now())`,
    ...[sequenceVersion, sequence, JSON.stringify([step('first', 0), step('follow-up', 3)])],
  );
  for (const [at, mailbox] of mailboxes.entries()) {
    await add(
      `INSERT INTO mailboxes (workspace_id, id, name, from_name, from_address, smtp_host, smtp_port, smtp_security, per_day, per_hour, gap_seconds, next_at,
                              created_at)
       VALUES ($1, $2, 'Outreach', 'Ann of Tea', $3, '127.0.0.1', $4, 'none', 100000, 100000, 0, now(), now())`,
      ...[mailbox, senderOf(at), port],
    );
  }
  await add(
    `INSERT INTO campaigns (workspace_id, id, name, project_id, target_page_id, tactic, sequence_id, state, started_at, created_at)
     VALUES ($1, $2, 'Kettles', $3, $4, 'resource_page', $5, 'running', now(), now())`,
    ...[campaign, project, page, sequence],
  );
  await add(
    `INSERT INTO campaign_mailboxes (workspace_id, campaign_id, mailbox_id, position) SELECT $1, $2, mailbox, at FROM unnest($3::uuid[]) WITH ORDINALITY AS m (mailbox, at)`,
    ...[campaign, mailboxes],
  );

  const planned = JSON.stringify(
    MAILS.map(({ mailbox, ...mail }) => ({
      ...mail,
      ...{ message: newId(), prospect: newId(), contact: newId(), opportunity: newId(), enrollment: newId(), thread: newId() },
      ...{ mailbox: mailboxes[mailbox], sender: senderOf(mailbox) },
    })),
  );
  await add(
    `INSERT INTO prospects (workspace_id, id, domain, url, created_at)
     SELECT $1, prospect, 'tea-blog-' || n || '.example', 'https://tea-blog-' || n || '.example/', now() FROM ${PLANNED}`,
    planned,
  );
  await add(
    `INSERT INTO contacts (workspace_id, id, email, email_key, first_name, created_at) SELECT $1, contact, "to", "to", 'Editor ' || n, now() FROM ${PLANNED}`,
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
    `INSERT INTO enrollments (workspace_id, id, campaign_id, project_id, opportunity_id, prospect_id, contact_id, sequence_version_id, mailbox_id, thread_id,
                              state, state_changed_at, step_key, created_at)
     SELECT $1, enrollment, $3, $4, opportunity, prospect, contact, $5, mailbox, thread, 'active', now(), 'first', now() FROM ${PLANNED}`,
    ...[planned, campaign, project, sequenceVersion],
  );
  await add(
    `INSERT INTO messages (workspace_id, id, direction, source, state, state_changed_at, project_id, campaign_id, opportunity_id, prospect_id, contact_id,
                           enrollment_id, step_key, mailbox_id, thread_id, rfc_message_id, from_address, to_address, subject, text, next_at, created_at)
     SELECT $1, message, 'out', 'sequence', 'scheduled', now(), $4, $3, opportunity, prospect, contact, enrollment, 'first', mailbox, thread,
            message || '@shop.example', sender, "to", subject, text, now(), now() FROM ${PLANNED}`,
    ...[planned, campaign, project],
  );
  await add(
    `INSERT INTO enrollment_steps (workspace_id, enrollment_id, step_key, message_id, rfc_message_id, created_at)
     SELECT $1, enrollment, 'first', message, message || '@shop.example', now() FROM ${PLANNED}`,
    planned,
  );
}
