import { createLinkwrightClient, type LinkwrightClient } from '@linkwright/client';
import { randomBytes } from 'node:crypto';
import type { DemoProduct } from './demo-product.js';
import type { DemoScreen } from './demo-screen.js';

export const OWNER_EMAIL = 'ada@tea.example';
const MAIL_DOMAIN = 'tea.example';

/** A signed-up team with a key. */
export interface DemoWorkspace {
  readonly api: LinkwrightClient;
  readonly key: string;
  readonly password: string;
}

/** Everything a campaign needs, as ids. */
export interface DemoCampaign {
  readonly campaignId: string;
  readonly mailboxId: string;
  readonly mailboxAddress: string;
  readonly targetUrl: string;
}

/** What came back, or the end of the demo: the client rejects on every error, so nothing is an answer only by a fault of ours. */
export function answered<T>(result: { data?: T }): T {
  if (result.data === undefined) throw new Error('The API answered without a body.');
  return result.data;
}

/** The first owner signs up with the setup token, logs in and makes a key. */
export async function signUp(product: DemoProduct, screen: DemoScreen): Promise<DemoWorkspace> {
  const password = randomBytes(12).toString('base64url');
  const setup = await post(`${product.url}/api/v1/auth/setup`, {
    setupToken: product.setupToken,
    workspaceName: 'Tea links',
    name: 'Ada',
    email: OWNER_EMAIL,
    password,
  });
  const cookie = setup.headers.get('set-cookie')?.split(';')[0] ?? '';
  const made = await post(`${product.url}/api/v1/api-keys`, { name: 'demo', scopes: ['*'] }, cookie);
  const { id, key } = (await made.json()) as { id: string; key: string }; // shape of openapi.json
  const api = createLinkwrightClient({ baseUrl: product.url, apiKey: key });
  const workspace = answered(await api.GET('/api/v1/workspace'));
  await api.PATCH('/api/v1/workspace', {
    params: { header: { 'If-Match': `"${workspace.version}"` } },
    body: { postalAddress: 'Tea House, 1 Leaf Lane, Teatown' },
  });
  screen.say('Workspace "Tea links" with its owner and an API key', id);
  return { api, key, password };
}

async function post(url: string, body: object, cookie?: string): Promise<Response> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookie !== undefined && { cookie }) },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${new URL(url).pathname} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}

async function makeSequence(api: LinkwrightClient, screen: DemoScreen): Promise<string> {
  const first = answered(
    await api.POST('/api/v1/templates', {
      body: {
        name: 'First mail',
        subject: 'An article for {{fallback prospect.name prospect.domain}}?',
        text: 'Hello {{fallback contact.firstName "there"}},\n\nmay I offer {{prospect.name}} an article about {{targetPage.title}}? You see how we write here:\n{{targetPage.url}}\n\n{{sender.name}}\n\nNo more mail from us: {{links.unsubscribe}}\n',
      },
    }),
  );
  const followUp = answered(
    await api.POST('/api/v1/templates', {
      body: {
        name: 'Follow-up',
        subject: 'Re: An article for {{fallback prospect.name prospect.domain}}?',
        text: 'Hello {{fallback contact.firstName "there"}},\n\none word is enough, and I will not write again.\n\n{{sender.name}}\n\nNo more mail from us: {{links.unsubscribe}}\n',
      },
    }),
  );
  screen.say('Two templates', `${first.id}, ${followUp.id}`);
  const sequence = answered(
    await api.POST('/api/v1/sequences', {
      body: {
        name: 'Guest post, two steps',
        steps: [
          { templateId: first.id, delay: { value: 0, unit: 'minutes' } },
          { templateId: followUp.id, delay: { value: 3, unit: 'businessDays' } },
        ],
      },
    }),
  );
  screen.say('A sequence: first mail, follow-up after three business days of silence', sequence.id);
  return sequence.id;
}

/** Project, target page, mailbox, templates, sequence, campaign. */
export async function makeCampaign(api: LinkwrightClient, smtpPort: number, screen: DemoScreen): Promise<DemoCampaign> {
  const targetUrl = `https://${MAIL_DOMAIN}/guide`;
  const project = answered(await api.POST('/api/v1/projects', { body: { name: 'Tea House', url: `https://${MAIL_DOMAIN}/` } }));
  screen.say('Project "Tea House", the site that links are built for', project.id);
  const page = answered(
    await api.POST('/api/v1/projects/{projectId}/target-pages', {
      params: { path: { projectId: project.id } },
      body: { url: targetUrl, title: 'How to brew tea', anchors: ['how to brew tea'] },
    }),
  );
  screen.say(`Target page ${targetUrl}`, page.id);
  const mailboxAddress = `ada@${MAIL_DOMAIN}`;
  const mailbox = answered(
    await api.POST('/api/v1/mailboxes', {
      body: {
        name: 'Ada',
        fromName: 'Ada of Tea House',
        fromAddress: mailboxAddress,
        smtp: { host: '127.0.0.1', port: smtpPort, security: 'none' },
        limits: { perDay: 100, perHour: 100, gapSeconds: 0 },
      },
    }),
  );
  screen.say(`Mailbox ${mailboxAddress}`, mailbox.id);
  const sequenceId = await makeSequence(api, screen);
  const campaign = answered(
    await api.POST('/api/v1/campaigns', {
      body: {
        name: 'Guest posts about tea',
        projectId: project.id,
        targetPageId: page.id,
        tactic: 'guest_post',
        sequenceId,
        mailboxIds: [mailbox.id],
        window: null,
      },
    }),
  );
  screen.say('Campaign "Guest posts about tea", at any time of day', campaign.id);
  return { campaignId: campaign.id, mailboxId: mailbox.id, mailboxAddress, targetUrl };
}
