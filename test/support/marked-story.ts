import { makeBacklink, makeMessage, makePitch, makeProspect } from './factories.js';
import type { FixtureSite } from './fixture-site.js';
import { headerOf, type MisbehavingSmtp } from './misbehaving-smtp.js';
import { bounce, complaint, letter } from './raw-mails.js';
import { settled } from './settled.js';
import { succeeds } from './succeeds.js';
import { type Caller, TEST_PASSWORD, type TestApp } from './test-app.js';
import type { Receiver } from './webhook-receiver.js';

/** Values of people that stand nowhere else, so that wherever they turn up they came from the story. */
export const MARKS = {
  firstName: 'Wilhelmina',
  lastName: 'Zwetschgenbaum',
  phone: '0471-1080815',
  email: 'wilhelmina.zwetschgenbaum@plum-blog.example',
  refused: 'rcpt550.zwetschgenbaum@plum-blog.example',
  colleague: 'Hildegard Quittenmus',
  words: 'Rhabarberkompott',
} as const;

/** What opens something, by name; the story adds those that it is given. */
export type Secrets = Record<string, string>;

export interface Stage {
  readonly t: TestApp;
  readonly sink: MisbehavingSmtp;
  readonly receiver: Receiver;
  readonly site: FixtureSite;
}

const SMTP_PASSWORD = 'the-password-of-the-mailbox';
/** Something that a person says about a person. */
const SAID = `${MARKS.firstName} (${MARKS.phone}) asked ${MARKS.colleague}: ${MARKS.words}`;

/** The main story from login to verified link, with everything that goes wrong on the way. @returns the secrets it was given */
export async function playMarkedStory(stage: Stage): Promise<Secrets> {
  const { t } = stage;
  const api = t.as(t.owner.key);
  const secrets: Secrets = { apiKey: t.owner.key, password: TEST_PASSWORD, smtpPassword: SMTP_PASSWORD };
  secrets['cookie'] = await logIn(t);
  secrets['webhookSecret'] = (await api.post('/webhook-endpoints', { url: stage.receiver.url, eventTypes: ['*'] }).expect(201)).body.secret as string;
  const campaign = await startCampaign(stage, api);
  secrets['unsubscribe'] = unsubscribePathOf(stage.sink).slice('/u/'.length);
  await mailsComeIn(stage, campaign);
  await peopleDecide(stage, api, campaign);
  secrets['report'] = await reportLink(stage, api, campaign);
  await callsGoWrong(t);
  for (const loop of ['plan', 'send', 'leases', 'inbox', 'check', 'silence']) await t.run(loop);
  await settled(t.db);
  for (const loop of ['dispatch', 'deliver']) await t.run(loop);
  return secrets;
}

async function logIn(t: TestApp): Promise<string> {
  const log = (password: string) => t.request().post('/api/v1/auth/login').send({ email: t.owner.email, password });
  await log('Rhabarberkompott as password').expect(401);
  const cookie = String((await log(TEST_PASSWORD).expect(200)).headers['set-cookie']).split(';')[0] ?? '';
  await t.request().get('/api/v1/auth/me').set('cookie', cookie).expect(200);
  return cookie.split('=')[1] ?? '';
}

interface Campaign {
  readonly id: string;
  readonly opportunityId: string;
  readonly projectId: string;
  readonly mailboxId: string;
  readonly targetUrl: string;
}

const made = async (api: Caller, path: string, body: object): Promise<string> => (await api.post(path, body).expect(201)).body.id as string;

/** Three people of one site: one answers, one cannot be reached, one opts out. */
async function startCampaign({ t, sink }: Stage, api: Caller): Promise<Campaign> {
  const projectId = await made(api, '/projects', { name: 'Shop', url: 'https://shop.example/' });
  const targetUrl = 'https://shop.example/guide';
  const targetPageId = await made(api, `/projects/${projectId}/target-pages`, { url: targetUrl });
  const templateId = await made(api, '/templates', {
    name: 'First',
    subject: 'For {{contact.firstName}}',
    text: 'Dear {{contact.firstName}} {{contact.lastName}}',
  });
  const sequenceId = await made(api, '/sequences', { name: 'One', steps: [{ kind: 'mail', templateId, delay: { value: 0, unit: 'minutes' } }] });
  const smtp = { host: '127.0.0.1', port: sink.port, security: 'none', user: MARKS.colleague, password: SMTP_PASSWORD };
  const limits = { perDay: 100, perHour: 100, gapSeconds: 0 };
  const sender = { fromName: MARKS.colleague, fromAddress: 'quittenmus@shop.example', signature: `Yours, ${MARKS.colleague}` };
  const mailboxId = await made(api, '/mailboxes', { name: 'Outreach', ...sender, smtp, limits });
  const body = { name: 'Guides', projectId, targetPageId, tactic: 'guest_post', sequenceId, mailboxIds: [mailboxId], window: null };
  const id = await made(api, '/campaigns', body);
  const people = [{ email: MARKS.email }, { email: MARKS.refused }].map((person) => ({
    ...{ ...person, firstName: MARKS.firstName, lastName: MARKS.lastName, role: MARKS.words, timeZone: 'Europe/Berlin' },
  }));
  const item = { url: 'https://plum-blog.example/', name: `${MARKS.firstName}'s blog`, contacts: people, enroll: true };
  const { results } = (await api.post(`/campaigns/${id}/prospects`, { items: [item] }).expect(200)).body as { results: { status: number }[] };
  if (results[0]?.status !== 201) throw new Error(JSON.stringify(results));
  await api.post(`/campaigns/${id}/start`).set('if-match', '*').expect(200);
  await t.run('plan');
  await t.run('send');
  const card = (await api.get(`/opportunities?filter[campaignId]=${id}`).expect(200)).body.data[0] as { id: string };
  return { id, opportunityId: card.id, projectId, mailboxId, targetUrl };
}

function unsubscribePathOf(sink: MisbehavingSmtp): string {
  const [mail] = sink.stored;
  const url = /^list-unsubscribe:.*<(https?:[^>]+)>/im.exec(headerOf(mail?.raw ?? ''))?.[1];
  if (url === undefined) throw new Error('The mail has no link to unsubscribe.');
  return new URL(url).pathname;
}

async function mailsComeIn({ t, sink }: Stage, { mailboxId }: Campaign): Promise<void> {
  const key = await t.makeKey(['inbound:write'], { mailboxId });
  const bring = (raw: Buffer) => t.as(key).post(`/mailboxes/${mailboxId}/inbound`).type('message/rfc822').send(raw.toString()).expect(202);
  const from = `${MARKS.firstName} ${MARKS.lastName} <${MARKS.email}>`;
  const messageId = sink.stored[0]?.messageId ?? '';
  await bring(letter({ from, inReplyTo: messageId, text: `Call me: ${MARKS.phone}. ${MARKS.words}` }));
  await bring(letter({ from, subject: `${MARKS.words} out of office`, inReplyTo: messageId, headers: ['Auto-Submitted: auto-replied'] }));
  await bring(
    bounce({ recipients: [{ address: MARKS.email, status: '4.2.2', action: 'delayed', diagnostic: `452 <${MARKS.email}> is full` }], messageId }),
  );
  await bring(bounce({ recipients: [{ address: MARKS.email, status: '5.1.1', diagnostic: `550 ${MARKS.lastName} has left` }], messageId }));
  await bring(complaint({ messageId, recipient: MARKS.email }));
  await bring(Buffer.from(`${MARKS.lastName}\0 is no mail`));
  await t.request().post(unsubscribePathOf(sink)).type('form').send({ 'List-Unsubscribe': 'One-Click' }).expect(200);
}

async function peopleDecide({ t }: Stage, api: Caller, { id, opportunityId, projectId }: Campaign): Promise<void> {
  const ws = t.owner.workspaceId;
  const thread = (await api.get('/messages?filter[direction]=in').expect(200)).body.data[0].threadId as string;
  await api.post(`/threads/${thread}/classify`, { class: 'interested' }).expect(200);
  const moved = (path: string, body: object) => api.post(`${path}/moves`, body).set('if-match', '*').expect(succeeds);
  const pitch = await makePitch(t.db, ws);
  await api.post(`/pitches/${pitch.id}/drafts`, { text: SAID, remarks: SAID }).expect(201);
  await moved(`/pitches/${pitch.id}`, { to: 'withdrawn', reason: SAID });
  await moved(`/backlinks/${(await makeBacklink(t.db, ws, { state: 'lost', projectId })).id}`, { to: 'closed', reason: SAID });
  const attested = await makeBacklink(t.db, ws, { state: 'needs_review', projectId });
  await api.post(`/backlinks/${attested.id}/attestations`, { outcome: 'live', note: SAID, expiresAt: '2026-11-12T00:00:00Z' }).expect(201);
  const unknown = await makeMessage(t.db, ws, { state: 'delivery_unknown', toAddress: MARKS.email, text: SAID });
  await api.post(`/messages/${unknown.id}/resolve`, { outcome: 'abandon', reason: SAID }).set('if-match', '*').expect(200);
  const draft = await makeMessage(t.db, ws, { state: 'draft' });
  await api.patch(`/messages/${draft.id}`, { subject: SAID, text: SAID, html: SAID }, '*').expect(200);
  const prospectId = (await makeProspect(t.db, ws)).id;
  const other = await made(api, '/opportunities', { campaignId: id, prospectId, overrideReason: SAID });
  await moved(`/opportunities/${other}`, { to: 'disqualified', reason: SAID });
  const suppression = await made(api, '/suppressions', { kind: 'address', value: 'x.zwetschgenbaum@elsewhere.example', reason: SAID.slice(0, 200) });
  await api.delete(`/suppressions/${suppression}?reason=${encodeURIComponent(SAID)}`, '*').expect(204);
  await api.patch('/workspace', { postalAddress: `${MARKS.colleague}, Leaf Lane 1` }, '*').expect(200);
  await api.patch(`/opportunities/${opportunityId}`, { ownerId: t.owner.memberId }, '*').expect(200);
  await api.post(`/campaigns/${id}/pause`, { reason: SAID }).set('if-match', '*').expect(200);
}

/** @returns the token of the link */
async function reportLink({ t, site }: Stage, api: Caller, { opportunityId, targetUrl }: Campaign): Promise<string> {
  const { url } = (await api.post(`/opportunities/${opportunityId}/report-links`, {}).expect(201)).body as { url: string };
  const path = new URL(url).pathname;
  await t.request().get(path).expect(200);
  site.write('/post', `<a href="${targetUrl}">tea</a>`);
  await t
    .request()
    .post(path)
    .type('form')
    .send({ url: `${MARKS.words} is no address` });
  return path.slice('/r/'.length);
}

/** Bad calls, with the values at every place where one can put them. */
async function callsGoWrong(t: TestApp): Promise<void> {
  const api = t.as(t.owner.key);
  await api.get(`/prospects?q=${MARKS.firstName}`).expect(200);
  await api.get(`/suppressions?filter[value]=${MARKS.email}`).expect(200);
  await api.get(`/prospects?nope=${MARKS.email}`).expect(400);
  await api.get(`/nothing/${MARKS.email}`).expect(404);
  await api.post('/prospects', { url: MARKS.words, name: MARKS.firstName }).expect(422);
  await api.post('/suppressions', { kind: 'address', value: `${MARKS.lastName}@@`, reason: 'x' }).expect(422);
  await t
    .request()
    .post('/api/v1/prospects')
    .set('authorization', `Bearer ${t.owner.key}`)
    .type('json')
    .send(`{"name": "${MARKS.lastName}`)
    .expect(400);
  await t.request().get('/api/v1/prospects').set('authorization', `Bearer lw_${MARKS.words}`).expect(401);
  await t.request().get(`/u/${MARKS.words}`).expect(404);
}
