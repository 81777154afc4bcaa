import type { InboundMail } from '../../src/platform/mail/inbound/inbound-mail.js';
import { parseInbound } from '../../src/platform/mail/inbound/parse-inbound.js';
import {
  makeCampaign,
  makeContact,
  makeEnrollment,
  makeMailbox,
  makeOpportunity,
  makeProspect,
  makeSequence,
  makeTemplate,
} from '../support/factories.js';
import { sendingWorld } from '../support/sending-world.js';

const world = sendingWorld();

const PAGE = `https://tea.example/guides/${'brewing-'.repeat(12)}?a=1&b=2`;
const WORDS = 'Nobody who has had a cup of this tea would ever want to go back to what they drank before it, or so they say.';
const SIGNATURE = 'Ann of Tea\n+1 555 0100';
const UNSUBSCRIBE = /https:\/\/links\.example\/u\/[\w.-]+/g;

/** What the contact gets of a first mail with these words, as it came over the wire and as it is read. */
async function deliver(
  template: Readonly<Record<string, string>>,
  /** What a person makes of its text before it leaves. */
  edited?: (text: string) => object,
): Promise<{ raw: string; mail: InboundMail; messageId: string }> {
  const { test, sink, workspaceId } = world;
  const mailbox = await makeMailbox(test.db, workspaceId, { smtpPort: sink.port, signature: SIGNATURE });
  const { id: templateId } = await makeTemplate(test.db, workspaceId, template);
  const steps = [{ key: 's1', kind: edited ? 'review' : 'mail', templateId, title: null, delay: { value: 0, unit: 'minutes' } }];
  const { id: sequenceId } = await makeSequence(test.db, workspaceId, { steps });
  const campaign = await makeCampaign(test.db, workspaceId, { sequenceId, mailboxIds: [mailbox.id] });
  const prospect = await makeProspect(test.db, workspaceId);
  const contact = await makeContact(test.db, workspaceId, { prospectId: prospect.id, sourceUrl: 'https://tea-blog.example/about' });
  const card = await makeOpportunity(test.db, workspaceId, { campaignId: campaign.id, prospectId: prospect.id });
  await makeEnrollment(test.db, workspaceId, { opportunityId: card.id, contactId: contact.id });
  await test.run('plan');
  const [message] = await test.db.query<{ id: string }[]>('SELECT id FROM messages WHERE workspace_id = $1 AND contact_id = $2', [
    workspaceId,
    contact.id,
  ]);
  const messageId = message?.id ?? '';
  if (edited) await edit(messageId, edited);
  await test.run('send');
  const raw = sink.stored.at(-1)?.raw ?? '';
  return { raw, mail: await parseInbound(Buffer.from(raw, 'latin1')), messageId };
}

async function edit(messageId: string, change: (text: string) => object): Promise<void> {
  const api = world.test.as(world.test.owner.key);
  const { text } = (await api.get(`/messages/${messageId}`).expect(200)).body;
  await api.patch(`/messages/${messageId}`, change(text), '*').expect(200);
  const { body } = await api.get(`/messages/${messageId}`).expect(200);
  await api.post('/messages/bulk', { items: [{ id: messageId, ifVersion: body.version, action: 'release' }] }).expect(200);
}

describe('a mail as it arrives', () => {
  beforeEach(async () => {
    await world.test.db.query(`UPDATE workspaces SET postal_address = E'Tea House\\n1 Leaf Lane' WHERE id = $1`, [world.workspaceId]);
  });

  it('follows nobody: its links are as they were written, and it loads nothing from elsewhere', async () => {
    const html = `<p>Read <a href="${PAGE.replace('&', '&amp;')}">our guide</a>, or <a href='https://tea.example/b'>this</a>.</p>`;

    const { mail, raw } = await deliver({ text: `Read our guide: ${PAGE}`, html });

    const links = [...(mail.html ?? '').matchAll(/(?:href|src)\s*=\s*["']([^"']*)/gi)].map((match) => match[1]?.replaceAll('&amp;', '&'));
    expect(links).toEqual([PAGE, 'https://tea.example/b', expect.stringMatching(/^https:\/\/links\.example\/u\//)]);
    expect(mail.html).not.toMatch(/<img|<link|<script|<iframe|url\(|background=|srcset|display\s*:\s*none|cid:/i);
    expect(mail.text).toContain(PAGE);
    expect(raw).not.toMatch(/^(?:Disposition-Notification-To|Return-Receipt-To|X-Mailer|User-Agent|X-[\w-]*Track\w*):/im);
  });

  it('is signed and says who sends it and how to stop it, once in each part, whatever its template leaves out', async () => {
    const { mail } = await deliver({ text: 'Hello.', html: '<html><body><p>Hello.</p></body></html>' });

    for (const part of [mail.text ?? '', mail.html ?? '']) {
      expect(part.match(/Leaf Lane/g)).toHaveLength(1);
      expect(part.match(/555 0100/g)).toHaveLength(1);
      expect(new Set(part.match(UNSUBSCRIBE)).size).toBe(1);
    }
    expect(mail.text).toMatch(/^Hello\.\n\n-- \nAnn of Tea\n.*\n\nTea House\n1 Leaf Lane\nIf you would rather not hear from us again:\n?.*https/);
  });

  it('repeats nothing that its template has placed', async () => {
    const text = '{{sender.signature}}\nFound at {{contact.source}}\n{{sender.postalAddress}}\nStop: {{links.unsubscribe}}';

    const { mail } = await deliver({ text });

    expect(mail.text).toMatch(
      /^Ann of Tea\n.*\nFound at https:\/\/tea-blog\.example\/about\nTea House\n1 Leaf Lane\nStop:\s+https:\/\/links\.example\/u\/[\w.-]+\n?$/,
    );
  });

  it('has lines that every mail program can show, and no address cut in two', async () => {
    const { mail, messageId } = await deliver({ text: `${WORDS} ${PAGE} ${WORDS}\n\n> ${WORDS}` });

    const lines = (mail.text ?? '').split('\n');
    expect(lines.filter((line) => line.length > 78)).toEqual([expect.stringContaining(PAGE), `> ${WORDS}`, expect.stringMatching(UNSUBSCRIBE)]);
    expect(mail.html).toContain(`<p>${WORDS} <a href=`); // the HTML part is not cut
    const { body } = await world.test.as(world.test.owner.key).get(`/messages/${messageId}`).expect(200);
    expect(body.text).toContain(`${WORDS} ${PAGE} ${WORDS}`);
  });

  it('says in both parts what a person has made of it', async () => {
    const text = 'Edited by hand.\n\nIt was long: ' + WORDS;

    const { mail } = await deliver({ text: 'As planned.', html: '<p>As planned.</p>' }, () => ({ text }));

    expect(mail.text).toContain('Edited by hand.');
    expect(mail.html).toContain(`<p>Edited by hand.</p>\n<p>It was long: ${WORDS}</p>`);
    expect(`${mail.text ?? ''}${mail.html ?? ''}`).not.toContain('As planned');
  });

  it.each([
    ['the text', { text: 'Edited by hand.' }],
    ['the HTML part', { html: '<html><body><p>Edited <b>by hand</b>.</p></body></html>' }],
    ['both parts', { text: 'Edited by hand.', html: '<p>Edited by hand.</p>' }],
  ])('ends as it must, in both parts, when a person has replaced %s, and is shown so before it leaves', async (_, change) => {
    const { mail, messageId } = await deliver({ text: 'As planned.', html: '<p>As planned.</p>' }, () => change);

    const { body } = await world.test.as(world.test.owner.key).get(`/messages/${messageId}`).expect(200);
    for (const part of [mail.text, mail.html, body.text, body.html] as string[]) {
      expect(part.replace(/<\/?b>/g, '')).toContain('Edited by hand.');
      expect(part).not.toContain('As planned');
      expect(part.match(/Leaf Lane/g)).toHaveLength(1);
      expect(part.match(/555 0100/g)).toHaveLength(1);
      expect(new Set(part.match(UNSUBSCRIBE)).size).toBe(1);
    }
    expect(mail.html).toBe(body.html);
  });

  it('repeats no ending that a person left in place, and lets them take out the signature', async () => {
    await world.test.db.query(`UPDATE workspaces SET postal_address = 'Tea House, Leaf Lane' WHERE id = $1`, [world.workspaceId]);
    const template = { text: 'As planned.\n\nWe are at {{sender.postalAddress}}. Stop: {{links.unsubscribe}}' };

    const { mail } = await deliver(template, (text) => ({ text: text.replace('As planned.', 'Edited.').replace(/-- \n[^]*$/, '') }));

    expect(mail.text).toMatch(/^Edited\.\n\nWe are at Tea House, Leaf Lane\. Stop:\s+https:\/\/links\.example\/u\/[\w.-]+\n*$/);
    expect(mail.html?.match(/Leaf Lane/g)).toHaveLength(1);
  });
});
