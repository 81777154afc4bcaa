import { createLinkwrightClient, type LinkwrightClient } from '@linkwright/client';
import { bounce, humanReply } from './demo-mails.js';
import type { DemoScreen } from './demo-screen.js';
import { type CaughtMail, type MailCatcher, type WebhookReceiver, Website } from './demo-servers.js';
import { answered, type DemoCampaign } from './demo-workspace.js';

/** Three business days and a weekend. */
const FOLLOW_UP_IS_DUE_SECONDS = 6 * 24 * 3600;

/** What the story is played on. */
export interface Stage {
  readonly api: LinkwrightClient;
  readonly baseUrl: string;
  readonly campaign: DemoCampaign;
  readonly mail: MailCatcher;
  readonly webhooks: WebhookReceiver;
  readonly screen: DemoScreen;
}

/** A prospect of the story and how they take it. */
export interface Prospect {
  readonly site: Website;
  readonly email: string;
  readonly firstName: string;
  readonly manner: 'answers' | 'bounces' | 'stays silent';
  prospectId: string;
  contactId: string;
  opportunityId: string;
}

export function makeProspects(sites: readonly Website[]): Prospect[] {
  const people = [
    { email: 'grace@leaves.example', firstName: 'Grace', manner: 'answers' },
    { email: 'gone@steep.example', firstName: 'Linus', manner: 'bounces' },
    { email: 'kay@cups.example', firstName: 'Kay', manner: 'stays silent' },
  ] as const;
  return people.flatMap((person, at) => {
    const site = sites[at];
    return site ? [{ ...person, site, prospectId: '', contactId: '', opportunityId: '' }] : [];
  });
}

export async function enrollAll({ api, campaign, screen }: Stage, prospects: readonly Prospect[]): Promise<void> {
  for (const prospect of prospects) {
    const site = answered(await api.POST('/api/v1/prospects', { body: { url: `${prospect.site.url}/`, name: `${prospect.firstName}’s tea notes` } }));
    prospect.prospectId = site.id;
    const contact = answered(
      await api.POST('/api/v1/prospects/{id}/contacts', {
        params: { path: { id: site.id } },
        body: { email: prospect.email, firstName: prospect.firstName },
      }),
    );
    prospect.contactId = contact.id;
    const enrollment = answered(await api.POST('/api/v1/enrollments', { body: { campaignId: campaign.campaignId, contactId: contact.id } }));
    prospect.opportunityId = enrollment.opportunityId;
    screen.say(`Prospect ${site.domain} with ${prospect.firstName}, enrolled`, site.id);
  }
}

export async function startCampaign({ api, campaign, screen }: Stage): Promise<void> {
  const path = { id: campaign.campaignId };
  const preflight = answered(await api.POST('/api/v1/campaigns/{id}/preflight', { params: { path } }));
  if (preflight.errors.length > 0) throw new Error(`Preflight found: ${JSON.stringify(preflight.errors)}`);
  screen.say(`Preflight: no errors, ${preflight.warnings.length} warnings, ${preflight.counts.enrollments} contacts`);
  await api.POST('/api/v1/campaigns/{id}/start', { params: { path, header: { 'If-Match': '*' } } });
  screen.say('Campaign started', campaign.campaignId);
}

export async function awaitFirstMails({ mail, screen, api }: Stage, prospects: readonly Prospect[]): Promise<void> {
  for (const prospect of prospects) {
    await screen.until(`the first mail to ${prospect.firstName}`, () => mail.to(prospect.email).length > 0);
    const { data } = answered(await api.GET('/api/v1/messages', { params: { query: { filter: { contactId: prospect.contactId } } } }));
    screen.say(`Mail 1 arrived at ${prospect.email}`, data[0]?.id);
  }
  for (const prospect of prospects) await awaitStage({ api, screen }, prospect, 'contacting');
}

async function awaitStage({ api, screen }: Pick<Stage, 'api' | 'screen'>, prospect: Prospect, stage: string): Promise<void> {
  await screen.until(`${prospect.firstName}’s card at ${stage}`, async () => {
    const card = answered(await api.GET('/api/v1/opportunities/{id}', { params: { path: { id: prospect.opportunityId } } }));
    return card.stage === stage;
  });
}

function lastMailTo(mail: MailCatcher, email: string): CaughtMail {
  const last = mail.to(email).at(-1);
  if (!last) throw new Error(`No mail has arrived at ${email}.`);
  return last;
}

/** Posts raw mail as a mail server's hook would, with a key that may do nothing else. */
async function inbound(stage: Stage, raw: string, key: string): Promise<{ id: string; class: string }> {
  const client = createLinkwrightClient({ baseUrl: stage.baseUrl, apiKey: key });
  return answered(
    await client.POST('/api/v1/mailboxes/{id}/inbound', {
      params: { path: { id: stage.campaign.mailboxId } },
      headers: { 'content-type': 'message/rfc822' },
      body: raw,
      bodySerializer: (body) => body,
    }),
  );
}

export async function answerAndBounce(stage: Stage, prospects: readonly Prospect[]): Promise<void> {
  const { api, campaign, mail, screen } = stage;
  const { key } = answered(
    await api.POST('/api/v1/api-keys', { body: { name: 'mail hook', scopes: ['inbound:write'], mailboxId: campaign.mailboxId } }),
  );
  for (const prospect of prospects) {
    if (prospect.manner === 'stays silent') continue;
    const sent = lastMailTo(mail, prospect.email).headers;
    const about = {
      messageId: sent.get('message-id') ?? '',
      subject: sent.get('subject') ?? '',
      from: prospect.email,
      to: campaign.mailboxAddress,
    };
    const raw = prospect.manner === 'bounces' ? bounce(about) : humanReply(about, 'Yes, please send me three ideas!\r\n\r\nGrace');
    const stored = await inbound(stage, raw, key);
    screen.say(`${prospect.firstName} ${prospect.manner}: stored as ${stored.class}`, stored.id);
  }
}

export async function followUp(stage: Stage, prospects: readonly Prospect[]): Promise<void> {
  const { api, mail, screen } = stage;
  const clock = answered(await api.POST('/api/v1/sandbox/clock/advance', { body: { seconds: FOLLOW_UP_IS_DUE_SECONDS } }));
  screen.say(`The clock is moved on to ${clock.now}`);
  for (const silent of prospects.filter((prospect) => prospect.manner === 'stays silent')) {
    await screen.until(`the follow-up to ${silent.firstName}`, () => mail.to(silent.email).length > 1);
    const [first, second] = mail.to(silent.email);
    if (second?.headers.get('in-reply-to') !== first?.headers.get('message-id')) throw new Error('The follow-up does not stand in the thread.');
    const { data } = answered(
      await api.GET('/api/v1/messages', { params: { query: { filter: { contactId: silent.contactId }, sort: '-createdAt' } } }),
    );
    screen.say(`Mail 2 arrived at ${silent.email}, in the thread of mail 1`, data[0]?.id);
  }
  for (const other of prospects.filter((prospect) => prospect.manner !== 'stays silent')) {
    if (mail.to(other.email).length !== 1) throw new Error(`${other.firstName} got a mail after "stop".`);
  }
  screen.say('Nothing more went to those who answered or bounced');
}

/** The first agrees; the editor puts the link up and says so on the signed page; it is verified by itself. */
export async function agreeAndReport(stage: Stage, editor: Prospect): Promise<void> {
  const { api, campaign, screen } = stage;
  const path = { id: editor.opportunityId };
  const agreement = answered(
    await api.POST('/api/v1/opportunities/{id}/agreements', {
      params: { path },
      body: {
        via: 'direct',
        compensation: 'none',
        items: [{ targetUrl: campaign.targetUrl, anchor: 'how to brew tea', rel: ['follow'] }],
      },
    }),
  );
  screen.say(`${editor.firstName} agrees: one followed link to the target page`, agreement.id);
  const link = answered(await api.POST('/api/v1/opportunities/{id}/report-links', { params: { path }, body: {} }));
  screen.say(`A signed page for ${editor.firstName} to report it: ${link.url.slice(0, 48)}…`);
  editor.site.publish(
    '/notes/brewing',
    `<!doctype html><html lang="en"><title>Brewing</title><h1>Brewing</h1><p>Read <a href="${campaign.targetUrl}">how to brew tea</a> first.</p></html>`,
  );
  const report = await fetch(link.url, { method: 'POST', body: new URLSearchParams({ url: `${editor.site.url}/notes/brewing` }) });
  if (!report.ok) throw new Error(`The report page answered ${report.status}.`);
  screen.say(`${editor.firstName} reports ${editor.site.url}/notes/brewing`);
}

export async function awaitLive({ api, webhooks, screen }: Stage, editor: Prospect): Promise<void> {
  const backlink = await screen.until('the link to be verified', async () => {
    const { data } = answered(await api.GET('/api/v1/backlinks', { params: { query: { filter: { opportunityId: editor.opportunityId } } } }));
    return data.find((one) => one.state === 'live');
  });
  const { lastCheck } = answered(await api.GET('/api/v1/backlinks/{id}', { params: { path: { id: backlink.id } } }));
  screen.say(`Verified: "${lastCheck?.anchorText ?? ''}" stands on the page, verdict ${lastCheck?.verdict ?? 'none'}`, backlink.id);
  const event = await screen.until('the webhook backlink.live', () => webhooks.received.find((one) => one.type === 'backlink.live'));
  if (webhooks.badSignatures > 0) throw new Error(`${webhooks.badSignatures} webhooks had a wrong signature.`);
  screen.say('Webhook backlink.live arrived, its signature verified', event.id);
}

export async function showPipeline({ api, mail, screen }: Stage, prospects: readonly Prospect[]): Promise<void> {
  const table = [['prospect', 'mails', 'enrollment', 'stage', 'link']];
  for (const prospect of prospects) {
    const card = answered(await api.GET('/api/v1/opportunities/{id}', { params: { path: { id: prospect.opportunityId } } }));
    const filter = { opportunityId: prospect.opportunityId };
    const enrollments = answered(await api.GET('/api/v1/enrollments', { params: { query: { filter } } }));
    const links = answered(await api.GET('/api/v1/backlinks', { params: { query: { filter } } }));
    table.push([
      prospect.firstName,
      String(mail.to(prospect.email).length),
      enrollments.data[0]?.state ?? '–',
      card.stage,
      links.data[0]?.state ?? '–',
    ]);
  }
  screen.note('');
  screen.table(table);
}
