import { mailNow, makePlannedMail, type PlannedMail } from '../support/sending-world.js';
import { type Caller, createTestApp, TEST_START, type TestApp, type TestOwner } from '../support/test-app.js';

let test: TestApp;
let api: Caller;
let stranger: TestOwner;

beforeAll(async () => {
  test = await createTestApp();
  api = test.as(test.owner.key);
  stranger = await test.makeWorkspace();
});
afterAll(() => test.close());

const workspaceId = (): string => test.owner.workspaceId;
const planned = (message: object = {}, more: object = {}): Promise<PlannedMail> =>
  makePlannedMail(test.db, workspaceId(), { port: 9, message: { nextAt: TEST_START, ...message }, ...more });
const beginning = (words: string) => expect.stringMatching(new RegExp(`^${words.replace(/[.?]/g, '\\$&')}`));
const now = ({ messageId }: PlannedMail): ReturnType<typeof mailNow> => mailNow(test.db, workspaceId(), messageId);

describe('GET /messages', () => {
  it.each(['contactId', 'campaignId', 'opportunityId', 'enrollmentId', 'mailboxId'] as const)('finds the mails of one %s', async (field) => {
    const mail = await planned();
    await planned();

    const { body } = await api.get(`/messages?filter[${field}]=${mail[field]}`).expect(200);

    expect(body).toMatchObject({ data: [{ id: mail.messageId, [field]: mail[field], version: 1 }], hasMore: false, nextCursor: null });
  });

  it('finds by state, direction and thread', async () => {
    const { mailboxId, messageId } = await planned({ state: 'draft' });
    const { body: mail } = await api.get(`/messages/${messageId}`).expect(200);
    const found = async (filter: string): Promise<number> =>
      (await api.get(`/messages?filter[mailboxId]=${mailboxId}&${filter}`).expect(200)).body.data.length;

    expect(await found('filter[state]=draft,scheduled&filter[direction]=out')).toBe(1);
    expect(await found(`filter[threadId]=${mail.threadId}`)).toBe(1);
    expect(await found('filter[state]=sent')).toBe(0);
    expect(await found('filter[direction]=in')).toBe(0);
  });

  it('pages through all, the newest first', async () => {
    const { mailboxId } = await planned();
    for (let mail = 0; mail < 2; mail += 1) await planned({}, { mailboxId });
    const page = (query: string) => api.get(`/messages?filter[mailboxId]=${mailboxId}&limit=2${query}`).expect(200);

    const { body: first } = await page('');
    const { body: second } = await page(`&after=${first.nextCursor}`);
    const { body: oldest } = await page('&sort=createdAt');

    expect([first.data.length, first.hasMore, second.data.length, second.hasMore]).toEqual([2, true, 1, false]);
    expect(oldest.data[0].id).toBe(second.data[0].id);
    expect(first.data[0].id > first.data[1].id).toBe(true);
  });

  it.each([
    ['?filter[state]=flying', '?filter[state]'],
    ['?filter[contactId]=12', '?filter[contactId]'],
    ['?filter[colour]=red', '?filter[colour]'],
    ['?sort=subject', '?sort'],
    ['?after=x', '?after'],
  ])('refuses %s', async (query, pointer) => {
    const { body } = await api.get(`/messages${query}`).expect(400);

    expect(body.errors[0].pointer).toBe(pointer);
  });

  it('shows nothing of another workspace', async () => {
    const { contactId } = await planned();

    const all = await test.as(stranger.key).get('/messages').expect(200);
    const filtered = await test.as(stranger.key).get(`/messages?filter[contactId]=${contactId}`).expect(404);

    expect(all.body.data).toEqual([]);
    expect(filtered.body.errors[0].pointer).toBe('?filter[contactId]');
  });
});

describe('one message', () => {
  it('comes with its text, its version as ETag, and what may be done', async () => {
    const { messageId } = await planned({ state: 'draft', text: 'Dear Ada' });

    const response = await api.get(`/messages/${messageId}`).expect(200);

    expect(response.body).toMatchObject({
      id: messageId,
      text: 'Dear Ada',
      state: 'draft',
      nextStates: expect.arrayContaining(['scheduled', 'cancelled']),
    });
    expect(response.headers['etag']).toBe('"1"');
  });

  it.each(['get', 'patch', 'explain', 'resolve', 'cancel'])('is not there for another workspace: %s', async (what) => {
    const { messageId } = await planned({ state: 'draft' });
    const them = test.as(stranger.key);
    const path = `/messages/${messageId}`;
    const calls = {
      get: them.get(path),
      patch: them.patch(path, { text: 'x' }, '*'),
      explain: them.get(`${path}/explain`),
      resolve: them.post(`${path}/resolve`, { outcome: 'sent', reason: 'x' }).set('if-match', '*'),
      cancel: them.post(`${path}/cancel`).set('if-match', '*'),
    };

    const { body } = await calls[what as keyof typeof calls].expect(404);

    expect(body.code).toBe('not_found');
  });

  it('can be changed while it is a draft', async () => {
    const { messageId } = await planned({ state: 'draft', html: '<p>old</p>' });

    const { body } = await api.patch(`/messages/${messageId}`, { subject: 'New', html: null }, '"1"').expect(200);

    expect(body).toMatchObject({ subject: 'New', html: expect.stringContaining('<p>Hello.</p>'), text: beginning('Hello.'), version: 2 });
  });

  it('drops the HTML of the old words when only the text is changed', async () => {
    const { messageId } = await planned({ state: 'draft', html: '<p>Old words</p>' });

    const { body } = await api.patch(`/messages/${messageId}`, { text: 'New words' }, '"1"').expect(200);

    expect(body).toMatchObject({ text: beginning('New words'), html: expect.stringContaining('<p>New words</p>') });
    expect(body.html).not.toContain('Old words');
  });

  it('takes other words as HTML alone, and makes the text of them', async () => {
    const { messageId } = await planned({ state: 'draft', html: '<p>Old words</p>' });

    const { body } = await api.patch(`/messages/${messageId}`, { html: '<p>New <a href="https://tea.example/">words</a></p>' }, '"1"').expect(200);
    const refused = await api.patch(`/messages/${messageId}`, { html: '<p></p>' }, '"2"').expect(422);
    const long = await api.patch(`/messages/${messageId}`, { text: 'x'.repeat(999_990) }, '"2"').expect(422);

    expect(body).toMatchObject({
      text: beginning('New words <https://tea.example/>'),
      html: beginning('<p>New <a href="https://tea.example/">words</a></p>'),
    });
    expect(refused.body).toMatchObject({ code: 'text_needed', errors: [{ pointer: '/text' }] });
    expect(long.body).toMatchObject({ code: 'mail_too_long', errors: [{ pointer: '/text' }] });
  });

  it('keeps an HTML part that is given with the text, or when the text stays', async () => {
    const { messageId } = await planned({ state: 'draft', html: '<p>Old words</p>' });

    const renamed = await api.patch(`/messages/${messageId}`, { subject: 'New' }, '"1"').expect(200);
    const both = await api.patch(`/messages/${messageId}`, { text: 'New words', html: '<p>New words</p>' }, '"2"').expect(200);

    expect(renamed.body.html).toBe('<p>Old words</p>');
    expect(both.body).toMatchObject({ text: beginning('New words'), html: beginning('<p>New words</p>') });
  });

  it('becomes a draft again when it is changed under approval', async () => {
    const { messageId } = await planned({ state: 'pending_approval' });

    const { body } = await api.patch(`/messages/${messageId}`, { text: 'Other words' }, '"1"').expect(200);

    expect(body).toMatchObject({ state: 'draft', text: beginning('Other words') });
  });

  it.each<[string, object, string | undefined, number, string]>([
    ['without If-Match', { text: 'x' }, undefined, 428, 'precondition_required'],
    ['for an old version', { text: 'x' }, '"7"', 412, 'version_mismatch'],
    ['with a text that is empty', { text: '' }, '*', 400, 'invalid_request'],
    ['with no text at all', { text: null }, '*', 400, 'invalid_request'],
    ['with a subject that is too long', { subject: 'x'.repeat(2001) }, '*', 400, 'invalid_request'],
    ['in what is not theirs to change', { toAddress: 'me@shop.example' }, '*', 400, 'invalid_request'],
  ])('is not changed %s', async (_, change, ifMatch, status, code) => {
    const { messageId } = await planned({ state: 'draft' });

    const { body } = await api.patch(`/messages/${messageId}`, change, ifMatch).expect(status);

    expect(body.code).toBe(code);
  });

  it('is not changed once it is released', async () => {
    const { messageId } = await planned();

    const { body } = await api.patch(`/messages/${messageId}`, { text: 'x' }, '*').expect(409);

    expect(body).toMatchObject({ code: 'message_not_editable', state: 'scheduled' });
  });
});

describe('POST /messages/bulk', () => {
  it('releases each draft on its own', async () => {
    const good = await planned({ state: 'draft', nextAt: null });
    const waiting = await planned({ state: 'pending_approval' });
    const hole = await planned({ state: 'draft', text: 'Dear [name]' });
    const sent = await planned({ state: 'sent', sentAt: TEST_START });
    const ids = [good, waiting, hole, sent].map((mail) => mail.messageId);
    const items = [...ids, stranger.workspaceId].map((id) => ({ id, ifVersion: 1, action: 'release' }));

    const { body } = await api.post('/messages/bulk', { items }).expect(200);

    expect(body.results).toMatchObject([
      { index: 0, status: 200, id: good.messageId },
      { index: 1, status: 200, id: waiting.messageId },
      { index: 2, status: 422, problem: { code: 'placeholders_left', placeholders: ['[name]'] } },
      { index: 3, status: 409, problem: { code: 'illegal_transition', from: 'sent', to: 'scheduled' } },
      { index: 4, status: 404, problem: { code: 'not_found' } },
    ]);
    expect(await now(good)).toMatchObject({ state: 'scheduled', nextAt: test.clock.now() });
  });

  it('releases the version that was read, no other', async () => {
    const { messageId: id } = await planned({ state: 'draft' });

    const { body } = await api.post('/messages/bulk', { items: [{ id, ifVersion: 2, action: 'release' }] }).expect(200);

    expect(body.results).toMatchObject([{ status: 412, problem: { code: 'version_mismatch' } }]);
  });

  it.each([
    ['no items', []],
    ['another action', [{ id: '01890000-0000-7000-8000-000000000000', ifVersion: 1, action: 'burn' }]],
    ['no version', [{ id: '01890000-0000-7000-8000-000000000000', action: 'release' }]],
    ['too many', Array.from({ length: 1001 }, () => ({ id: '01890000-0000-7000-8000-000000000000', ifVersion: 1, action: 'release' }))],
  ])('refuses %s', async (_, items) => {
    await api.post('/messages/bulk', { items }).expect(400);
  });

  it('is not for viewers', async () => {
    const viewer = test.as(await test.makeKey('viewer'));

    await viewer.post('/messages/bulk', { items: [{ id: test.owner.workspaceId, ifVersion: 1, action: 'release' }] }).expect(403);
  });
});
