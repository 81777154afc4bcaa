import { expectCatalogued } from '../support/catalogued-events.js';
import { makeCampaign, makeContact, makeMailbox, makeOpportunity, makeProspect, makeSequence, makeTemplate } from '../support/factories.js';
import { createTestApp, type Caller, type TestApp } from '../support/test-app.js';

let test: TestApp;
let as: Caller;

beforeAll(async () => {
  test = await createTestApp();
  as = test.as(test.owner.key);
});

afterAll(async () => {
  await expectCatalogued(test.db);
  await test.close();
});

const ws = (): string => test.owner.workspaceId;
const NOWHERE = '01890000-0000-7000-8000-000000000000';

async function sequenceOf(...templates: Readonly<Record<string, string>>[]): Promise<string> {
  const steps: object[] = [];
  for (const [at, template] of templates.entries()) {
    const { id } = await makeTemplate(test.db, ws(), template);
    steps.push({ key: `s${at + 1}`, kind: 'mail', templateId: id, title: null, delay: { value: at, unit: 'businessDays' } });
  }
  return (await makeSequence(test.db, ws(), { steps })).id;
}

describe('POST /enrollments', () => {
  it('enrolls a contact with a card of its site, once', async () => {
    const campaign = await makeCampaign(test.db, ws(), { state: 'draft' });
    const contact = await makeContact(test.db, ws());
    const body = { campaignId: campaign.id, contactId: contact.id };

    const made = await as.post('/enrollments', body).expect(201);
    const again = await as.post('/enrollments', body).expect(200);

    expect(made.body).toMatchObject({ state: 'pending', contactId: contact.id, prospectId: contact.prospectId, nextAt: null, stepKey: null });
    expect(made.body.nextStates).toEqual(['active', 'stopped']);
    expect(again.body).toEqual(made.body);
    const card = await as.get(`/opportunities/${String(made.body.opportunityId)}`).expect(200);
    expect(card.body).toMatchObject({ stage: 'ready', ownerId: test.owner.memberId, campaignId: campaign.id });
  });

  it('enrolls once out of many requests at once', async () => {
    const campaign = await makeCampaign(test.db, ws());
    const contact = await makeContact(test.db, ws());

    const made = await Promise.all([1, 2, 3, 4, 5].map(() => as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id })));

    expect(made.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
    expect(new Set(made.map(({ body }) => body.id as string)).size).toBe(1);
  });

  it('begins at once in a campaign that runs', async () => {
    const campaign = await makeCampaign(test.db, ws());
    const contact = await makeContact(test.db, ws());
    const { body } = await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);

    await test.run('plan');

    expect((await as.get(`/enrollments/${String(body.id)}`).expect(200)).body).toMatchObject({ state: 'active', stepKey: 'first', nextAt: null });
  });

  it.each([
    ['a suppressed address', 'suppressed', 409],
    ['an address that bounced', 'undeliverable', 409],
    ['a closed card', 'opportunity_closed', 409],
    ['a card that wants no more mail', 'contact_blocked', 409],
    ['a contact of another site', 'contact_not_at_site', 422],
    ['a card of another campaign', 'opportunity_of_other_campaign', 422],
  ] as const)('refuses %s', async (_, code, status) => {
    const contact = await makeContact(test.db, ws(), { undeliverableAt: code === 'undeliverable' ? test.clock.now() : null });
    const prospectId = code === 'contact_not_at_site' ? (await makeProspect(test.db, ws())).id : (contact.prospectId ?? '');
    const stage = code === 'opportunity_closed' ? 'declined' : 'ready';
    const card = await makeOpportunity(test.db, ws(), { prospectId, stage, contactBlocked: code === 'contact_blocked' });
    if (code === 'suppressed') await as.post('/suppressions', { kind: 'address', value: contact.email, reason: 'asked' }).expect(201);
    if (code === 'suppressed') await test.db.query(`UPDATE opportunities SET stage = 'ready' WHERE workspace_id = $1 AND id = $2`, [ws(), card.id]);
    const campaignId = code === 'opportunity_of_other_campaign' ? (await makeCampaign(test.db, ws())).id : card.campaignId;

    const { body } = await as.post('/enrollments', { campaignId, contactId: contact.id, opportunityId: card.id }).expect(status);

    expect(body.code).toBe(code);
  });

  it('refuses a campaign that is finished', async () => {
    const campaign = await makeCampaign(test.db, ws(), { state: 'finished' });
    const contact = await makeContact(test.db, ws());

    const { body } = await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(409);

    expect(body.code).toBe('campaign_finished');
  });

  it('asks which card is meant when the contact has several sites', async () => {
    const contact = await makeContact(test.db, ws());
    const second = await makeProspect(test.db, ws());
    await test.db.query('INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at) VALUES ($1, $2, $3, now())', [
      ...[ws(), second.id, contact.id],
    ]);
    const campaign = await makeCampaign(test.db, ws());

    const { body } = await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(422);

    expect(body.code).toBe('opportunity_needed');
  });

  it('answers 409 when a colleague is in contact with the site', async () => {
    const contact = await makeContact(test.db, ws());
    const existing = await makeOpportunity(test.db, ws(), { prospectId: contact.prospectId ?? '', stage: 'contacting' });
    const campaign = await makeCampaign(test.db, ws());

    const { body } = await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(409);

    expect(body).toMatchObject({ code: 'site_already_in_contact', existing: { opportunityId: existing.id } });
  });

  it('answers 404 for what belongs to another workspace', async () => {
    const other = (await test.makeWorkspace()).workspaceId;
    const [theirCampaign, theirContact] = [await makeCampaign(test.db, other), await makeContact(test.db, other)];
    const [campaign, contact] = [await makeCampaign(test.db, ws()), await makeContact(test.db, ws())];
    const theirCard = await makeOpportunity(test.db, other);

    await as.post('/enrollments', { campaignId: theirCampaign.id, contactId: contact.id }).expect(404);
    await as.post('/enrollments', { campaignId: campaign.id, contactId: theirContact.id }).expect(404);
    await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id, opportunityId: theirCard.id }).expect(404);
    await as.post(`/campaigns/${theirCampaign.id}/preflight`, {}).expect(404);
    await as.post(`/campaigns/${theirCampaign.id}/start`, {}).set('if-match', '*').expect(404);
    await as.post(`/campaigns/${theirCampaign.id}/pause`, {}).set('if-match', '*').expect(404);
    await as.post(`/campaigns/${theirCampaign.id}/prospects`, { items: [{ url: 'https://tea-blog.example/' }] }).expect(404);
  });

  it('answers each of many by itself', async () => {
    const campaign = await makeCampaign(test.db, ws());
    const contact = await makeContact(test.db, ws());
    const item = { campaignId: campaign.id, contactId: contact.id };

    const { body } = await as.post('/enrollments/bulk', { items: [item, { ...item, contactId: NOWHERE }, item] }).expect(200);

    expect(body.results).toEqual([
      { index: 0, status: 201, id: expect.any(String) },
      { index: 1, status: 404, problem: expect.objectContaining({ code: 'not_found', status: 404 }) },
      { index: 2, status: 200, id: body.results[0].id },
    ]);
    await as.post('/enrollments/bulk', { items: [] }).expect(400);
    await as.post('/enrollments/bulk', { items: Array(1001).fill(item) }).expect(400);
  });
});

describe('an enrollment', () => {
  it('is paused, goes on and is stopped by hand', async () => {
    const campaign = await makeCampaign(test.db, ws());
    const contact = await makeContact(test.db, ws());
    const { body } = await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);
    await test.run('plan');
    const move = (to: string) => as.post(`/enrollments/${String(body.id)}/moves`, { to }).set('if-match', '*');

    await as.post(`/enrollments/${String(body.id)}/moves`, { to: 'paused' }).expect(428);
    expect((await move('paused').expect(200)).body).toMatchObject({ state: 'paused', nextStates: ['active', 'stopped'] });
    expect((await move('active').expect(200)).body).toMatchObject({ state: 'active', nextAt: null }); // its mail still waits to leave
    await move('stopped').expect(200);
    expect((await move('paused').expect(409)).body).toMatchObject({ code: 'illegal_transition', from: 'stopped', allowed: [] });

    const mails = await test.db.query('SELECT state FROM messages WHERE workspace_id = $1 AND enrollment_id = $2', [ws(), body.id]);
    expect(mails).toEqual([{ state: 'cancelled' }]);
    const listed = await as.get(`/enrollments?filter[state]=stopped&filter[campaignId]=${campaign.id}`).expect(200);
    expect(listed.body.data).toHaveLength(1);
  });
});

describe('POST /campaigns/{id}/start', () => {
  it('refuses with what is missing, and starts once that is mended', async () => {
    const sequenceId = await sequenceOf({ text: 'Hello {{contact.role}}' }, { text: 'Still there, [NAME]?' });
    const campaign = await makeCampaign(test.db, ws(), { state: 'draft', startedAt: null, sequenceId });
    const empty = await as.post(`/campaigns/${campaign.id}/start`, {}).set('if-match', '*').expect(409);
    expect(empty.body).toMatchObject({ code: 'preflight_failed', errors: [{ code: 'no_enrollments' }] });
    const contact = await makeContact(test.db, ws());
    const { body: enrolled } = await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);

    const { body: report } = await as.post(`/campaigns/${campaign.id}/preflight`, {}).expect(200);

    const about = { contactId: contact.id, enrollmentId: enrolled.id };
    expect(report.errors).toEqual([
      expect.objectContaining({ code: 'variable_missing', variable: 'contact.role', stepKey: 's1', ...about }),
      expect.objectContaining({ code: 'placeholder_left', stepKey: 's2', detail: 'The mail still says [NAME].', ...about }),
    ]);
    expect((report.warnings as { code: string }[]).map(({ code }) => code)).toEqual([...['mailbox_unreachable', 'one_click_impossible']]);
    expect(report.counts).toEqual({
      ...{
        enrollments: 1,
        mails: 2,
        conditionalMails: 0,
        suppressed: 0,
        undeliverable: 0,
        consentMissing: 0,
        guarded: 0,
        domainTakesNoMail: 0,
        errors: 2,
        warnings: 2,
      },
    });
    expect([report.firstAt, report.lastAt]).toEqual(['2026-11-02T10:00:00.000Z', '2026-11-03T10:00:00.000Z']);
    await as.post(`/campaigns/${campaign.id}/start`, {}).set('if-match', '*').expect(409);

    await test.db.query('UPDATE campaigns SET sequence_id = $3 WHERE workspace_id = $1 AND id = $2', [ws(), campaign.id, sequenceId]);
    await as
      .post(`/enrollments/${String(enrolled.id)}/moves`, { to: 'stopped' })
      .set('if-match', '*')
      .expect(200);
    const good = await sequenceOf({ text: 'Hello.' });
    await test.db.query('UPDATE campaigns SET sequence_id = $3 WHERE workspace_id = $1 AND id = $2', [ws(), campaign.id, good]);
    const second = await makeContact(test.db, ws());
    const { body: pending } = await as.post('/enrollments', { campaignId: campaign.id, contactId: second.id }).expect(201);
    await as.post(`/campaigns/${campaign.id}/start`, {}).expect(428);
    const started = await as.post(`/campaigns/${campaign.id}/start`, {}).set('if-match', '"1"').expect(200);
    expect(started.body).toMatchObject({ state: 'running', version: 2, startedAt: '2026-11-02T10:00:00.000Z' });

    await test.run('plan');
    expect((await as.get(`/enrollments/${String(pending.id)}`)).body).toMatchObject({ state: 'active', stepKey: 's1' });
  });

  it('refuses a first mail that pretends to be an answer, and warns of what looks like an advertisement, once a template', async () => {
    const html = '<p>Tea</p><img src="https://tea.example/p.png">';
    const sequenceId = await sequenceOf(
      { subject: 'Re: {{prospect.domain}}', text: 'https://tea.example/a https://tea.example/b', html },
      { subject: 'Re: x' },
    );
    const campaign = await makeCampaign(test.db, ws(), { state: 'draft', startedAt: null, sequenceId });
    for (let at = 0; at < 2; at += 1) {
      const contact = await makeContact(test.db, ws());
      await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);
    }

    const { body } = await as.post(`/campaigns/${campaign.id}/preflight`, {}).expect(200);

    const listed = (findings: { code: string; stepKey?: string }[]) =>
      findings.flatMap(({ code, stepKey }) => (stepKey === undefined ? [] : [`${stepKey} ${code}`]));
    expect(listed(body.errors)).toEqual(['s1 misleading_subject', 's1 misleading_subject']);
    expect(listed(body.warnings)).toEqual(['s1 many_links', 's1 remote_image']);
    expect(body.counts.errors).toBe(2);
    await as.post(`/campaigns/${campaign.id}/start`, {}).set('if-match', '*').expect(409);
  });

  it('refuses without a postal address, unless the workspace needs none, and a mailbox that cannot send', async () => {
    const other = await test.makeWorkspace();
    const mailbox = await makeMailbox(test.db, other.workspaceId, { state: 'needs_reconnect' });
    const campaign = await makeCampaign(test.db, other.workspaceId, { state: 'draft', mailboxIds: [mailbox.id] });
    await test.db.query('UPDATE workspaces SET postal_address = NULL WHERE id = $1', [other.workspaceId]);

    const { body } = await test.as(other.key).post(`/campaigns/${campaign.id}/preflight`, {}).expect(200);

    expect(body.errors).toContainEqual(expect.objectContaining({ code: 'mailbox_not_connected', mailboxId: mailbox.id }));
    expect(body.errors).toContainEqual(
      expect.objectContaining({ code: 'postal_address_missing', detail: expect.stringContaining('PATCH /api/v1/workspace') }),
    );
    await test.as(other.key).patch('/workspace', { addressRule: 'never' }, '*').expect(200);
    const after = await test.as(other.key).post(`/campaigns/${campaign.id}/preflight`, {}).expect(200);
    expect((after.body.errors as { code: string }[]).map(({ code }) => code)).not.toContain('postal_address_missing');
  });

  it('holds a campaign and lets it go on', async () => {
    const campaign = await makeCampaign(test.db, ws());
    const call = (verb: string, body: object = {}) => as.post(`/campaigns/${campaign.id}/${verb}`, body).set('if-match', '*');

    expect((await call('start').expect(409)).body).toMatchObject({ code: 'illegal_transition', from: 'running', allowed: ['paused'] });
    expect((await call('pause', { reason: 'Holidays' }).expect(200)).body).toMatchObject({ state: 'paused', pauseReason: 'Holidays' });
    await call('pause').expect(409);
    expect((await call('resume').expect(200)).body).toMatchObject({ state: 'running', pauseReason: null });
    await as.post(`/campaigns/${campaign.id}/pause`, {}).set('if-match', '"1"').expect(412);
    const events = await test.db.query(`SELECT type FROM events WHERE workspace_id = $1 AND campaign_id = $2 AND type LIKE 'campaign.%'`, [
      ws(),
      campaign.id,
    ]);
    expect(events).toEqual([{ type: 'campaign.paused' }]);
  });
});

describe('POST /campaigns/{id}/prospects', () => {
  it('takes no single word for a site unless it leads into the ranges that are open', async () => {
    const campaign = await makeCampaign(test.db, ws());

    const { body } = await as.post(`/campaigns/${campaign.id}/prospects`, { items: [{ url: 'http://nowhere-here/' }] }).expect(200);

    expect(body.results).toEqual([expect.objectContaining({ status: 422, problem: expect.objectContaining({ code: 'no_registrable_domain' }) })]);
  });

  it('makes sites, people, cards and enrollments, and names what is wrong with an item', async () => {
    const campaign = await makeCampaign(test.db, ws(), { state: 'draft' });
    const items = [
      { url: 'https://www.leaf-one.example/about', contacts: [{ email: 'ann@leaf-one.example', firstName: 'Ann' }], enroll: true },
      { url: 'https://leaf-two.example/', contacts: [{ email: 'not an address' }], enroll: true },
      { url: 'https://leaf-three.example/' },
    ];

    const { body } = await as.post(`/campaigns/${campaign.id}/prospects`, { items }).expect(200);
    const again = await as.post(`/campaigns/${campaign.id}/prospects`, { items }).expect(200);

    expect(body.results).toMatchObject([
      { index: 0, status: 201, contactIds: [expect.any(String)], enrollmentIds: [expect.any(String)] },
      { index: 1, status: 422, problem: { code: 'invalid_email' } },
      { index: 2, status: 201, contactIds: [], enrollmentIds: [] },
    ]);
    expect(again.body.results[0]).toEqual({ ...body.results[0], status: 200 });
    const sites = await test.db.query(`SELECT domain FROM prospects WHERE workspace_id = $1 AND domain LIKE 'leaf-%' ORDER BY domain`, [ws()]);
    expect(sites).toEqual([{ domain: 'leaf-one.example' }, { domain: 'leaf-three.example' }]);
    await as.post(`/campaigns/${campaign.id}/prospects`, { items: [{ url: 'https://x.example/', rank: 1 }] }).expect(400);
  });
});
