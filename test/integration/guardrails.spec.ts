import type { Caller, TestApp } from '../support/test-app.js';
import { createTestApp, TEST_START } from '../support/test-app.js';
import { newId } from '../../src/platform/ids.js';
import { expectCatalogued } from '../support/catalogued-events.js';
import { makeCampaign, makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity } from '../support/factories.js';
import { bounce, complaint } from '../support/raw-mails.js';

let t: TestApp;
let as: Caller;
let mailboxId: string;
let keyOfMail: string;

beforeAll(async () => {
  t = await createTestApp();
  as = t.as(t.owner.key);
  mailboxId = (await makeMailbox(t.db, ws())).id;
  keyOfMail = await t.makeKey(['inbound:write'], { mailboxId });
});
afterAll(async () => {
  await expectCatalogued(t.db);
  await t.close();
});
beforeEach(() => {
  t.clock.set(TEST_START);
});

const ws = (): string => t.owner.workspaceId;

interface Sent {
  readonly email: string;
  readonly rfcMessageId: string;
}

/** Mails of a campaign that left a moment ago. */
async function sent(campaignId: string, count: number): Promise<Sent[]> {
  const mails: Sent[] = [];
  for (let at = 0; at < count; at += 1) {
    const card = await makeOpportunity(t.db, ws(), { campaignId, stage: 'contacting' });
    const email = `${newId()}@tea-blog.example`;
    const contact = await makeContact(t.db, ws(), { prospectId: card.prospectId, email });
    const enrollment = await makeEnrollment(t.db, ws(), { opportunityId: card.id, contactId: contact.id, stepKey: 'first', nextAt: null });
    const { rfcMessageId } = await makeMessage(t.db, ws(), {
      ...{ enrollmentId: enrollment.id, mailboxId, toAddress: email, state: 'sent', sentAt: t.clock.now(), nextAt: null },
    });
    mails.push({ email, rfcMessageId });
  }
  return mails;
}

const inbound = (raw: Buffer | string) => t.as(keyOfMail).post(`/mailboxes/${mailboxId}/inbound`).type('message/rfc822').send(raw).expect(202);
const comesBack = ({ email, rfcMessageId }: Sent) =>
  inbound(bounce({ recipients: [{ address: email, status: '5.1.1', diagnostic: '550 user unknown' }], messageId: rfcMessageId }));
const stateOf = async (id: string) => (await as.get(`/campaigns/${id}`).expect(200)).body;
const eventsOf = (id: string) =>
  t.db.query(`SELECT data -> 'object' AS object FROM events WHERE workspace_id = $1 AND campaign_id = $2 AND type = 'campaign.paused' ORDER BY id`, [
    ...[ws(), id],
  ]);

it('holds a campaign with 5 bounces of 60, says the numbers, and goes on only for a reason', async () => {
  const { id } = await makeCampaign(t.db, ws(), { mailboxIds: [mailboxId] });
  const mails = await sent(id, 60);
  for (const mail of mails.slice(0, 2)) await comesBack(mail);
  await t.run('guard');
  expect(await stateOf(id)).toMatchObject({ state: 'running', pauseCode: null });

  for (const mail of mails.slice(2, 5)) await comesBack(mail);
  await t.run('guard');

  expect(await stateOf(id)).toMatchObject({ state: 'paused', pauseCode: 'bounces', pauseReason: '5 of 60 mails came back for good.' });
  expect(await eventsOf(id)).toEqual([
    { object: { type: 'campaign', id, state: 'paused', code: 'bounces', numbers: { sent: 60, bounced: 5, complained: 0 } } },
  ]);

  const refused = await as.post(`/campaigns/${id}/resume`, {}).set('if-match', '*').expect(422);
  expect(refused.body).toMatchObject({ code: 'reason_required', errors: [{ pointer: '/reason' }] });
  t.clock.advance(60_000);
  const resumed = await as.post(`/campaigns/${id}/resume`, { reason: 'The list was cleaned.' }).set('if-match', '*').expect(200);
  expect(resumed.body).toMatchObject({ state: 'running', pauseCode: null, pauseNumbers: null, pauseReason: null });
  expect(await t.db.query('SELECT text FROM notes WHERE workspace_id = $1 AND subject_id = $2', [ws(), id])).toEqual([
    { text: 'The list was cleaned.' },
  ]);

  // what came back before is answered for
  for (const mail of mails.slice(5, 7)) await comesBack(mail);
  await t.run('guard');
  expect((await stateOf(id)).state).toBe('running');
});

it('counts one report that comes twice once', async () => {
  const { id } = await makeCampaign(t.db, ws(), { mailboxIds: [mailboxId] });
  const [mail] = await sent(id, 60);
  if (!mail) throw new Error('no mail');

  for (let at = 0; at < 6; at += 1) await comesBack(mail);
  await t.run('guard');

  expect((await stateOf(id)).state).toBe('running');
});

it('holds a campaign for complaints, and tells nothing before there is a sample', async () => {
  const { id } = await makeCampaign(t.db, ws(), { mailboxIds: [mailboxId] });
  const mails = await sent(id, 20);
  const complains = ({ email, rfcMessageId }: Sent) => inbound(complaint({ messageId: rfcMessageId, recipient: email }));
  await complains(mails[0] as Sent);
  await t.run('guard');
  expect((await stateOf(id)).state).toBe('running');

  await complains((await sent(id, 40))[0] as Sent);
  await t.run('guard');

  expect(await stateOf(id)).toMatchObject({ state: 'paused', pauseCode: 'complaints' });
});

it('asks nobody for a reason when a person held it', async () => {
  const { id } = await makeCampaign(t.db, ws(), { mailboxIds: [mailboxId] });
  await as.post(`/campaigns/${id}/pause`, {}).set('if-match', '*').expect(200);

  await as.post(`/campaigns/${id}/resume`, {}).set('if-match', '*').expect(200);

  expect(await eventsOf(id)).toEqual([{ object: { type: 'campaign', id, state: 'paused' } }]);
});

it('counts all bounces that come at the same time', async () => {
  const { id } = await makeCampaign(t.db, ws(), { mailboxIds: [mailboxId] });
  const mails = await sent(id, 60);

  await Promise.all([...mails.slice(0, 5).map(comesBack), t.run('guard'), t.run('guard')]);
  await t.run('guard');

  expect((await stateOf(id)).state).toBe('paused');
});
