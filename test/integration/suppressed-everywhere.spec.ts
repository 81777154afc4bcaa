import { SuppressionHasher } from '../../src/platform/secrets/suppression-hasher.js';
import { newId } from '../../src/platform/ids.js';
import { makeCampaign, makeContact, makeEnrollment, makeOpportunity } from '../support/factories.js';
import { letter } from '../support/raw-mails.js';
import { makePlannedMail, mailNow } from '../support/sending-world.js';
import { type Caller, createTestApp, TEST_START, type TestApp, type TestOwner } from '../support/test-app.js';
import { writtenTo } from '../support/written-to.js';

/** The ways in which somebody may be kept from mail. */
const FORMS = ['address', 'domain', 'domain above', 'project', 'hash'] as const;
type Form = (typeof FORMS)[number];

let t: TestApp;
let team: TestOwner;
let as: Caller;

beforeAll(async () => {
  t = await createTestApp();
});
beforeEach(async () => {
  team = await t.makeWorkspace();
  as = t.as(team.key);
});
afterAll(() => t.close());

/** As a row alone, without what adding it stops: so that each path must ask for itself. */
async function suppress(form: Form | 'expired', email: string, projectId: string): Promise<void> {
  const domain = email.slice(email.indexOf('@') + 1);
  const values: Readonly<Record<Form | 'expired', readonly [kind: string, value: string | null]>> = {
    ...{ address: ['address', email], project: ['address', email], expired: ['address', email], hash: ['address', null] },
    ...{ domain: ['domain', domain], 'domain above': ['domain', domain.split('.').slice(1).join('.')] },
  };
  const [kind, value] = values[form];
  const hash = value === null ? t.app.get(SuppressionHasher).hash(team.workspaceId, email) : null;
  await t.db.query(
    `INSERT INTO suppressions (workspace_id, id, kind, value, value_hash, reason, source, project_id, expires_at, created_at)
     VALUES ($1, $2, $3, $4, $5, 'asked', 'person', $6, $7, $8)`,
    [...[team.workspaceId, newId(), kind, value, hash, form === 'project' ? projectId : null], form === 'expired' ? TEST_START : null, TEST_START],
  );
}

const address = (): string => `ada-${newId()}@blog.tea-leaf.example`;

async function somebody() {
  const campaign = await makeCampaign(t.db, team.workspaceId);
  const contact = await makeContact(t.db, team.workspaceId, { email: address() });
  return { campaign, contact, card: { campaignId: campaign.id, prospectId: contact.prospectId ?? '' } };
}

describe.each(FORMS)('somebody suppressed by %s', (form) => {
  it('is not enrolled, alone, in bulk or with their site', async () => {
    const { campaign, contact } = await somebody();
    await suppress(form, contact.email, campaign.projectId);
    const wish = { campaignId: campaign.id, contactId: contact.id };

    const alone = await as.post('/enrollments', wish).expect(409);
    const bulk = await as.post('/enrollments/bulk', { items: [wish] }).expect(200);
    const site = { url: `https://${newId()}.example/`, contacts: [{ email: contact.email }], enroll: true };
    const withSite = await as.post(`/campaigns/${campaign.id}/prospects`, { items: [site] }).expect(200);

    expect(alone.body.code).toBe('suppressed');
    expect(bulk.body.results).toMatchObject([{ status: 409, problem: { code: 'suppressed' } }]);
    expect(withSite.body.results).toMatchObject([{ status: 409, problem: { code: form === 'hash' ? 'contact_erased' : 'suppressed' } }]);
  });

  it('is named by the preflight, and not planned', async () => {
    const { campaign, contact, card } = await somebody();
    const { id: opportunityId } = await makeOpportunity(t.db, team.workspaceId, card);
    const enrollment = await makeEnrollment(t.db, team.workspaceId, { opportunityId, contactId: contact.id });
    await suppress(form, contact.email, campaign.projectId);

    const { body: report } = await as.post(`/campaigns/${campaign.id}/preflight`, {}).expect(200);
    await t.run('plan');

    expect(report.errors).toContainEqual(expect.objectContaining({ code: 'suppressed', enrollmentId: enrollment.id }));
    expect((await as.get(`/enrollments/${enrollment.id}`).expect(200)).body).toMatchObject({ state: 'blocked', stateReason: 'suppressed' });
  });

  it.each(['sequence', 'person', 'nudge', 'reclaim'])('gets no mail that was planned before: %s', async (source) => {
    const mail = await makePlannedMail(t.db, team.workspaceId, { port: 9, message: { source } });
    const [{ projectId } = { projectId: '' }] = await t.db.query<{ projectId: string }[]>(
      'SELECT project_id AS "projectId" FROM messages WHERE workspace_id = $1 AND id = $2',
      [team.workspaceId, mail.messageId],
    );
    await suppress(form === 'domain above' ? 'domain' : form, mail.email, projectId);

    await t.run('send');

    expect(await mailNow(t.db, team.workspaceId, mail.messageId)).toMatchObject({ state: 'cancelled', stateReason: 'suppressed' });
  });

  it('gets no draft that somebody releases, and no answer', async () => {
    const story = await writtenTo(t, team);
    await story.take(letter({ from: story.contact.email, inReplyTo: story.message.rfcMessageId }));
    const draft = await makePlannedMail(t.db, team.workspaceId, { port: 9, message: { state: 'draft', source: 'person', nextAt: null } });
    for (const email of [story.contact.email, draft.email]) {
      const id = email === draft.email ? draft.messageId : story.message.id;
      const place = await as.get(`/messages/${id}`).expect(200);
      await suppress(form === 'domain above' ? 'domain' : form, email, place.body.projectId as string).catch(() => undefined); // one domain is enough for both
    }

    const answer = await as.post(`/threads/${story.message.threadId}/reply`, { text: 'Gladly.' }).expect(409);
    await as.post('/messages/bulk', { items: [{ id: draft.messageId, ifVersion: 1, action: 'release' }] }).expect(200);
    await t.run('send');

    expect(answer.body.code).toBe('suppressed');
    expect((await as.get(`/messages/${draft.messageId}`).expect(200)).body.state).not.toMatch(/sent|transmitting|failed/);
    expect(await mailNow(t.db, team.workspaceId, draft.messageId)).toMatchObject({ state: 'cancelled', stateReason: 'suppressed' });
  });
});

describe('what does not keep anybody from mail', () => {
  it('is a suppression that has run out', async () => {
    const { campaign, contact } = await somebody();
    await suppress('expired', contact.email, campaign.projectId);

    await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);
  });

  it('is one for another project', async () => {
    const [{ campaign, contact }, other] = [await somebody(), await makeCampaign(t.db, team.workspaceId)];
    await suppress('project', contact.email, other.projectId);

    await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);
  });
});

it('is taken back by managers alone, with a reason', async () => {
  const made = await t.as(t.owner.key).post('/suppressions', { kind: 'address', value: address(), reason: 'asked' }).expect(201);
  const path = `/suppressions/${made.body.id}`;

  await t
    .as(await t.makeKey('member'))
    .delete(`${path}?reason=why`, '*')
    .expect(403);
  await t
    .as(await t.makeKey('manager'))
    .delete(path, '*')
    .expect(400);
  await t
    .as(await t.makeKey('manager'))
    .delete(`${path}?reason=They%20asked%20for%20mail`, '*')
    .expect(204);
});
