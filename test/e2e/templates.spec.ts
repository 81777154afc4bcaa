import { newId } from '../../src/platform/ids.js';
import { makeCampaign, makeContact, makeMailbox, makeOpportunity, makeProject, makeProspect, makeTargetPage } from '../support/factories.js';
import { type Caller, createTestApp, type TestApp } from '../support/test-app.js';

const MAIL = { name: 'First mail', subject: 'A page for {{prospect.domain}}', text: 'Hello {{contact.firstName}},\nhow about a link?' };

const idsOf = (list: { readonly body: { readonly data: readonly { readonly id: string }[] } }) => list.body.data.map((row) => row.id);

describe('templates', () => {
  let test: TestApp;
  let api: Caller;
  let other: Caller;

  beforeAll(async () => {
    test = await createTestApp();
    api = test.as(test.owner.key);
    other = test.as((await test.makeWorkspace()).key);
  });

  afterAll(() => test.close());

  const template = async (body: object = {}) => (await api.post('/templates', { ...MAIL, ...body }).expect(201)).body;

  it('are made with their first version', async () => {
    const made = await template({ externalRef: 'crm-1' });

    expect(made).toMatchObject({ ...MAIL, version: 1, html: null, versionNumber: 1, externalRef: 'crm-1' });
    const read = await api.get(`/templates/${made.id}`).expect(200);
    expect(read.body).toEqual(made);
    expect(read.headers['etag']).toBe('"1"');
  });

  it('are listed without their texts, found by externalRef, and paged', async () => {
    const { id, text, html, ...summary } = await template({ externalRef: 'crm-2' });
    await template();

    const found = await api.get('/templates?filter[externalRef]=crm-2,crm-none').expect(200);
    const first = await api.get('/templates?limit=1&sort=createdAt').expect(200);
    const second = await api.get(`/templates?limit=1&sort=createdAt&after=${first.body.nextCursor}`).expect(200);

    expect(found.body).toEqual({ data: [{ id, ...summary }], hasMore: false, nextCursor: null });
    expect([text, html]).toEqual([MAIL.text, null]);
    expect(first.body.hasMore).toBe(true);
    expect(second.body.data[0].id > first.body.data[0].id).toBe(true);
  });

  it.each([
    ['an open block', { text: 'Hi\n  {{#if contact.firstName}}x' }, 'template_syntax', '/text', 2],
    ['an unclosed expression', { subject: 'Hi {{contact.firstName' }, 'template_syntax', '/subject', 1],
    ['a subject of two lines', { subject: 'Hi\nBcc: x@y.example' }, 'template_syntax', '/subject', 1],
    ['a subject that rings', { subject: 'Hi \u0007' }, 'template_syntax', '/subject', 1],
    ['a variable nobody knows', { html: '<p>\n{{contact.shoeSize}}</p>' }, 'template_unknown_variable', '/html', 2],
    ['spintax', { text: 'Good\n{morning|day}' }, 'template_not_allowed', '/text', 2],
    ['a partial', { text: '{{> secret}}' }, 'template_not_allowed', '/text', 1],
  ])('refuse %s with line and column', async (_, part, code, pointer, line) => {
    const made = await api.post('/templates', { ...MAIL, ...part }).expect(422);
    const { id } = await template();
    const changed = await api.patch(`/templates/${id}`, part, '*').expect(422);

    for (const { body } of [made, changed]) expect(body).toMatchObject({ code, line, column: expect.any(Number), errors: [{ pointer }] });
    expect((await api.get(`/templates/${id}`)).body.version).toBe(1);
  });

  it.each([
    ['without a subject', { subject: undefined }, '/subject'],
    ['with an empty text', { text: '' }, '/text'],
    ['with a text that is too long', { text: 'x'.repeat(65_537) }, '/text'],
    ['with a name that is too long', { name: 'x'.repeat(201) }, '/name'],
    ['with a number for HTML', { html: 5 }, '/html'],
    ['with an unknown field', { colour: 'green' }, '/colour'],
  ])('refuse a body %s with 400', async (_, part, pointer) => {
    const { body } = await api.post('/templates', { ...MAIL, ...part }).expect(400);

    expect(body.errors[0].pointer).toBe(pointer);
  });

  it('show what is left to fill in, in an HTML part too', async () => {
    const { id } = await template({ subject: 'Tea', text: 'Hello.', html: '<p class="[box]">Dear [NAME],</p>' });

    const { body } = await api.post(`/templates/${id}/preview`, {}).expect(200);

    expect(body).toMatchObject({ placeholders: ['[NAME]'] });
  });

  it('tell what may stand in them: a template that names every variable is taken', async () => {
    const { body } = await api.get('/templates/variables').expect(200);

    const { variables, helpers } = body as {
      variables: { name: string; description: string; example: string }[];
      helpers: { name: string; example: string }[];
    };
    expect(variables).toContainEqual({ name: 'contact.firstName', description: 'First name of the contact', example: 'Mei' });
    expect(helpers.map(({ name }) => name)).toEqual(['fallback', 'if', 'unless']);
    await template({ text: [...variables.map(({ name }) => `{{${name}}}`), ...helpers.map(({ example }) => example)].join('\n') });
  });

  it('keep every text they ever had', async () => {
    const made = await template();

    const renamed = (await api.patch(`/templates/${made.id}`, { name: 'Better', text: MAIL.text }, '"1"').expect(200)).body;
    const rewritten = (await api.patch(`/templates/${made.id}`, { text: 'Short.', html: '<p>Short.</p>' }, '"2"').expect(200)).body;

    expect(renamed).toMatchObject({ version: 2, name: 'Better', versionNumber: 1, currentVersionId: made.currentVersionId });
    expect(rewritten).toMatchObject({ version: 3, subject: MAIL.subject, text: 'Short.', html: '<p>Short.</p>', versionNumber: 2 });
    expect(rewritten.currentVersionId).not.toBe(made.currentVersionId);
    const { body } = await api.get(`/templates/${made.id}/versions`).expect(200);
    expect(body.data).toEqual([
      expect.objectContaining({ id: rewritten.currentVersionId, version: 1, number: 2, text: 'Short.' }),
      expect.objectContaining({ id: made.currentVersionId, version: 1, number: 1, text: MAIL.text, html: null }),
    ]);
  });

  it('have one source: a part that is given alone replaces the other', async () => {
    const { id } = await template({ html: '<p>Hello.</p>' });
    const path = `/templates/${id}`;
    const change = async (body: object) => (await api.patch(path, body, '*').expect(200)).body;

    expect(await change({ text: 'Other words.' })).toMatchObject({ text: 'Other words.', html: null });
    expect(await change({ html: '<h1>Hi {{contact.firstName}}</h1><a href="{{targetPage.url}}">Read</a>' })).toMatchObject({
      text: 'Hi {{contact.firstName}}\n\nRead <{{targetPage.url}}>',
      html: expect.stringContaining('<h1>'),
    });
    expect(await change({ text: 'Both', html: '<b>Both</b>' })).toMatchObject({ text: 'Both', html: '<b>Both</b>' });
    expect(await change({ text: 'Both', name: 'The same text' })).toMatchObject({ html: '<b>Both</b>', versionNumber: 4 });
    expect(await change({ html: '<b>Both</b>' })).toMatchObject({ text: 'Both', versionNumber: 4 });
    expect(await change({ html: null })).toMatchObject({ text: 'Both', html: null, versionNumber: 5 });
  });

  it('ask for a text where none can be made of the HTML', async () => {
    const { id } = await template();

    const { body } = await api.patch(`/templates/${id}`, { html: '<img src="https://tea.example/a.png">' }, '*').expect(422);

    expect(body).toMatchObject({ code: 'text_needed', errors: [{ pointer: '/text' }] });
  });

  it('change for the version that was seen', async () => {
    const { id } = await template({ html: '<p>x</p>', externalRef: 'clear-me' });

    const { body } = await api.patch(`/templates/${id}`, { html: null, externalRef: null }, '"1"').expect(200);

    expect(body).toMatchObject({ version: 2, html: null, externalRef: null });
    await api.patch(`/templates/${id}`, { name: 'Late' }, '"1"').expect(412);
    await api.patch(`/templates/${id}`, { name: 'Blind' }).expect(428);
    await api.patch(`/templates/${id}`, { name: null }, '*').expect(400);
  });

  it('have an externalRef of their own', async () => {
    await template({ externalRef: 'taken' });

    const { body } = await api.post('/templates', { ...MAIL, externalRef: 'taken' }).expect(409);

    expect(body.code).toBe('external_ref_taken');
  });

  describe('previews', () => {
    const everything = async () => {
      const { workspaceId } = test.owner;
      const mailbox = await makeMailbox(test.db, workspaceId, { fromAddress: 'ann@shop.example', signature: 'Ann' });
      const project = await makeProject(test.db, workspaceId, { name: 'Tea & Co' });
      const page = await makeTargetPage(test.db, workspaceId, { projectId: project.id, url: 'https://shop.example/guide', title: 'Guide' });
      const ids = { projectId: project.id, targetPageId: page.id, mailboxIds: [mailbox.id] };
      const campaign = await makeCampaign(test.db, workspaceId, { ...ids, name: 'Guides' });
      const prospect = await makeProspect(test.db, workspaceId, { domain: 'leaf.example', name: 'Leaf' });
      const contact = await makeContact(test.db, workspaceId, {
        prospectId: prospect.id,
        email: 'ada@leaf.example',
        lastName: 'Byte',
        role: 'editor',
        sourceUrl: 'https://leaf.example/about',
      });
      const card = { campaignId: campaign.id, prospectId: prospect.id, projectId: project.id };
      const opportunity = await makeOpportunity(test.db, workspaceId, { ...card, pageUrl: 'https://leaf.example/list' });
      return { contactId: contact.id, opportunityId: opportunity.id, campaignId: campaign.id, mailboxId: mailbox.id };
    };

    it('show the mail with all that is known about the contact', async () => {
      const names = [
        ...['contact.firstName', 'contact.lastName', 'contact.name', 'contact.email', 'contact.role'],
        ...['prospect.name', 'prospect.domain', 'prospect.url', 'opportunity.pageUrl', 'project.name', 'project.url'],
        ...['targetPage.url', 'targetPage.title', 'campaign.name', 'sender.name', 'sender.email', 'links.report', 'links.unsubscribe'],
        ...['contact.source', 'sender.signature', 'sender.postalAddress'],
      ];
      const { id, currentVersionId } = await template({ subject: 'For {{project.name}}', text: names.map((name) => `{{${name}}}`).join('\n') });
      const { contactId, opportunityId } = await everything();

      const { body } = await api.post(`/templates/${id}/preview`, { contactId, opportunityId }).expect(200);

      expect(body).toMatchObject({ versionId: currentVersionId, subject: 'For Tea & Co', missing: [], tooLong: false, placeholders: [] });
      expect(String(body.text).split('\n')).toEqual([
        ...['Ada', 'Byte', 'Ada Byte', 'ada@leaf.example', 'editor'],
        ...['Leaf', 'leaf.example', 'https://leaf.example/', 'https://leaf.example/list', 'Tea & Co', expect.stringMatching(/^https:.*shop/)],
        ...['https://shop.example/guide', 'Guide', 'Guides', 'Ann of Tea', 'ann@shop.example'],
        ...[`${test.config.publicUrl}/r/preview`, `${test.config.publicUrl}/u/preview`],
        ...['https://leaf.example/about', 'Ann', '1 Leaf Lane, Teatown'],
      ]);
      expect(body.html).toContain('Tea &amp; Co');
    });

    it('say what the preflight would say of a first mail', async () => {
      const findingsOf = async (part: object) => {
        const { id } = await template({ subject: 'Tea', text: 'Hello.', ...part });
        return (await api.post(`/templates/${id}/preview`, {}).expect(200)).body.findings as { code: string; severity: string; detail: string }[];
      };

      expect(await findingsOf({})).toEqual([]);
      const found = await findingsOf({
        subject: 'Re: your page',
        text: 'https://tea.example/a and https://tea.example/b',
        html: '<p>https://tea.example/a https://tea.example/b</p><img src="https://tea.example/x.png">',
      });
      expect(found).toEqual([
        { code: 'misleading_subject', severity: 'error', detail: expect.stringContaining('Re') },
        { code: 'many_links', severity: 'warning', detail: expect.stringContaining('2 links') },
        { code: 'remote_image', severity: 'warning', detail: expect.any(String) },
      ]);
    });

    it('say that the postal address is missing, unless the workspace needs none', async () => {
      const { id } = await template();
      const codes = async () =>
        ((await api.post(`/templates/${id}/preview`, {}).expect(200)).body.findings as { code: string }[]).map(({ code }) => code);

      await api.patch('/workspace', { postalAddress: null }, '*').expect(200);
      expect(await codes()).toEqual(['postal_address_missing']);
      await api.patch('/workspace', { addressRule: 'never' }, '*').expect(200);
      expect(await codes()).toEqual([]);
      await api.patch('/workspace', { postalAddress: '1 Leaf Lane, Teatown', addressRule: 'always' }, '*').expect(200);
    });

    it('take the site of the contact when no opportunity is named', async () => {
      const { id } = await template();
      const site = await makeProspect(test.db, test.owner.workspaceId, { domain: 'twig.example' });
      const contact = await makeContact(test.db, test.owner.workspaceId, { prospectId: site.id });

      const { body } = await api.post(`/templates/${id}/preview`, { contactId: contact.id }).expect(200);

      expect(body.subject).toBe('A page for twig.example');
    });

    it('name what is missing instead of a mail with a hole', async () => {
      const { id } = await template();

      const { body } = await api.post(`/templates/${id}/preview`, {}).expect(200);

      expect(body).toMatchObject({ subject: null, text: null, html: null, missing: ['prospect.domain', 'contact.firstName'] });
    });

    it('name what somebody forgot to fill in', async () => {
      const { id } = await template({ subject: 'About [topic]', text: 'XXX' });

      const { body } = await api.post(`/templates/${id}/preview`, {}).expect(200);

      expect(body.placeholders).toEqual(['[topic]', 'XXX']);
    });

    it.each(['contactId', 'opportunityId', 'campaignId', 'mailboxId'])('answer 404 for a %s of nobody', async (field) => {
      const { id } = await template();

      const { body } = await api.post(`/templates/${id}/preview`, { [field]: newId() }).expect(404);

      expect(body.errors[0].pointer).toBe(`/${field}`);
    });
  });

  it('are invisible to other workspaces', async () => {
    const { id } = await template({ externalRef: 'mine' });
    const theirs = (await other.post('/templates', { ...MAIL, externalRef: 'mine' }).expect(201)).body;
    const contact = await makeContact(test.db, test.owner.workspaceId);

    await other.get(`/templates/${id}`).expect(404);
    await other.get(`/templates/${id}/versions`).expect(404);
    await other.patch(`/templates/${id}`, { name: 'Stolen' }, '*').expect(404);
    await other.post(`/templates/${id}/preview`, {}).expect(404);
    await other.post(`/templates/${theirs.id}/preview`, { contactId: contact.id }).expect(404);
    expect(idsOf(await other.get('/templates').expect(200))).toEqual([theirs.id]);
  });

  it('are read by viewers and written by members', async () => {
    const viewer = test.as(await test.makeKey('viewer'));
    const member = test.as(await test.makeKey('member'));

    await viewer.get('/templates').expect(200);
    await viewer.post('/templates', MAIL).expect(403);
    await member.post('/templates', MAIL).expect(201);
    await test.request().get('/api/v1/templates').expect(401);
  });
});
