import request from 'supertest';
import { expectCatalogued } from '../support/catalogued-events.js';
import { makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity } from '../support/factories.js';
import { letter } from '../support/raw-mails.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let t: TestApp;
let mailboxId: string;
let key: string;

beforeAll(async () => {
  t = await createTestApp();
  mailboxId = (await makeMailbox(t.db, t.owner.workspaceId)).id;
  key = await t.makeKey(['inbound:write'], { mailboxId });
});
afterAll(async () => {
  await expectCatalogued(t.db);
  await t.close();
});

const post = (mailbox: string, raw: Buffer | string, { as = key, type = 'message/rfc822' } = {}): request.Test =>
  request(t.url).post(`/api/v1/mailboxes/${mailbox}/inbound`).set('authorization', `Bearer ${as}`).set('content-type', type).send(raw);

/** A card in contact, whose contact has been sent one mail. */
async function writtenTo() {
  const { workspaceId } = t.owner;
  const opportunity = await makeOpportunity(t.db, workspaceId, { stage: 'contacting' });
  const contact = await makeContact(t.db, workspaceId, { prospectId: opportunity.prospectId });
  const enrollment = await makeEnrollment(t.db, workspaceId, { opportunityId: opportunity.id, contactId: contact.id, nextAt: null });
  const sent = { enrollmentId: enrollment.id, mailboxId, toAddress: contact.email, state: 'sent' as const, sentAt: t.clock.now() };
  return { opportunity, contact, enrollment, message: await makeMessage(t.db, workspaceId, sent) };
}

describe('POST /mailboxes/{id}/inbound', () => {
  it('takes an answer and says what it answers', async () => {
    const { contact, message } = await writtenTo();

    const response = await post(mailboxId, letter({ from: contact.email, inReplyTo: message.rfcMessageId }));

    expect(response.status).toBe(202);
    expect(response.body).toEqual({ id: expect.any(String), class: 'human', matchMethod: 'in_reply_to', messageId: message.id });
  });

  it('gives the same answer to the same mail again', async () => {
    const raw = letter({ from: 'a@stranger.example' });

    const [first, second] = [await post(mailboxId, raw), await post(mailboxId, raw)];

    expect(second.status).toBe(202);
    expect(second.body).toEqual(first.body);
  });

  it.each([
    ['what is no mail', 'hello'],
    ['a mail without an end', 'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhal'],
    ['a header of 100 kB', `Subject: ${'x'.repeat(100_000)}\r\n\r\nhello`],
    ['a date of no calendar', 'From: a@b.example\r\nDate: 99 Foo 0000\r\n\r\nhello'],
    ['binary', Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256))],
  ])('takes %s as well', async (_, raw) => {
    const response = await post(mailboxId, raw);

    expect(response.status).toBe(202);
    expect(response.body).toMatchObject({ matchMethod: 'none' });
  });

  it('takes a mail far above the limit of other bodies', async () => {
    const raw = letter({ from: 'a@stranger.example', text: 'long line\r\n'.repeat(500_000) });

    expect((await post(mailboxId, raw)).status).toBe(202);
  });

  it('refuses one above 30 MB', async () => {
    const response = await post(mailboxId, Buffer.alloc(30 * 1024 * 1024 + 1, 'x'));

    expect(response.status).toBe(413);
  });

  it.each([
    ['an empty body', 400, '', 'message/rfc822'],
    ['another kind of body', 415, '{}', 'application/json'],
    ['a form', 415, 'a=b', 'application/x-www-form-urlencoded'],
  ])('refuses %s with %i', async (_, status, raw, type) => {
    expect((await post(mailboxId, raw, { type })).status).toBe(status);
  });

  it('does not know a mailbox of another workspace, or none', async () => {
    const foreign = await makeMailbox(t.db, (await t.makeWorkspace()).workspaceId);
    const raw = letter({ from: 'a@stranger.example' });

    expect((await post(foreign.id, raw)).status).toBe(404);
    expect((await post('0190f0a0-0000-7000-8000-000000000000', raw)).status).toBe(404);
    expect((await post('not-an-id', raw)).status).toBe(400);
  });

  it('lets a key post to its own mailbox only', async () => {
    const second = await makeMailbox(t.db, t.owner.workspaceId);

    const response = await post(second.id, letter({ from: 'a@stranger.example' }));

    expect(response.status).toBe(403);
    expect(response.body).toMatchObject({ code: 'forbidden' });
  });

  it.each([
    ['a key for everything, which this is no part of', ['*']],
    ['a key for something else', ['messages:write']],
  ] as const)('refuses %s', async (_, scopes) => {
    const response = await post(mailboxId, letter({ from: 'a@stranger.example' }), { as: await t.makeKey(scopes) });

    expect(response.status).toBe(403);
  });
});

describe('/threads/{id}', () => {
  const answered = async (text: string) => {
    const made = await writtenTo();
    await post(mailboxId, letter({ from: made.contact.email, inReplyTo: made.message.rfcMessageId, text }));
    return made;
  };

  it('shows both sides, oldest first', async () => {
    const { message, opportunity } = await answered('How much would you pay?');

    const response = await t.as(t.owner.key).get(`/threads/${message.threadId}`);

    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ id: message.threadId, opportunityId: opportunity.id });
    expect(response.body.messages).toMatchObject([
      { direction: 'out', state: 'sent', subject: 'A page' },
      { direction: 'in', state: 'received', class: 'human', text: 'How much would you pay?\n' },
    ]);
  });

  it('takes a person’s word for what the answer means, and the stage follows', async () => {
    const { message, opportunity } = await answered('How much would you pay?');
    const owner = t.as(t.owner.key);

    const response = await owner.post(`/threads/${message.threadId}/classify`, { class: 'asks_fee' });

    expect(response.status).toBe(200);
    expect(response.body.messages).toMatchObject([{ direction: 'out' }, { class: 'asks_fee' }]);
    expect((await owner.get(`/opportunities/${opportunity.id}`)).body).toMatchObject({ stage: 'negotiating' });
  });

  it('suppresses who asked to be let alone', async () => {
    const { message, contact } = await answered('Please do not write again.');

    await t.as(t.owner.key).post(`/threads/${message.threadId}/classify`, { class: 'unsubscribe_request' });

    const found = await t.db.query<object[]>('SELECT source FROM suppressions WHERE workspace_id = $1 AND value = $2', [
      t.owner.workspaceId,
      contact.email,
    ]);
    expect(found).toEqual([{ source: 'reply' }]);
  });

  it('has nothing to classify before they answer', async () => {
    const { message } = await writtenTo();

    const response = await t.as(t.owner.key).post(`/threads/${message.threadId}/classify`, { class: 'declined' });

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ code: 'no_answer_yet' });
  });

  it('is closed to another workspace, to those who may only read, and to meanings nobody knows', async () => {
    const { message } = await answered('Yes.');
    const path = `/threads/${message.threadId}`;
    const other = t.as((await t.makeWorkspace()).key);
    const viewer = t.as(await t.makeKey('viewer'));

    expect((await other.get(path)).status).toBe(404);
    expect((await other.post(`${path}/classify`, { class: 'declined' })).status).toBe(404);
    expect((await viewer.get(path)).status).toBe(200);
    expect((await viewer.post(`${path}/classify`, { class: 'declined' })).status).toBe(403);
    expect((await t.as(t.owner.key).post(`${path}/classify`, { class: 'maybe' })).status).toBe(400);
  });
});
