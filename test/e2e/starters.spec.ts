import { STARTER_TACTICS } from '../../src/platform/templates/starter-sequences.js';
import { makeCampaign, makeContact, makeMailbox, makeOpportunity, makeProject, makeProspect, makeTargetPage } from '../support/factories.js';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { type Caller, createTestApp, type TestApp } from '../support/test-app.js';

let test: TestApp;
let api: Caller;
let sink: MisbehavingSmtp;

beforeAll(async () => {
  sink = await MisbehavingSmtp.start();
  test = await createTestApp({ env: { PUBLIC_URL: 'https://links.example' } });
  api = test.as(test.owner.key);
});
afterAll(async () => {
  await test.close();
  await sink.stop();
});

interface Step {
  readonly kind: string;
  readonly templateId: string | null;
}

/** A card that knows nothing but what every card of the tactic has: no name of a person, no signature. */
async function card(over: Readonly<Record<string, unknown>> = {}): Promise<{ contactId: string; opportunityId: string; campaignId: string }> {
  const { workspaceId } = test.owner;
  const project = await makeProject(test.db, workspaceId);
  const page = await makeTargetPage(test.db, workspaceId, { projectId: project.id, url: 'https://shop.example/guide', title: 'How to brew tea' });
  const campaign = await makeCampaign(test.db, workspaceId, { projectId: project.id, targetPageId: page.id, ...over });
  const prospect = await makeProspect(test.db, workspaceId, { name: null });
  const sourceUrl = `https://${prospect.domain}/about`;
  const unnamed: Readonly<Record<string, unknown>> = { prospectId: prospect.id, firstName: null, sourceUrl };
  const contact = await makeContact(test.db, workspaceId, unnamed);
  const place = { campaignId: campaign.id, projectId: project.id, prospectId: prospect.id };
  const opportunity = await makeOpportunity(test.db, workspaceId, { ...place, pageUrl: `https://${prospect.domain}/list` });
  return { contactId: contact.id, opportunityId: opportunity.id, campaignId: campaign.id };
}

describe('POST /sequences/starters', () => {
  it.each(STARTER_TACTICS)('makes the sequence for %s with templates that are complete', async (tactic) => {
    const { contactId, opportunityId } = await card();

    const { body } = await api.post('/sequences/starters', { tactic }).expect(201);

    expect(body).toMatchObject({ version: 1, versionNumber: 1 });
    expect((await api.get(`/sequences/${body.id}`).expect(200)).body).toEqual(body);
    const mails = (body.steps as Step[]).filter(({ kind }) => kind !== 'task');
    expect(mails.length).toBeGreaterThan(1);
    for (const { templateId } of mails) {
      const preview = await api.post(`/templates/${templateId ?? ''}/preview`, { contactId, opportunityId }).expect(200);
      expect(preview.body).toMatchObject({ missing: [], placeholders: [], tooLong: false });
      expect(preview.body.text).toMatch(/^Hello there,\n[^]*\nAnn of Tea\n\n1 Leaf Lane, Teatown\nIf you would rather not hear from us again: http/);
    }
  });

  it.each(STARTER_TACTICS)('makes one for %s that its preflight has nothing against', async (tactic) => {
    const { body: sequence } = await api.post('/sequences/starters', { tactic }).expect(201);
    const mailbox = await makeMailbox(test.db, test.owner.workspaceId, { smtpPort: sink.port });
    const { contactId, campaignId } = await card({ state: 'draft', startedAt: null, sequenceId: sequence.id, mailboxIds: [mailbox.id] });
    await api.post('/enrollments', { campaignId, contactId }).expect(201);

    const { body } = await api.post(`/campaigns/${campaignId}/preflight`, {}).expect(200);

    expect(body).toMatchObject({ errors: [], warnings: [] });
  });

  it.each(['guest_post', 'link_insertion', 'broken_link', 'unlinked_mention', 'reclamation'])(
    'lets a person read over the first mail of %s',
    async (tactic) => {
      const { body } = await api.post('/sequences/starters', { tactic }).expect(201);

      expect((body.steps as Step[]).map(({ kind }) => kind).slice(0, 2)).toEqual(['review', 'mail']);
    },
  );

  it('asks of every later step whether somebody has answered, or moved the card', async () => {
    const { body } = await api.post('/sequences/starters', { tactic: 'guest_post' }).expect(201);

    const [first, ...later] = body.steps as { conditions: object[] }[];
    expect(first?.conditions).toEqual([]);
    for (const { conditions } of later) {
      expect(conditions).toMatchObject([
        { fact: 'replied', is: false },
        { fact: 'stage', is: true, values: ['contacting'] },
      ]);
    }
  });

  it('makes texts for what comes after a yes, which tell where the link is reported', async () => {
    const { contactId, opportunityId } = await card();
    await api.post('/sequences/starters', { tactic: 'resource_page' }).expect(201);

    const { body } = await api.get('/templates?limit=100').expect(200);
    const answers = (body.data as { id: string; name: string }[]).filter(({ name }) => /^Resource page: (?:when they agree|reminder)/.test(name));

    expect(new Set(answers.map(({ name }) => name)).size).toBe(2);
    for (const { id } of answers) {
      const preview = await api.post(`/templates/${id}/preview`, { contactId, opportunityId }).expect(200);
      expect(preview.body).toMatchObject({ missing: [], placeholders: [], text: expect.stringContaining('https://links.example/r/preview') });
    }
  });

  it('makes them for the workspace of the caller, which may change them', async () => {
    const { body } = await api.post('/sequences/starters', { tactic: 'guest_post' }).expect(201);
    const stranger = test.as((await test.makeWorkspace()).key);

    await stranger.get(`/sequences/${body.id}`).expect(404);
    expect((await stranger.get('/templates').expect(200)).body.data).toEqual([]);
    await api.patch(`/sequences/${body.id}`, { name: 'Ours' }, '"1"').expect(200);
    await api.patch(`/templates/${body.steps[0].templateId}`, { subject: 'Ours' }, '"1"').expect(200);
  });

  it.each([[{ tactic: 'magic' }], [{}], [{ tactic: 'guest_post', name: 'x' }]])('refuses %j', async (body) => {
    const before = await api.get('/templates?count=exact').expect(200);

    await api.post('/sequences/starters', body).expect(400);

    expect((await api.get('/templates?count=exact').expect(200)).body.total).toBe(before.body.total);
  });
});
