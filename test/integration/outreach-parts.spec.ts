import { NotFound } from '../../src/domain/errors.js';
import { MailLogins } from '../../src/modules/mailboxes/logins/mail-logins.service.js';
import { Mailbox } from '../../src/modules/mailboxes/mailbox.entity.js';
import { Mailboxes } from '../../src/modules/mailboxes/mailboxes.service.js';
import { Sequences } from '../../src/modules/sequences/sequences.service.js';
import { loadMailVariables } from '../../src/modules/templates/mail-variables.service.js';
import { TemplateRenderer } from '../../src/modules/templates/template-renderer.service.js';
import { Templates } from '../../src/modules/templates/templates.service.js';
import { SmtpSender } from '../../src/platform/mail/smtp/smtp-sender.js';
import { WrongSecretKey } from '../../src/platform/secrets/secret-box.js';
import { makeCampaign, makeContact, makeOpportunity, makeProspect, makeSequence, makeTemplate } from '../support/factories.js';
import { createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';

let test: TestApp;
let stranger: TestOwner;

beforeAll(async () => {
  test = await createTestApp();
  stranger = await test.makeWorkspace();
});
afterAll(() => test.close());

describe('Templates', () => {
  const template = () => test.app.get(Templates).create(test.owner.actor, { name: 'First', subject: 'Old subject', text: 'Old text' });

  it('loses neither of two changes at once that go for any version', async () => {
    const { id } = await template();
    const change = (input: object) => test.app.get(Templates).change(test.owner.actor, id, input, '*');

    await Promise.all([change({ subject: 'New subject' }), change({ text: 'New text' })]);

    expect(await test.app.get(Templates).get(test.owner.actor, id)).toMatchObject({
      version: 3,
      versionNumber: 3,
      subject: 'New subject',
      text: 'New text',
    });
  });

  it('makes one template of two with the same externalRef', async () => {
    const create = () => test.app.get(Templates).create(test.owner.actor, { name: 'x', subject: 'x', text: 'x', externalRef: 'race' });

    const results = await Promise.allSettled([create(), create()]);

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('has versions that not even SQL can alter', async () => {
    const { currentVersionId } = await template();
    const alter = test.db.query(`UPDATE template_versions SET text = 'forged' WHERE workspace_id = $1 AND id = $2`, [
      test.owner.workspaceId,
      currentVersionId,
    ]);

    await expect(alter).rejects.toThrow('append-only');
  });
});

describe('TemplateRenderer', () => {
  it('renders what a template says now, and what an older version said', async () => {
    const renderer = test.app.get(TemplateRenderer);
    const { workspaceId, actor } = test.owner;
    const { id, currentVersionId } = await test.app.get(Templates).create(actor, { name: 'x', subject: 'Old', text: 'Hi {{contact.firstName}}' });
    await renderer.current(test.db, workspaceId, id);
    await test.app.get(Templates).change(actor, id, { subject: 'New' }, 1);

    const now = renderer.render(await renderer.current(test.db, workspaceId, id), { 'contact.firstName': 'Ada' });
    const then = renderer.render(await renderer.version(test.db, workspaceId, currentVersionId), { 'contact.firstName': 'Ada' });

    expect(now).toMatchObject({ ok: true, mail: { subject: 'New', text: 'Hi Ada' } });
    expect(then).toMatchObject({ ok: true, mail: { subject: 'Old', text: 'Hi Ada' } });
  });

  it('knows no template of another workspace, not even one it has compiled', async () => {
    const renderer = test.app.get(TemplateRenderer);
    const { id, currentVersionId } = await makeTemplate(test.db, test.owner.workspaceId);
    await renderer.version(test.db, test.owner.workspaceId, currentVersionId);

    await expect(renderer.current(test.db, stranger.workspaceId, id)).rejects.toThrow(NotFound);
    await expect(renderer.version(test.db, stranger.workspaceId, currentVersionId)).rejects.toThrow(NotFound);
  });
});

describe('loadMailVariables', () => {
  it('takes site and campaign from the opportunity, not from the contact', async () => {
    const { workspaceId } = test.owner;
    const contact = await makeContact(test.db, workspaceId, { lastName: null });
    const site = await makeProspect(test.db, workspaceId, { domain: 'other-site.example' });
    const campaign = await makeCampaign(test.db, workspaceId, { name: 'Guides' });
    const opportunity = await makeOpportunity(test.db, workspaceId, { campaignId: campaign.id, prospectId: site.id });

    const values = await loadMailVariables(test.db, workspaceId, { contactId: contact.id, opportunityId: opportunity.id });

    expect(values).toMatchObject({
      'contact.name': 'Ada',
      'contact.lastName': null,
      'prospect.domain': 'other-site.example',
      'campaign.name': 'Guides',
    });
  });

  it('knows nothing of another workspace', async () => {
    const contact = await makeContact(test.db, test.owner.workspaceId);

    await expect(loadMailVariables(test.db, stranger.workspaceId, { contactId: contact.id })).rejects.toThrow(NotFound);
  });
});

describe('Sequences', () => {
  it('gives the steps that a new enrollment follows', async () => {
    const { workspaceId } = test.owner;
    const { id, currentVersionId } = await makeSequence(test.db, workspaceId);
    const current = (workspace: string) => test.db.transaction((tx) => test.app.get(Sequences).currentVersion(tx, workspace, id));

    expect(await current(workspaceId)).toMatchObject({ id: currentVersionId, number: 1, steps: [{ key: 'first' }, { key: 'follow-up' }] });
    await expect(current(stranger.workspaceId)).rejects.toThrow(NotFound);
  });
});

describe('Mailboxes', () => {
  const smtp = { host: '127.0.0.1', port: 2525, security: 'none', user: 'ann', password: 'secret' } as const;
  const mailbox = async () => {
    const { id } = await test.app.get(Mailboxes).create(test.owner.actor, { name: 'x', fromName: 'Ann', fromAddress: 'ann@shop.example', smtp });
    return test.db.manager.findOneByOrFail(Mailbox, { workspaceId: test.owner.workspaceId, id });
  };

  it('opens the password for the SMTP server, and greets with the domain of the sender', async () => {
    const kept = await mailbox();

    expect(await test.app.get(MailLogins).smtp(kept)).toEqual({ id: kept.id, ...smtp, clientName: 'shop.example' });
    expect(kept.smtpPasswordSealed).not.toContain('secret');
  });

  it('does not open a password that was copied from another mailbox', async () => {
    const [one, two] = [await mailbox(), await mailbox()];
    const forged = Object.assign(one, { smtpPasswordSealed: two.smtpPasswordSealed });

    await expect(test.app.get(MailLogins).smtp(forged)).rejects.toThrow(WrongSecretKey);
  });

  it('closes the connections of the sender when the product stops', async () => {
    const stopping = await createTestApp();
    const sender = stopping.app.get(SmtpSender);
    const mail = { envelope: { from: 'a@shop.example', to: 'b@blog.example' }, messageId: 'x@shop.example', raw: Buffer.from('Subject: x\r\n\r\nx') };

    await stopping.close();

    expect(await sender.send({ id: 'm', ...smtp, clientName: 'shop.example' }, mail)).toEqual({
      kind: 'not_begun',
      detail: 'the sender is shutting down',
    });
  });
});
