import { makeCampaign, makeContact, makeProspect } from '../support/factories.js';
import { makePlannedMail, mailNow } from '../support/sending-world.js';
import { type Caller, createTestApp, type TestApp } from '../support/test-app.js';

let t: TestApp;
let as: Caller;

beforeAll(async () => {
  t = await createTestApp();
  as = t.as(t.owner.key);
});
afterAll(() => t.close());

const ws = (): string => t.owner.workspaceId;
const override = (contactId: string, caller = as) => caller.post(`/contacts/${contactId}/consent-override`, { reason: 'She wrote to us first.' });

describe('a person in Germany without a basis', () => {
  it('is an error of the preflight, until a manager answers for them', async () => {
    const campaign = await makeCampaign(t.db, ws(), { state: 'draft' });
    const contact = await makeContact(t.db, ws(), { country: 'DE', lawfulBasis: 'legitimate_interest' });
    await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);

    const before = await as.post(`/campaigns/${campaign.id}/preflight`, {}).expect(200);
    const { body: answeredFor } = await override(contact.id).expect(200);
    const after = await as.post(`/campaigns/${campaign.id}/preflight`, {}).expect(200);

    expect(before.body.errors).toEqual([
      expect.objectContaining({ code: 'consent_required', contactId: contact.id, detail: expect.stringContaining('UWG section 7') }),
    ]);
    expect(before.body.counts).toMatchObject({ consentMissing: 1, errors: 1 });
    expect(answeredFor).toMatchObject({ consentOverrideAt: '2026-11-02T10:00:00.000Z', consentOverrideBy: t.owner.memberId });
    expect(after.body.errors).toEqual([]);
  });

  it('is not enrolled in what runs already, also when only the site is known to be there', async () => {
    const campaign = await makeCampaign(t.db, ws());
    const site = await makeProspect(t.db, ws(), { country: 'DE' });
    const contact = await makeContact(t.db, ws(), { prospectId: site.id });

    const refused = await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(409);
    await as.patch(`/contacts/${contact.id}`, { lawfulBasis: 'consent' }, '*').expect(200);

    expect(refused.body.code).toBe('consent_required');
    await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);
  });

  it('is not planned for when the country came to be known later', async () => {
    const campaign = await makeCampaign(t.db, ws());
    const contact = await makeContact(t.db, ws());
    const { body } = await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);
    await as.patch(`/contacts/${contact.id}`, { country: 'DE' }, '*').expect(200);

    await t.run('plan');

    expect((await as.get(`/enrollments/${String(body.id)}`).expect(200)).body).toMatchObject({ state: 'blocked', stateReason: 'consent_required' });
  });

  it('gets no mail that was planned before: it is held, and told why', async () => {
    const mail = await makePlannedMail(t.db, ws(), { port: 9 });
    await as.patch(`/contacts/${mail.contactId}`, { country: 'DE' }, '*').expect(200);

    await t.run('send');

    expect(await mailNow(t.db, ws(), mail.messageId)).toMatchObject({ state: 'scheduled', attempts: 0 });
    const { body } = await as.get(`/messages/${mail.messageId}/explain`).expect(200);
    expect(body.gates).toContainEqual({ code: 'law', open: false, opensAt: null, detail: expect.stringContaining('needs consent in DE') });
    await override(mail.contactId).expect(200);
    const after = await as.get(`/messages/${mail.messageId}/explain`).expect(200);
    expect(after.body.gates).toContainEqual({ code: 'law', open: true, opensAt: null, detail: null });
  });
});

it('asks for nothing where the country is not known', async () => {
  const campaign = await makeCampaign(t.db, ws());
  const contact = await makeContact(t.db, ws());

  await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);
});

describe('POST /contacts/{id}/consent-override', () => {
  it('keeps who and why, for a manager and one person at a time', async () => {
    const contact = await makeContact(t.db, ws(), { country: 'DE' });
    await override(contact.id, t.as(await t.makeKey('member'))).expect(403);
    await as.post(`/contacts/${contact.id}/consent-override`, {}).expect(400);
    await override(contact.id, t.as(await t.makeKey('manager'))).expect(200);

    expect(await t.db.query('SELECT text FROM notes WHERE workspace_id = $1 AND subject_id = $2', [ws(), contact.id])).toEqual([
      { text: 'She wrote to us first.' },
    ]);
    const { body } = await as.get(`/audit-log?filter[subjectId]=${contact.id}`).expect(200);
    expect(body.data).toContainEqual(expect.objectContaining({ action: 'contact.consent_overridden', details: { noteId: expect.any(String) } }));
  });

  it('answers 404 for a contact of another workspace, and 409 for one that was erased', async () => {
    const other = await makeContact(t.db, (await t.makeWorkspace()).workspaceId);
    const gone = await makeContact(t.db, ws(), { erasedAt: t.clock.now() });

    await override(other.id).expect(404);
    expect((await override(gone.id).expect(409)).body.code).toBe('contact_erased');
  });
});
