import { parseInbound } from '../../src/platform/mail/inbound/parse-inbound.js';
import { LinkHosts } from '../../src/platform/http/link-hosts.js';
import {
  makeCampaign,
  makeContact,
  makeEnrollment,
  makeMailbox,
  makeOpportunity,
  makeProject,
  makeSequence,
  makeTemplate,
} from '../support/factories.js';
import { type LinkFront, startLinkFront } from '../support/link-front.js';
import { headerOf, MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { type Caller, createTestApp, type TestApp } from '../support/test-app.js';

const PUBLIC = 'https://app.example';

describe('a domain of their own for links in mails', () => {
  let test: TestApp;
  let api: Caller;
  let sink: MisbehavingSmtp;
  let front: LinkFront;

  beforeAll(async () => {
    test = await createTestApp({ env: { PUBLIC_URL: PUBLIC, FETCH_ALLOW_CIDRS: '127.0.0.1/32' } });
    api = test.as(test.owner.key);
    sink = await MisbehavingSmtp.start();
  });
  afterAll(async () => {
    await sink.stop();
    await test.close();
  });
  beforeEach(async () => {
    front = await startLinkFront(await test.app.getUrl());
  });
  afterEach(() => front.close());

  const ws = (): string => test.owner.workspaceId;
  const setOf = (project: { readonly id: string }, linkDomain: string | null) => api.patch(`/projects/${project.id}`, { linkDomain }, '*');

  async function scene() {
    const project = await makeProject(test.db, ws());
    const mailbox = await makeMailbox(test.db, ws(), { smtpPort: sink.port });
    const { id: templateId } = await makeTemplate(test.db, ws(), { subject: 'A page', text: 'Hello. Report it: {{links.report}}' });
    const steps = [{ key: 's1', kind: 'mail', templateId, title: null, delay: { value: 0, unit: 'minutes' } }];
    const { id: sequenceId } = await makeSequence(test.db, ws(), { steps });
    const campaign = await makeCampaign(test.db, ws(), { sequenceId, mailboxIds: [mailbox.id], projectId: project.id });
    return { project, mailbox, campaign, templateId };
  }

  /** A mail to somebody new, as it arrives. */
  async function deliver({ project, campaign }: Awaited<ReturnType<typeof scene>>) {
    const card = await makeOpportunity(test.db, ws(), { campaignId: campaign.id, projectId: project.id });
    const contact = await makeContact(test.db, ws(), { prospectId: card.prospectId });
    await makeEnrollment(test.db, ws(), { opportunityId: card.id, contactId: contact.id });
    await test.run('plan');
    await test.run('send');
    const raw = sink.stored.at(-1)?.raw ?? '';
    const mail = await parseInbound(Buffer.from(raw, 'latin1'));
    const header = /^List-Unsubscribe: <([^>]*)>/im.exec(headerOf(raw))?.[1] ?? '';
    return {
      header,
      text: mail.text ?? '',
      origins: [...`${mail.text ?? ''}${mail.html ?? ''}`.matchAll(/https?:\/\/[^/\s"<]+(?=\/[ur]\/)/g)].map(([origin]) => origin),
    };
  }

  it('is used in every link of a mail once it leads here, and works there', async () => {
    const at = await scene();
    const { body } = await setOf(at.project, front.domain).expect(200);

    const { header, origins } = await deliver(at);

    expect(body).toMatchObject({ linkDomain: front.domain, linkDomainVerifiedAt: expect.any(String) });
    expect(new Set(origins)).toEqual(new Set([`http://${front.domain}`]));
    expect(header).toMatch(new RegExp(`^http://${front.domain}/u/`));
    expect((await fetch(header, { method: 'POST' })).status).toBe(200);
  });

  it('is not used while it leads elsewhere, and the preflight says so and tries again', async () => {
    const at = await scene();
    front.open = false;
    const { body } = await setOf(at.project, front.domain).expect(200);
    const codes = async () =>
      ((await api.post(`/campaigns/${at.campaign.id}/preflight`, {}).expect(200)).body.warnings as { code: string }[]).map(({ code }) => code);

    expect(body).toMatchObject({ linkDomain: front.domain, linkDomainVerifiedAt: null });
    expect(new Set((await deliver(at)).origins)).toEqual(new Set([PUBLIC]));
    expect(await codes()).toContain('link_domain_unverified');

    front.open = true;
    expect(await codes()).not.toContain('link_domain_unverified');
    expect((await api.get(`/projects/${at.project.id}`).expect(200)).body.linkDomainVerifiedAt).toEqual(expect.any(String));
    expect(new Set((await deliver(at)).origins)).toEqual(new Set([`http://${front.domain}`]));
  });

  it('of the mailbox goes before that of the project, and null takes it away', async () => {
    const at = await scene();
    const other = await startLinkFront(await test.app.getUrl());
    try {
      await setOf(at.project, other.domain).expect(200);
      const { body } = await api.patch(`/mailboxes/${at.mailbox.id}`, { linkDomain: front.domain }, '*').expect(200);
      expect(body).toMatchObject({ linkDomain: front.domain, linkDomainVerifiedAt: expect.any(String) });
      expect(new Set((await deliver(at)).origins)).toEqual(new Set([`http://${front.domain}`]));

      await api.patch(`/mailboxes/${at.mailbox.id}`, { linkDomain: null }, '*').expect(200);
      expect(new Set((await deliver(at)).origins)).toEqual(new Set([`http://${other.domain}`]));

      const cleared = await setOf(at.project, null).expect(200);
      expect(cleared.body).toMatchObject({ linkDomain: null, linkDomainVerifiedAt: null });
      expect(new Set((await deliver(at)).origins)).toEqual(new Set([PUBLIC]));
    } finally {
      await other.close();
    }
  });

  it('answers links alone: no API, no docs, no health', async () => {
    const { project } = await scene();
    await setOf(project, front.domain).expect(200);
    const status = async (path: string) => (await fetch(`http://${front.domain}${path}`)).status;
    const unknown = await fetch(`http://${front.domain}/u/hello`);

    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(await status('/.well-known/linkwright?challenge=abc')).toBe(200);
    for (const path of ['/api/v1/projects', '/healthz', '/openapi.json', '/problems', '/api/v1/auth/oidc'])
      expect([path, await status(path)]).toEqual([path, 421]);
    for (const path of ['/', '/nothing']) expect([path, await status(path)]).toEqual([path, 404]);
    await api.get(`/projects/${project.id}`).expect(200);
  });

  it('never takes the host of PUBLIC_URL from the rest of the product', async () => {
    const hosts = test.app.get(LinkHosts);
    const { project } = await scene();
    await test.db.query(`UPDATE projects SET link_domain = 'app.example', link_domain_verified_at = now() WHERE workspace_id = $1 AND id = $2`, [
      ...[ws(), project.id],
    ]);
    hosts.forget();

    await test.request().get('/healthz').set('host', 'app.example').expect(200);
    expect(await hosts.all()).toContain('app.example');
  });

  it('keeps links of before working: they say whom they are for, whatever stands before them', async () => {
    const at = await scene();
    await setOf(at.project, front.domain).expect(200);
    const { header } = await deliver(at);
    await setOf(at.project, null).expect(200);

    const path = new URL(header).pathname;

    await test.request().get(path).expect(200);
    expect((await fetch(header)).status).toBe(200);
  });

  it('is not believed to be whatever host a request names', async () => {
    const at = await scene();
    const { body } = await api
      .post(`/templates/${at.templateId}/preview`, { campaignId: at.campaign.id })
      .set('host', 'evil.example')
      .set('x-forwarded-host', 'evil.example')
      .expect(200);

    expect(body.text).toContain(`${PUBLIC}/u/preview`);
    expect(`${body.text}${body.html}`).not.toContain('evil');
    await setOf(at.project, front.domain).expect(200);
    const { body: now } = await api.post(`/templates/${at.templateId}/preview`, { campaignId: at.campaign.id }).expect(200);
    expect(now.text).toContain(`http://${front.domain}/r/preview`);
  });

  it.each([
    'https://links.tea.example',
    'links.tea.example/u',
    'links.tea.example:8443',
    '10.0.0.1',
    '127.0.0.2:80',
    'localhost',
    'com',
    'ann@links.example',
  ])('is refused as %s', async (linkDomain) => {
    const { project, mailbox } = await scene();

    for (const path of [`/projects/${project.id}`, `/mailboxes/${mailbox.id}`]) {
      const { body } = await api.patch(path, { linkDomain }, '*').expect(422);
      expect(body).toMatchObject({ code: 'link_domain_not_accepted', errors: [{ pointer: '/linkDomain' }] });
    }
  });

  it('is no matter of members', async () => {
    const { project, mailbox } = await scene();
    const member = test.as(await test.makeKey('member'));

    await member.patch(`/projects/${project.id}`, { linkDomain: front.domain }, '*').expect(403);
    await member.patch(`/mailboxes/${mailbox.id}`, { linkDomain: front.domain }, '*').expect(403);
    const stranger = test.as((await test.makeWorkspace()).key);
    await stranger.patch(`/projects/${project.id}`, { linkDomain: front.domain }, '*').expect(404);
  });

  it('is proved by a signature over what the asker made up', async () => {
    const one = await test.request().get('/.well-known/linkwright?challenge=abc').expect(200);
    const other = await test.request().get('/.well-known/linkwright?challenge=abd').expect(200);

    expect(one.text).not.toBe(other.text);
    await test.request().get('/.well-known/linkwright').expect(400);
    await test.request().get('/.well-known/linkwright?challenge=%3Cb%3E').expect(400);
  });
});
