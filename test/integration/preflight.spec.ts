import { newId } from '../../src/platform/ids.js';
import {
  makeCampaign,
  makeContact,
  makeEnrollment,
  makeMailbox,
  makeMessage,
  makeOpportunity,
  makeProspect,
  makeSequence,
  makeTemplate,
} from '../support/factories.js';
import { type MailDns, startMailDns } from '../support/mail-dns.js';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { type Caller, createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let t: TestApp;
let as: Caller;
let dns: MailDns;

beforeAll(async () => {
  dns = await startMailDns({
    'no-mail-here.com': { mx: null },
    'without-mx.com': { a: ['203.0.113.7'] },
    'leaf-mail.com': { mx: ['mx.leaf-mail.com'] },
    'broken-dns.com': { servfail: true },
  });
  t = await createTestApp({ env: { DNS_SERVERS: dns.address, PUBLIC_URL: 'https://links.example' } });
  as = t.as(t.owner.key);
});
afterAll(async () => {
  await t.close();
  dns.close();
});
beforeEach(() => {
  t.clock.set(TEST_START);
});

const ws = (): string => t.owner.workspaceId;

interface Finding {
  readonly code: string;
  readonly contactId?: string;
  readonly detail: string;
}
interface Report {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly counts: Readonly<Record<string, number>>;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  readonly days: readonly { on: string; mails: number }[];
}

const preflight = async (campaignId: string): Promise<Report> => (await as.post(`/campaigns/${campaignId}/preflight`, {}).expect(200)).body as Report;
const codes = (findings: readonly Finding[]): string[] => [...new Set(findings.map(({ code }) => code))].sort();

async function enrolled(campaignId: string, email: string, over: object = {}): Promise<string> {
  const contact = await makeContact(t.db, ws(), { email, ...over });
  const card = await makeOpportunity(t.db, ws(), { campaignId, prospectId: contact.prospectId ?? '' });
  await makeEnrollment(t.db, ws(), { opportunityId: card.id, contactId: contact.id, state: 'pending', nextAt: null });
  return contact.id;
}

async function sequence(...subjects: string[]): Promise<string> {
  const steps: object[] = [];
  for (const [at, subject] of subjects.entries()) {
    const { id } = await makeTemplate(t.db, ws(), { subject, text: 'Hello {{contact.firstName}}. {{links.unsubscribe}}' });
    steps.push({ key: `s${at + 1}`, kind: 'mail', templateId: id, title: null, delay: { value: at, unit: 'businessDays' } });
  }
  return (await makeSequence(t.db, ws(), { steps })).id;
}

describe('a preflight', () => {
  it('asks DNS whether the domains of recipients take mail, each once, and holds nothing against a fault', async () => {
    const campaign = await makeCampaign(t.db, ws(), { state: 'draft', startedAt: null, sequenceId: await sequence('A page') });
    const none = await enrolled(campaign.id, `a-${newId()}@no-mail-here.com`);
    const bare = await enrolled(campaign.id, `a-${newId()}@without-mx.com`);
    for (const domain of ['leaf-mail.com', 'leaf-mail.com', 'broken-dns.com', 'no-mail-here.com'])
      await enrolled(campaign.id, `b-${newId()}@${domain}`);
    dns.asked.length = 0;

    const { errors, warnings, counts } = await preflight(campaign.id);

    expect(errors.map(({ code }) => code)).toEqual(['domain_takes_no_mail', 'domain_takes_no_mail']);
    expect(errors[0]).toMatchObject({ contactId: none, detail: expect.stringContaining('RFC 7505') });
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'domain_without_mx', contactId: bare }));
    expect(counts).toMatchObject({ enrollments: 6, domainTakesNoMail: 2, errors: 2 });
    expect(dns.asked.filter((one) => one.startsWith('MX')).sort()).toEqual(
      ['broken-dns.com', 'leaf-mail.com', 'no-mail-here.com', 'without-mx.com'].map((domain) => `MX ${domain}`),
    );
  });

  it('logs in to the mailboxes, keeps what came of it, and does not try again at once', async () => {
    const sink = await MisbehavingSmtp.start({ password: 'right' });
    const [good, bad] = [
      await as.post('/mailboxes', mailboxAt(sink.port, 'right')).expect(201),
      await as.post('/mailboxes', mailboxAt(sink.port, 'wrong')).expect(201),
    ].map(({ body }) => body.id as string);
    const campaign = await makeCampaign(t.db, ws(), { state: 'draft', mailboxIds: [good ?? '', bad ?? ''], sequenceId: await sequence('A page') });
    await enrolled(campaign.id, `a-${newId()}@leaf-mail.com`);

    const { errors } = await preflight(campaign.id);

    expect(errors).toEqual([expect.objectContaining({ code: 'mailbox_login_refused', mailboxId: bad, detail: expect.stringContaining('535') })]);
    const shown = async (id = ''): Promise<unknown> => (await as.get(`/mailboxes/${id}`).expect(200)).body.lastCheck;
    expect(await shown(good)).toEqual({ at: TEST_START.toISOString(), ok: true, detail: 'Connected and logged in.' });
    expect(await shown(bad)).toMatchObject({ ok: false });
    await sink.stop();
    await t.db.query('DELETE FROM campaign_mailboxes WHERE workspace_id = $1 AND mailbox_id = $2', [ws(), bad]);
    expect(codes((await preflight(campaign.id)).warnings)).not.toContain('mailbox_unreachable');
    t.clock.advance(11 * 60_000);
    expect(codes((await preflight(campaign.id)).warnings)).toContain('mailbox_unreachable');
  });

  it('finds a first subject that pretends to answer, and leaves later ones alone', async () => {
    const campaign = await makeCampaign(t.db, ws(), { state: 'draft', sequenceId: await sequence('Re: your page', 'Re: your page') });
    await enrolled(campaign.id, `a-${newId()}@leaf-mail.com`);

    const { errors } = await preflight(campaign.id);

    expect(errors).toEqual([expect.objectContaining({ code: 'misleading_subject', stepKey: 's1' })]);
    const refused = await as.post(`/campaigns/${campaign.id}/start`, {}).set('if-match', '*').expect(409);
    expect(refused.body).toMatchObject({ code: 'preflight_failed', errors: [{ code: 'misleading_subject' }] });
  });

  it('names whom the guard holds back', async () => {
    const campaign = await makeCampaign(t.db, ws(), { state: 'draft', sequenceId: await sequence('A page') });
    const site = await makeProspect(t.db, ws());
    const theirs = await makeOpportunity(t.db, ws(), { prospectId: site.id, stage: 'contacting' });
    const talk = await makeEnrollment(t.db, ws(), { opportunityId: theirs.id });
    await makeMessage(t.db, ws(), { enrollmentId: talk.id, state: 'sent', sentAt: TEST_START });
    const atSite = await enrolled(campaign.id, `a-${newId()}@leaf-mail.com`, { prospectId: site.id });
    const elsewhere = await enrolled(campaign.id, `b-${newId()}@leaf-mail.com`);
    const other = await makeOpportunity(t.db, ws());
    await makeEnrollment(t.db, ws(), { opportunityId: other.id, contactId: elsewhere });

    const { warnings, counts } = await preflight(campaign.id);

    expect(counts).toMatchObject({ guarded: 2, errors: 0 });
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'site_in_contact', contactId: atSite }));
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'contact_already_in_contact', contactId: elsewhere }));
  });

  it('tells what then happens: as many mails, on the same days', async () => {
    const sink = await MisbehavingSmtp.start();
    const mailbox = await makeMailbox(t.db, ws(), { smtpPort: sink.port, perDay: 3 });
    const campaign = await makeCampaign(t.db, ws(), {
      ...{ state: 'draft', startedAt: null, mailboxIds: [mailbox.id], sequenceId: await sequence('A page', 'Still there?') },
    });
    for (let at = 0; at < 5; at += 1) await enrolled(campaign.id, `ok+${newId()}@leaf-mail.com`);
    const report = await preflight(campaign.id);
    expect(report.errors).toEqual([]);
    await as.post(`/campaigns/${campaign.id}/start`, {}).set('if-match', '*').expect(200);

    for (let hour = 0; hour < 24 * 8; hour += 1) {
      await t.run('plan');
      await t.run('send');
      t.clock.advance(3_600_000);
    }

    const sent = await t.db.query<{ on: string; mails: number }[]>(
      `SELECT to_char(sent_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS on, count(*)::int AS mails FROM messages
        WHERE workspace_id = $1 AND campaign_id = $2 AND state = 'sent' GROUP BY 1 ORDER BY 1`,
      [ws(), campaign.id],
    );
    await sink.stop();
    expect(report.counts).toMatchObject({ enrollments: 5, mails: 10, errors: 0 });
    expect(sent.reduce((sum, { mails }) => sum + mails, 0)).toBe(report.counts['mails']);
    expect(sent).toEqual(report.days);
  });

  it('looks at thousands without holding up others', async () => {
    const campaign = await makeCampaign(t.db, ws(), { state: 'draft', sequenceId: await sequence('A page', 'Once more') });
    for (let at = 0; at < 250; at += 1) await enrolled(campaign.id, `many-${at}-${newId()}@leaf-mail.com`);

    const { counts } = await preflight(campaign.id);

    expect(counts).toMatchObject({ enrollments: 250, mails: 500, errors: 0 });
  });
});

function mailboxAt(port: number, password: string): object {
  const smtp = { host: '127.0.0.1', port, security: 'none', user: 'ann', password };
  return { name: password, fromName: 'Ann', fromAddress: `ann-${newId()}@shop.example`, smtp };
}
