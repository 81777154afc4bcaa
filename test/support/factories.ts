import type { DataSource } from 'typeorm';
import type { BacklinkState } from '../../src/domain/machines/backlink.js';
import type { EnrollmentState } from '../../src/domain/machines/enrollment.js';
import type { MessageState } from '../../src/domain/machines/message.js';
import type { OpportunityStage } from '../../src/domain/machines/opportunity.js';
import type { PitchState } from '../../src/domain/machines/pitch.js';
import { newId } from '../../src/platform/ids.js';
import { TEST_START } from './test-app.js';

// Each makes one valid row, with the parents that the test does not name. Columns in camelCase; `over` may set any column.

type Db = Pick<DataSource, 'query'>;
type Over<Row> = Partial<Row> & Readonly<Record<string, unknown>>;

const SITE = 'tea-blog';
let counter = 0;
/** A word that no other row of this test file has. */
const fresh = (word: string): string => `${word}-${(counter += 1)}`;

async function insert<Row extends object>(db: Db, table: string, row: Row): Promise<Row> {
  const columns = Object.keys(row).map((name) => `"${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}"`);
  const places = columns.map((_, at) => `$${at + 1}`);
  await db.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')})`, Object.values(row));
  return row;
}

const base = (workspaceId: string) => ({ workspaceId, id: newId(), createdAt: TEST_START });

export async function makeProject(db: Db, workspaceId: string, over: Over<{ id: string; name: string; url: string; domain: string }> = {}) {
  const domain = `${fresh('shop')}.example`;
  return insert(db, 'projects', { ...base(workspaceId), name: 'Tea shop', url: `https://${domain}/`, domain, ...over });
}

export async function makeTargetPage(db: Db, workspaceId: string, over: Over<{ id: string; projectId: string; url: string }> = {}) {
  const projectId = over.projectId ?? (await makeProject(db, workspaceId)).id;
  return insert(db, 'target_pages', { ...base(workspaceId), projectId, url: `https://shop.example/${fresh('guide')}`, ...over });
}

export async function makeProspect(db: Db, workspaceId: string, over: Over<{ id: string; domain: string; url: string; lastContactedAt: Date }> = {}) {
  const domain = over.domain ?? `${fresh(SITE)}.example`;
  return insert(db, 'prospects', { ...base(workspaceId), domain, url: `https://${domain}/`, ...over });
}

/** With `prospectId` of an existing site, or of one made for it; null leaves the contact without a site. */
export async function makeContact(
  db: Db,
  workspaceId: string,
  { prospectId, ...over }: Over<{ id: string; email: string; prospectId: string | null; firstName: string }> = {},
) {
  const email = over.email ?? `editor@${fresh(SITE)}.example`;
  const contact = await insert(db, 'contacts', { ...base(workspaceId), email, emailKey: email.toLowerCase(), firstName: 'Ada', ...over });
  const site = prospectId === undefined ? (await makeProspect(db, workspaceId)).id : prospectId;
  if (site !== null) {
    await insert(db, 'prospect_contacts', { workspaceId, prospectId: site, contactId: contact.id, createdAt: TEST_START });
  }
  return { ...contact, prospectId: site };
}

/** Sends to a port where nobody listens, unless `smtpHost` and `smtpPort` say otherwise; no gap between mails. */
export async function makeMailbox(db: Db, workspaceId: string, over: Over<{ id: string; fromAddress: string; smtpPort: number }> = {}) {
  return insert(db, 'mailboxes', {
    ...base(workspaceId),
    name: 'Outreach',
    fromName: 'Ann of Tea',
    fromAddress: `${fresh('ann')}@shop.example`,
    smtpHost: '127.0.0.1',
    smtpPort: 9,
    smtpSecurity: 'none',
    perDay: 1000,
    perHour: 1000,
    gapSeconds: 0,
    nextAt: TEST_START,
    ...over,
  });
}

/** With its first version: `subject`, `text`, `html`. */
export async function makeTemplate(
  db: Db,
  workspaceId: string,
  {
    subject = 'A page for {{prospect.domain}}',
    text = 'Hello {{contact.firstName}}, how about a link?',
    html = null,
    ...over
  }: Over<{
    id: string;
    name: string;
    subject: string;
    text: string;
    html: string | null;
  }> = {},
) {
  const currentVersionId = newId();
  const template = await insert(db, 'templates', { ...base(workspaceId), name: 'First mail', currentVersionId, ...over });
  await insert(db, 'template_versions', { ...base(workspaceId), id: currentVersionId, templateId: template.id, number: 1, subject, text, html });
  return template;
}

/** With its first version; two mails, the second three business days after the first, unless `steps` are given. */
export async function makeSequence(
  db: Db,
  workspaceId: string,
  { steps, ...over }: Over<{ id: string; name: string; steps: readonly object[] }> = {},
) {
  const mail = async (key: string, value: number) => ({
    ...{ key, kind: 'mail', templateId: (await makeTemplate(db, workspaceId)).id, title: null },
    delay: { value, unit: 'businessDays' },
  });
  const plan = steps ?? [await mail('first', 0), await mail('follow-up', 3)];
  const currentVersionId = newId();
  const sequence = await insert(db, 'sequences', { ...base(workspaceId), name: 'Two mails', currentVersionId, ...over });
  const version = { ...base(workspaceId), id: currentVersionId, sequenceId: sequence.id, number: 1, steps: JSON.stringify(plan) };
  await insert(db, 'sequence_versions', version);
  return sequence;
}

/** Running, at any time of day, with the mailboxes of `mailboxIds` or one of its own. */
export async function makeCampaign(
  db: Db,
  workspaceId: string,
  {
    mailboxIds,
    ...over
  }: Over<{ id: string; projectId: string; targetPageId: string; sequenceId: string; state: string; mailboxIds: string[] }> = {},
) {
  const projectId = over.projectId ?? (await makeProject(db, workspaceId)).id;
  const targetPageId = over.targetPageId ?? (await makeTargetPage(db, workspaceId, { projectId })).id;
  const sequenceId = over.sequenceId ?? (await makeSequence(db, workspaceId)).id;
  const campaign = await insert(db, 'campaigns', {
    ...{ ...base(workspaceId), name: 'Guides', projectId, targetPageId, tactic: 'resource_page', sequenceId },
    ...{ sendWindow: null, state: 'running', startedAt: TEST_START },
    ...over,
  });
  const mailboxes = mailboxIds ?? [(await makeMailbox(db, workspaceId)).id];
  for (const [position, mailboxId] of mailboxes.entries()) {
    await insert(db, 'campaign_mailboxes', { workspaceId, campaignId: campaign.id, mailboxId, position });
  }
  return { ...campaign, mailboxIds: mailboxes };
}

export async function makeOpportunity(
  db: Db,
  workspaceId: string,
  over: Over<{ id: string; campaignId: string; projectId: string; prospectId: string; stage: OpportunityStage; ownerId: string | null }> = {},
) {
  const campaign = over.campaignId !== undefined && over.projectId !== undefined ? undefined : await campaignOf(db, workspaceId, over.campaignId);
  return insert(db, 'opportunities', {
    ...base(workspaceId),
    campaignId: over.campaignId ?? campaign?.id ?? '',
    projectId: over.projectId ?? campaign?.projectId ?? '',
    prospectId: over.prospectId ?? (await makeProspect(db, workspaceId)).id,
    ownerId: null as string | null,
    stage: 'ready',
    stageChangedAt: TEST_START,
    ...over,
  });
}

/** Active and due at once, on the newest version of the campaign's sequence, without a mail yet. */
export async function makeEnrollment(
  db: Db,
  workspaceId: string,
  over: Over<{ id: string; opportunityId: string; contactId: string; state: EnrollmentState; stepKey: string | null; nextAt: Date | null }> = {},
) {
  const opportunityId = over.opportunityId ?? (await makeOpportunity(db, workspaceId)).id;
  const place = await placeOf(db, workspaceId, opportunityId);
  const [sequence] = await read<{ id: string }>(
    db,
    `SELECT s.current_version_id AS id FROM sequences s JOIN campaigns c ON c.workspace_id = s.workspace_id AND c.sequence_id = s.id
      WHERE c.workspace_id = $1 AND c.id = $2`,
    [workspaceId, place.campaignId],
  );
  return insert(db, 'enrollments', {
    ...{ ...base(workspaceId), ...place, opportunityId },
    contactId: over.contactId ?? (await makeContact(db, workspaceId, { prospectId: place.prospectId })).id,
    sequenceVersionId: sequence?.id,
    ...{ mailboxId: null as string | null, threadId: newId() },
    ...{ state: 'active', stateChangedAt: TEST_START, stepKey: null as string | null, nextAt: TEST_START },
    ...over,
  });
}

/** An outgoing mail, scheduled and due. With `enrollmentId` it is that one's step `first`; without, a person's own. */
export async function makeMessage(
  db: Db,
  workspaceId: string,
  over: Over<{ id: string; enrollmentId: string; mailboxId: string; state: MessageState | 'received'; toAddress: string; stepKey: string }> = {},
) {
  const parents = over.enrollmentId === undefined ? {} : await parentsOf(db, workspaceId, over.enrollmentId);
  const mailboxId = over.mailboxId ?? (await makeMailbox(db, workspaceId)).id;
  const rfcMessageId = `${newId()}@shop.example`;
  const message = await insert(db, 'messages', {
    ...{ ...base(workspaceId), ...parents, mailboxId, rfcMessageId, threadId: newId() },
    ...{
      direction: 'out',
      source: over.enrollmentId === undefined ? 'person' : 'sequence',
      stepKey: over.enrollmentId === undefined ? null : 'first',
    },
    ...{ state: 'scheduled', stateChangedAt: TEST_START, nextAt: TEST_START },
    ...{ fromAddress: 'ann@shop.example', toAddress: 'editor@tea-blog.example', subject: 'A page', text: 'Hello.' },
    ...over,
  });
  if (over.enrollmentId !== undefined) {
    const step = {
      workspaceId,
      enrollmentId: over.enrollmentId,
      stepKey: message.stepKey,
      messageId: message.id,
      rfcMessageId: message.rfcMessageId,
    };
    await insert(db, 'enrollment_steps', { ...step, createdAt: TEST_START });
  }
  return message;
}

export async function makePitch(db: Db, workspaceId: string, over: Over<{ id: string; opportunityId: string; state: PitchState }> = {}) {
  const opportunityId = over.opportunityId ?? (await makeOpportunity(db, workspaceId, { stage: 'engaged' })).id;
  const { projectId } = await placeOf(db, workspaceId, opportunityId);
  return insert(db, 'pitches', {
    ...{ ...base(workspaceId), opportunityId, projectId },
    ...{ state: 'draft', stateChangedAt: TEST_START },
    ...over,
  });
}

/** Reported and due for its first check; with `opportunityId` a link of that card, else found by hand. */
export async function makeBacklink(
  db: Db,
  workspaceId: string,
  over: Over<{ id: string; opportunityId: string; projectId: string; sourceUrl: string; targetUrl: string; state: BacklinkState }> = {},
) {
  const place = over.opportunityId === undefined ? undefined : await placeOf(db, workspaceId, over.opportunityId);
  const sourceUrl = over.sourceUrl ?? `https://tea-blog.example/${fresh('post')}`;
  const targetUrl = over.targetUrl ?? `https://shop.example/${fresh('guide')}`;
  return insert(db, 'backlinks', {
    ...{ ...base(workspaceId), ...place, projectId: place?.projectId ?? over.projectId ?? (await makeProject(db, workspaceId)).id },
    ...{ origin: place ? 'outreach' : 'manual', sourceUrl, sourceKey: sourceUrl, targetUrl, targetKey: targetUrl },
    ...{ state: 'reported', stateChangedAt: TEST_START, nextAt: TEST_START },
    ...over,
  });
}

async function read<Row>(db: Db, sql: string, values: readonly unknown[]): Promise<Row[]> {
  const found: unknown = await db.query(sql, [...values]);
  return found as Row[];
}

async function one<Row>(db: Db, sql: string, values: readonly unknown[]): Promise<Row> {
  const [row] = await read<Row>(db, sql, values);
  if (!row) throw new Error('The factory was given an id that does not exist in this workspace.');
  return row;
}

async function campaignOf(db: Db, workspaceId: string, id: string | undefined): Promise<{ id: string; projectId: string }> {
  if (id === undefined) return makeCampaign(db, workspaceId);
  return one(db, 'SELECT id, project_id AS "projectId" FROM campaigns WHERE workspace_id = $1 AND id = $2', [workspaceId, id]);
}

async function placeOf(db: Db, workspaceId: string, opportunityId: string): Promise<{ campaignId: string; projectId: string; prospectId: string }> {
  return one(
    db,
    `SELECT campaign_id AS "campaignId", project_id AS "projectId", prospect_id AS "prospectId" FROM opportunities WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, opportunityId],
  );
}

async function parentsOf(db: Db, workspaceId: string, enrollmentId: string): Promise<object> {
  return one(
    db,
    `SELECT id AS "enrollmentId", campaign_id AS "campaignId", project_id AS "projectId", opportunity_id AS "opportunityId", prospect_id AS "prospectId",
            contact_id AS "contactId", thread_id AS "threadId" FROM enrollments WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, enrollmentId],
  );
}
