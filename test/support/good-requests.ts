import { generateKeyPairSync } from 'node:crypto';
import { newId } from '../../src/platform/ids.js';
import * as make from './factories.js';
import { succeeds } from './succeeds.js';
import { makeMember, type TestApp } from './test-app.js';
import { writtenTo } from './written-to.js';

/** A request that succeeds, on a thing of its own. Paths are relative to /api/v1. */
export interface GoodRequest {
  readonly path: string;
  /** A text is a raw mail. */
  readonly body?: Readonly<Record<string, unknown>> | string;
}

type Maker = (t: TestApp) => Promise<GoodRequest>;

let count = 0;
const fresh = (word: string): string => `${word}-${(count += 1)}`;
const ws = (t: TestApp): string => t.owner.workspaceId;
const on = (path: string, body?: GoodRequest['body']): GoodRequest => (body === undefined ? { path } : { path, body });
const owned =
  (factory: (db: TestApp['db'], workspaceId: string) => Promise<{ id: string }>, build: (id: string) => GoodRequest): Maker =>
  async (t) =>
    build((await factory(t.db, ws(t))).id);
const made = async (t: TestApp, path: string, body?: object): Promise<string> =>
  (await t.as(t.owner.key).post(path, body).expect(succeeds)).body.id as string;

const SMTP = { host: '127.0.0.1', port: 9, security: 'none', user: 'ann', password: 'a secret of ours' } as const;
const IMAP = { host: '127.0.0.1', port: 9, security: 'none', user: 'ann', password: 'a secret of ours' } as const;
const DKIM = {
  selector: 'mail2026',
  privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};
const WINDOW = { timeZone: 'UTC', days: [1], from: '09:00', to: '17:00' };

async function draftCampaign(t: TestApp): Promise<string> {
  const campaign = await make.makeCampaign(t.db, ws(t), { state: 'draft' });
  const contact = await make.makeContact(t.db, ws(t), { firstName: 'Mei' });
  await t.as(t.owner.key).post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(201);
  return campaign.id;
}

async function draft(t: TestApp): Promise<{ id: string; version: number }> {
  const message = await make.makeMessage(t.db, ws(t), { state: 'draft' });
  return { id: message.id, version: 1 };
}

async function answered(t: TestApp): Promise<string> {
  const { message, mailbox } = await writtenTo(t, t.owner);
  const raw = `From: ed@leaf.example\r\nTo: ann@shop.example\r\nMessage-ID: <${newId()}@leaf.example>\r\nIn-Reply-To: <${message.rfcMessageId}>\r\n\r\nWhy not?`;
  const key = await t.makeKey(['inbound:write'], { mailboxId: mailbox.id });
  await t.as(key).post(`/mailboxes/${mailbox.id}/inbound`).type('message/rfc822').send(raw).expect(202);
  return message.threadId;
}

async function task(t: TestApp): Promise<string> {
  const card = await make.makeOpportunity(t.db, ws(t));
  const id = newId();
  await t.db.query(
    `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, due_at, created_at) VALUES ($1, $2, 'answer_reply', 'opportunity', $3, now(), now())`,
    [ws(t), id, card.id],
  );
  return id;
}

const remark = async (t: TestApp): Promise<string> =>
  made(t, '/notes', { prospectId: (await make.makeProspect(t.db, ws(t))).id, text: 'They like tea' });

const endpoint = (t: TestApp): Promise<string> => made(t, '/webhook-endpoints', { url: 'http://127.0.0.1:9/hooks', eventTypes: ['*'] });

async function delivered(t: TestApp): Promise<string> {
  const id = await made(t, `/webhook-endpoints/${await endpoint(t)}/test`);
  await t.db.query(`UPDATE webhook_deliveries SET state = 'exhausted', next_at = NULL WHERE workspace_id = $1 AND id = $2`, [ws(t), id]);
  return id;
}

/** One for every route that changes something; who adds a route adds a line. With all optional fields, so that each can be tried. */
export const GOOD_REQUESTS: Readonly<Record<string, Maker>> = {
  'patch /workspace': async () => on('/workspace', { name: fresh('Tea'), postalAddress: fresh('Leaf Lane'), timeZone: 'Asia/Tokyo' }),
  'post /workspaces': async () => on('/workspaces', { name: fresh('Teas') }),
  'post /api-keys': async () => on('/api-keys', { name: fresh('key'), scopes: ['prospects:read'] }),
  'patch /api-keys/{id}': async (t) =>
    on(`/api-keys/${await made(t, '/api-keys', { name: 'x', scopes: ['tasks:read'] })}`, { name: fresh('key'), expiresAt: '2027-11-02T10:00:00Z' }),
  'patch /members/{id}': async (t) => on(`/members/${(await makeMember(t.db, ws(t), 'viewer')).memberId}`, { role: 'member' }),
  'post /members/{id}/hand-over': async (t) => {
    const [from, to] = [await makeMember(t.db, ws(t), 'member'), await makeMember(t.db, ws(t), 'member')];
    await make.makeOpportunity(t.db, ws(t), { ownerId: from.memberId });
    return on(`/members/${from.memberId}/hand-over`, { toMemberId: to.memberId });
  },
  'post /invitations': async () => on('/invitations', { email: `${fresh('ann')}@far.example`, role: 'viewer' }),
  'post /invitations/{id}/resend': async (t) =>
    on(`/invitations/${await made(t, '/invitations', { email: `${fresh('ann')}@far.example`, role: 'viewer' })}/resend`),
  'delete /invitations/{id}': async (t) =>
    on(`/invitations/${await made(t, '/invitations', { email: `${fresh('ann')}@far.example`, role: 'viewer' })}`),
  'post /prospects/bulk': async () =>
    on('/prospects/bulk', { items: [{ url: `https://${fresh('leaf')}.example/`, name: 'Leaf', tags: ['green'], externalRef: fresh('ref') }] }),
  'delete /api-keys/{id}': async (t) => on(`/api-keys/${await made(t, '/api-keys', { name: 'x', scopes: ['tasks:read'] })}`),
  'post /projects': async () => on('/projects', { name: 'Tea shop', url: `https://${fresh('shop')}.example/`, externalRef: fresh('ref') }),
  'patch /projects/{id}': owned(make.makeProject, (id) =>
    on(`/projects/${id}`, { name: fresh('Shop'), url: 'https://a.example/', externalRef: fresh('r') }),
  ),
  'post /projects/{projectId}/target-pages': owned(make.makeProject, (id) =>
    on(`/projects/${id}/target-pages`, { url: 'https://tea.example/new', title: 'New', anchors: ['tea'] }),
  ),
  'patch /projects/{projectId}/target-pages/{id}': async (t) => {
    const { projectId, id } = await make.makeTargetPage(t.db, ws(t));
    return on(`/projects/${projectId}/target-pages/${id}`, { url: `https://tea.example/${fresh('p')}`, title: fresh('t'), anchors: ['leaf'] });
  },
  'post /suppressions': async () => on('/suppressions', { kind: 'address', value: `${fresh('x')}@far.example`, reason: 'asked' }),
  'delete /suppressions/{id}': async (t) =>
    on(`/suppressions/${await made(t, '/suppressions', { kind: 'address', value: `${fresh('y')}@far.example`, reason: 'asked' })}?reason=because`),
  'post /prospects': async () =>
    on('/prospects', { url: `https://${fresh('leaf')}.example/`, name: 'Leaf', tags: ['green'], externalRef: fresh('ref'), country: 'PT' }),
  'patch /prospects/{id}': owned(make.makeProspect, (id) =>
    on(`/prospects/${id}`, { name: fresh('Leaf'), tags: ['black'], externalRef: fresh('ref'), country: 'PT' }),
  ),
  'post /prospects/{id}/contacts': owned(make.makeProspect, (id) =>
    on(`/prospects/${id}/contacts`, {
      ...{ email: `${fresh('mei')}@leaf.example`, firstName: 'Mei', lastName: 'Lin', role: 'Editor', timeZone: 'Asia/Tokyo', country: 'JP' },
      ...{ sourceUrl: 'https://leaf.example/team', externalRef: fresh('ref') },
    }),
  ),
  'patch /contacts/{id}': owned(make.makeContact, (id) =>
    on(`/contacts/${id}`, {
      ...{ firstName: fresh('Mei'), lastName: 'Lin', role: 'Editor', timeZone: 'Asia/Tokyo', country: 'JP', lawfulBasis: 'consent' },
      ...{ sourceUrl: 'https://leaf.example/team', externalRef: fresh('ref') },
    }),
  ),
  'post /contacts/{id}/merge': async (t) => {
    const [from, into] = [await make.makeContact(t.db, ws(t)), await make.makeContact(t.db, ws(t))];
    return on(`/contacts/${from.id}/merge`, { intoContactId: into.id });
  },
  'post /contacts/{id}/erase': owned(make.makeContact, (id) => on(`/contacts/${id}/erase`, { reason: 'they asked for it' })),
  'post /contacts/{id}/consent-override': owned(make.makeContact, (id) => on(`/contacts/${id}/consent-override`, { reason: 'they asked for it' })),
  'post /templates': async () =>
    on('/templates', { name: fresh('First'), subject: 'Tea', text: 'Hello', html: '<p>Hello</p>', externalRef: fresh('ref') }),
  'patch /templates/{id}': owned(make.makeTemplate, (id) =>
    on(`/templates/${id}`, { name: fresh('First'), subject: 'Tea', text: 'Hello', html: '<p>Hello</p>', externalRef: fresh('ref') }),
  ),
  'post /templates/{id}/preview': owned(make.makeTemplate, (id) => on(`/templates/${id}/preview`, {})),
  'post /sequences': owned(make.makeTemplate, (templateId) =>
    on('/sequences', {
      name: fresh('Two'),
      steps: [
        { kind: 'mail', templateId, delay: { value: 0, unit: 'minutes' } },
        { kind: 'task', title: 'Call', delay: { value: 1, unit: 'minutes' } },
      ],
    }),
  ),
  'post /sequences/starters': async () => on('/sequences/starters', { tactic: 'guest_post' }),
  'patch /sequences/{id}': async (t) => {
    const template = await make.makeTemplate(t.db, ws(t));
    const steps = [
      { key: 'first', kind: 'mail', templateId: template.id, delay: { value: 0, unit: 'minutes' } },
      { kind: 'task', title: 'Call', delay: { value: 1, unit: 'minutes' } },
    ];
    return on(`/sequences/${(await make.makeSequence(t.db, ws(t))).id}`, { name: fresh('Two'), steps });
  },
  'post /mailboxes': async () =>
    on('/mailboxes', {
      ...{ name: fresh('Box'), fromName: 'Ann', fromAddress: `${fresh('ann')}@shop.example`, smtp: SMTP, imap: IMAP, signature: 'Ann', dkim: DKIM },
      limits: { perDay: 5 },
    }),
  'patch /mailboxes/{id}': owned(make.makeMailbox, (id) =>
    on(`/mailboxes/${id}`, {
      name: fresh('Box'),
      fromName: 'Ann',
      fromAddress: 'ann@shop.example',
      smtp: SMTP,
      imap: IMAP,
      signature: fresh('Ann'),
      dkim: DKIM,
    }),
  ),
  'post /mailboxes/{id}/test': owned(make.makeMailbox, (id) => on(`/mailboxes/${id}/test`)),
  'post /mailboxes/{id}/readiness': owned(make.makeMailbox, (id) => on(`/mailboxes/${id}/readiness`)),
  'post /mailboxes/{id}/inbound': owned(make.makeMailbox, (id) =>
    on(`/mailboxes/${id}/inbound`, `From: a@leaf.example\r\nSubject: ${fresh('s')}\r\n\r\nHi`),
  ),
  'post /campaigns': async (t) => {
    const { projectId, targetPageId, sequenceId, mailboxIds } = await make.makeCampaign(t.db, ws(t));
    const body = { name: fresh('C'), projectId, targetPageId, tactic: 'guest_post', sequenceId, mailboxIds, window: WINDOW };
    return on('/campaigns', { ...body, externalRef: fresh('ref') });
  },
  'patch /campaigns/{id}': async (t) =>
    on(`/campaigns/${(await make.makeCampaign(t.db, ws(t), { state: 'draft' })).id}`, {
      name: fresh('C'),
      window: WINDOW,
      externalRef: fresh('ref'),
    }),
  'post /campaigns/{id}/preflight': async (t) => on(`/campaigns/${await draftCampaign(t)}/preflight`),
  'post /campaigns/{id}/start': async (t) => on(`/campaigns/${await draftCampaign(t)}/start`),
  'post /campaigns/{id}/pause': async (t) => on(`/campaigns/${(await make.makeCampaign(t.db, ws(t))).id}/pause`, { reason: 'a holiday' }),
  'post /campaigns/{id}/resume': async (t) => on(`/campaigns/${(await make.makeCampaign(t.db, ws(t), { state: 'paused' })).id}/resume`),
  'post /campaigns/{id}/prospects': async (t) => {
    const contact = { email: `${fresh('mei')}@site.example`, firstName: 'Mei', lastName: 'Lin', role: 'Editor', timeZone: 'Asia/Tokyo' };
    const items = [{ url: `https://${fresh('site')}.example/`, name: 'Leaf', contacts: [contact], enroll: true }];
    return on(`/campaigns/${(await make.makeCampaign(t.db, ws(t))).id}/prospects`, { items });
  },
  'post /opportunities': async (t) => {
    const [campaign, prospect] = [await make.makeCampaign(t.db, ws(t)), await make.makeProspect(t.db, ws(t))];
    const body = { campaignId: campaign.id, prospectId: prospect.id, pageUrl: 'https://leaf.example/a', externalRef: fresh('ref') };
    return on('/opportunities', { ...body, overrideReason: 'we know each other' });
  },
  'patch /opportunities/{id}': async (t) =>
    on(`/opportunities/${(await make.makeOpportunity(t.db, ws(t))).id}`, {
      ownerId: t.owner.memberId,
      pageUrl: 'https://leaf.example/b',
      nextActionOn: '2026-11-22',
    }),
  'post /opportunities/{id}/moves': owned(make.makeOpportunity, (id) => on(`/opportunities/${id}/moves`, { to: 'disqualified', reason: 'because' })),
  'post /opportunities/{id}/agreements': async (t) => {
    const { id } = await make.makeOpportunity(t.db, ws(t), { stage: 'engaged' });
    const items = [{ targetUrl: 'https://tea.example/', anchor: 'tea', sourceUrl: 'https://leaf.example/tea' }];
    return on(`/opportunities/${id}/agreements`, { via: 'direct', compensation: 'none', items });
  },
  'post /opportunities/{id}/report-links': owned(make.makeOpportunity, (id) => on(`/opportunities/${id}/report-links`, {})),
  'post /tasks': owned(make.makeOpportunity, (opportunityId) => on('/tasks', { opportunityId, title: fresh('Call'), dueAt: '2026-11-22T09:00:00Z' })),
  'post /notes': owned(make.makeProspect, (prospectId) => on('/notes', { prospectId, text: fresh('Remark') })),
  'patch /notes/{id}': async (t) => on(`/notes/${await remark(t)}`, { text: fresh('Remark') }),
  'delete /notes/{id}': async (t) => on(`/notes/${await remark(t)}`),
  'patch /tasks/{id}': async (t) => on(`/tasks/${await task(t)}`, { done: true }),
  'post /enrollments': async (t) => {
    const [campaign, contact] = [await make.makeCampaign(t.db, ws(t)), await make.makeContact(t.db, ws(t))];
    return on('/enrollments', { campaignId: campaign.id, contactId: contact.id });
  },
  'post /enrollments/bulk': async (t) => {
    const [campaign, contact] = [await make.makeCampaign(t.db, ws(t)), await make.makeContact(t.db, ws(t))];
    return on('/enrollments/bulk', { items: [{ campaignId: campaign.id, contactId: contact.id }] });
  },
  'post /enrollments/{id}/moves': owned(make.makeEnrollment, (id) => on(`/enrollments/${id}/moves`, { to: 'stopped', reason: 'because' })),
  'post /messages/bulk': async (t) => {
    const { id, version } = await draft(t);
    return on('/messages/bulk', { items: [{ id, ifVersion: version, action: 'release' }] });
  },
  'patch /messages/{id}': async (t) => on(`/messages/${(await draft(t)).id}`, { subject: fresh('Tea'), text: 'Hello', html: '<p>Hello</p>' }),
  'post /messages/{id}/resolve': async (t) =>
    on(`/messages/${(await make.makeMessage(t.db, ws(t), { state: 'delivery_unknown' })).id}/resolve`, { outcome: 'abandon', reason: 'because' }),
  'post /messages/{id}/cancel': owned(make.makeMessage, (id) => on(`/messages/${id}/cancel`)),
  'post /pitches': async (t) =>
    on('/pitches', {
      opportunityId: (await make.makeOpportunity(t.db, ws(t), { stage: 'engaged' })).id,
      topics: [{ title: fresh('Ten teas'), summary: 'All of them' }],
    }),
  'post /pitches/{id}/moves': owned(make.makePitch, (id) => on(`/pitches/${id}/moves`, { to: 'withdrawn', reason: 'because' })),
  'post /pitches/{pitchId}/drafts': owned(make.makePitch, (id) => on(`/pitches/${id}/drafts`, { text: 'Once', remarks: 'short' })),
  'post /backlinks': async (t) => {
    const { projectId, url } = await make.makeTargetPage(t.db, ws(t));
    const body = { sourceUrl: `http://127.0.0.1:9/${fresh('post')}`, targetUrl: url, projectId };
    return on('/backlinks', { ...body, expectedAnchor: 'tea', externalRef: fresh('ref') });
  },
  'patch /backlinks/{id}': owned(make.makeBacklink, (id) => on(`/backlinks/${id}`, { expectedAnchor: 'tea' })),
  'post /backlinks/{id}/checks': owned(make.makeBacklink, (id) => on(`/backlinks/${id}/checks`)),
  'post /backlinks/{id}/moves': async (t) =>
    on(`/backlinks/${(await make.makeBacklink(t.db, ws(t), { state: 'lost' })).id}/moves`, { to: 'closed', reason: 'because' }),
  'post /backlinks/{id}/attestations': async (t) => {
    const { id } = await make.makeBacklink(t.db, ws(t), { state: 'needs_review' });
    return on(`/backlinks/${id}/attestations`, { outcome: 'live', note: 'seen', expiresAt: '2026-11-12T00:00:00Z' });
  },
  'post /threads/{id}/assign': async (t) =>
    on(`/threads/${await answered(t)}/assign`, { assigneeId: (await makeMember(t.db, ws(t), 'member')).memberId }),
  'post /threads/{id}/reply': async (t) => {
    const templateId = (await make.makeTemplate(t.db, ws(t), { text: 'Still there?' })).id;
    const followUp = { templateId, afterBusinessDays: 3 };
    return on(`/threads/${await answered(t)}/reply`, { text: 'Gladly.', html: '<p>Gladly.</p>', templateId, followUp });
  },
  'post /threads/{id}/classify': async (t) => on(`/threads/${await answered(t)}/classify`, { class: 'interested' }),
  'post /webhook-endpoints': async () => on('/webhook-endpoints', { url: 'http://127.0.0.1:9/hooks', eventTypes: ['*'] }),
  'patch /webhook-endpoints/{id}': async (t) => on(`/webhook-endpoints/${await endpoint(t)}`, { url: 'http://127.0.0.1:9/a', state: 'disabled' }),
  'delete /webhook-endpoints/{id}': async (t) => on(`/webhook-endpoints/${await endpoint(t)}`),
  'post /webhook-endpoints/{id}/rotate-secret': async (t) => on(`/webhook-endpoints/${await endpoint(t)}/rotate-secret`),
  'post /webhook-endpoints/{id}/test': async (t) => on(`/webhook-endpoints/${await endpoint(t)}/test`),
  'post /webhook-endpoints/{id}/replay': async (t) => on(`/webhook-endpoints/${await endpoint(t)}/replay`, { since: '2026-11-01T00:00:00Z' }),
  'post /webhook-deliveries/{id}/replay': async (t) => on(`/webhook-deliveries/${await delivered(t)}/replay`),
};
