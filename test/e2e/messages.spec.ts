import { makeMailbox, makeMessage } from '../support/factories.js';
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
const now = ({ messageId }: PlannedMail): ReturnType<typeof mailNow> => mailNow(test.db, workspaceId(), messageId);
const unknown = (): Promise<PlannedMail> => planned({ state: 'delivery_unknown', transmittingAt: TEST_START, nextAt: null });

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

    const { body } = await test.as(stranger.key).get(`/messages?filter[contactId]=${contactId}`).expect(200);

    expect(body.data).toEqual([]);
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

    expect(body).toMatchObject({ subject: 'New', html: null, text: 'Hello.', version: 2 });
  });

  it('becomes a draft again when it is changed under approval', async () => {
    const { messageId } = await planned({ state: 'pending_approval' });

    const { body } = await api.patch(`/messages/${messageId}`, { text: 'Other words' }, '"1"').expect(200);

    expect(body).toMatchObject({ state: 'draft', text: 'Other words' });
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
    const items = [...ids, stranger.workspaceId].map((id, index) => ({ id, ifVersion: 1, action: 'release', index }));

    const { body } = await api.post('/messages/bulk', { items: items.map(({ index: _, ...item }) => item) }).expect(200);

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

describe('GET /messages/{id}/explain', () => {
  const closed = async ({ messageId }: PlannedMail): Promise<string[]> => {
    const { body } = await api.get(`/messages/${messageId}/explain`).expect(200);
    return body.gates.filter((gate: { open: boolean }) => !gate.open).map((gate: { code: string }) => gate.code);
  };

  it('says that all is open', async () => {
    const mail = await planned();

    const { body } = await api.get(`/messages/${mail.messageId}/explain`).expect(200);

    expect(body).toMatchObject({ messageId: mail.messageId, state: 'scheduled', earliestAt: TEST_START.toISOString() });
    expect(body.gates).toHaveLength(13);
    expect(body.gates.every((gate: { open: boolean }) => gate.open)).toBe(true);
  });

  it('lists three blocks at once, and each goes when its cause goes', async () => {
    const mail = await planned();
    const set = (table: string, id: string, change: string): Promise<unknown> =>
      test.db.query(`UPDATE ${table} SET ${change} WHERE workspace_id = $1 AND id = $2`, [workspaceId(), id]);
    await set('campaigns', mail.campaignId, `state = 'paused'`);
    await set('mailboxes', mail.mailboxId, `state = 'disabled'`);
    await set('enrollments', mail.enrollmentId, `state = 'paused'`);
    expect(await closed(mail)).toEqual(['enrollment', 'campaign', 'mailbox']);

    await set('campaigns', mail.campaignId, `state = 'running'`);
    expect(await closed(mail)).toEqual(['enrollment', 'mailbox']);
  });

  it('names the limits that are reached, with the time they open', async () => {
    const limited = await makeMailbox(test.db, workspaceId(), { perDay: 3, perHour: 2, nextAt: new Date(TEST_START.getTime() + 60_000) });
    for (let sent = 0; sent < 3; sent += 1) await planned({ state: 'sent', sentAt: TEST_START, nextAt: null }, { mailboxId: limited.id });
    const mail = await planned({}, { mailboxId: limited.id });

    const { body } = await api.get(`/messages/${mail.messageId}/explain`).expect(200);

    expect(body.gates.slice(-3)).toMatchObject([
      { code: 'mailbox_day', open: false, opensAt: '2026-11-03T00:00:00.000Z' },
      { code: 'mailbox_hour', open: false, opensAt: '2026-11-02T11:00:00.000Z' },
      { code: 'mailbox_gap', open: false, opensAt: '2026-11-02T10:01:00.000Z' },
    ]);
    expect(body.earliestAt).toBe('2026-11-03T00:00:00.000Z');
  });

  it('names the site that a colleague is in contact with', async () => {
    const theirs = await planned({ state: 'sent', sentAt: TEST_START, nextAt: null });
    await test.db.query(`UPDATE opportunities SET stage = 'contacting' WHERE workspace_id = $1 AND id = $2`, [workspaceId(), theirs.opportunityId]);
    const mine = await planned({}, { prospectId: theirs.prospectId });

    expect(await closed(mine)).toEqual(['site_in_contact']);
  });

  it('has nothing to explain of a mail that has left', async () => {
    const { messageId } = await planned({ state: 'sent', sentAt: TEST_START });

    const { body } = await api.get(`/messages/${messageId}/explain`).expect(200);

    expect(body).toEqual({ messageId, state: 'sent', gates: [], earliestAt: null });
  });
});

describe('POST /messages/{id}/resolve', () => {
  const blocked = async (): Promise<PlannedMail> => {
    const mail = await unknown();
    await test.db.query(`UPDATE enrollments SET state = 'blocked', state_reason = 'delivery_unknown' WHERE workspace_id = $1 AND id = $2`, [
      workspaceId(),
      mail.enrollmentId,
    ]);
    return mail;
  };
  const resolve = (mail: PlannedMail, outcome: string) =>
    api.post(`/messages/${mail.messageId}/resolve`, { outcome, reason: 'Looked into Sent.' }).set('if-match', '"1"');

  it('takes it for sent: the card moves, the sequence goes on', async () => {
    const mail = await blocked();

    const { body } = await resolve(mail, 'sent').expect(200);

    expect(body).toMatchObject({ state: 'sent', sentAt: TEST_START.toISOString() });
    expect(await now(mail)).toMatchObject({ stage: 'contacting', enrollmentState: 'active', enrollmentNextAt: expect.any(Date) });
  });

  it('sends it again', async () => {
    const mail = await blocked();

    await resolve(mail, 'resend').expect(200);

    expect(await now(mail)).toMatchObject({ state: 'scheduled', nextAt: test.clock.now(), enrollmentState: 'active' });
  });

  it('gives it up: nothing is sent, the sequence goes on', async () => {
    const mail = await blocked();

    await resolve(mail, 'abandon').expect(200);

    expect(await now(mail)).toMatchObject({ state: 'cancelled', enrollmentState: 'active', enrollmentNextAt: expect.any(Date) });
  });

  it('closes the task that asked for it', async () => {
    const mail = await blocked();
    await test.db.query(
      `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, due_at, created_at) VALUES ($1, $2, 'delivery_unknown', 'message', $2, $3, $3)`,
      [workspaceId(), mail.messageId, TEST_START],
    );

    await resolve(mail, 'abandon').expect(200);

    const [task] = await test.db.query('SELECT done_at AS at FROM tasks WHERE workspace_id = $1 AND subject_id = $2', [
      workspaceId(),
      mail.messageId,
    ]);
    expect(task.at).toEqual(test.clock.now());
  });

  it('is not for a mail whose fate is known', async () => {
    const mail = await planned({ state: 'draft' });

    const { body } = await resolve(mail, 'resend').expect(409);

    expect(body).toMatchObject({ code: 'illegal_transition', from: 'draft', to: 'scheduled' });
  });

  it.each<[string, object, string | undefined, number]>([
    ['no reason', { outcome: 'sent' }, '*', 400],
    ['no such outcome', { outcome: 'lost', reason: 'x' }, '*', 400],
    ['no If-Match', { outcome: 'sent', reason: 'x' }, undefined, 428],
    ['an old version', { outcome: 'sent', reason: 'x' }, '"9"', 412],
  ])('refuses %s', async (_, body, ifMatch, status) => {
    const { messageId } = await unknown();
    const call = api.post(`/messages/${messageId}/resolve`, body);

    await (ifMatch === undefined ? call : call.set('if-match', ifMatch)).expect(status);
  });
});

describe('POST /messages/{id}/cancel', () => {
  const cancel = (id: string) => api.post(`/messages/${id}/cancel`).set('if-match', '*');

  it('stops the sequence when it was its first mail', async () => {
    const mail = await planned();

    const { body } = await cancel(mail.messageId).expect(200);

    expect(body.state).toBe('cancelled');
    expect(await now(mail)).toMatchObject({ enrollmentState: 'stopped', enrollmentReason: 'message_cancelled' });
  });

  it('lets the sequence go on after a follow-up', async () => {
    const first = await planned({ state: 'sent', sentAt: TEST_START });
    const { enrollmentId, mailboxId } = first;
    const followUp = await makeMessage(test.db, workspaceId(), { enrollmentId, mailboxId, stepKey: 'follow-up' });

    await cancel(followUp.id).expect(200);

    expect(await now(first)).toMatchObject({ enrollmentState: 'active', enrollmentNextAt: expect.any(Date) });
  });

  it.each([
    ['claimed', 'illegal_transition'],
    ['sent', 'illegal_transition'],
    ['delivery_unknown', 'delivery_unknown'],
  ])('is too late for one that is %s', async (state, code) => {
    const { messageId } = await planned({ state });

    const { body } = await cancel(messageId).expect(409);

    expect(body.code).toBe(code);
  });
});
