import { GATE_CODES } from '../../src/domain/send-decision.js';
import type { ExplanationResponse } from '../../src/modules/sending/messages/messages.dto.js';
import { makeMailbox, makeMessage } from '../support/factories.js';
import { mailNow, makePlannedMail, type PlannedMail } from '../support/sending-world.js';
import { type Caller, createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let test: TestApp;
let api: Caller;

beforeAll(async () => {
  test = await createTestApp();
  api = test.as(test.owner.key);
});
afterAll(() => test.close());

const workspaceId = (): string => test.owner.workspaceId;
const planned = (message: object = {}, more: object = {}): Promise<PlannedMail> =>
  makePlannedMail(test.db, workspaceId(), { port: 9, message: { nextAt: TEST_START, ...message }, ...more });
const now = ({ messageId }: PlannedMail): ReturnType<typeof mailNow> => mailNow(test.db, workspaceId(), messageId);
const unknown = (): Promise<PlannedMail> => planned({ state: 'delivery_unknown', transmittingAt: TEST_START, nextAt: null });

const explain = async (messageId: string): Promise<ExplanationResponse> =>
  (await api.get(`/messages/${messageId}/explain`).expect(200)).body as ExplanationResponse;

describe('GET /messages/{id}/explain', () => {
  const closed = async ({ messageId }: PlannedMail): Promise<string[]> => {
    const { gates } = await explain(messageId);
    return gates.filter(({ open }) => !open).map(({ code }) => code);
  };

  it('says that all is open', async () => {
    const mail = await planned();

    const body = await explain(mail.messageId);

    expect(body).toMatchObject({ messageId: mail.messageId, state: 'scheduled', earliestAt: TEST_START.toISOString() });
    expect(body.gates.map(({ code }) => code).toSorted()).toEqual([...GATE_CODES].toSorted());
    expect(body.gates.every(({ open }) => open)).toBe(true);
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

  it('holds a first mail whose subject says that there was one before, and no follow-up', async () => {
    const mail = await planned({ subject: 'AW: Your page', lane: 2, text: 'Hello' });
    const followUp = await planned({ subject: 'Re: Your page', lane: 1, text: 'Hello' });

    expect(await closed(mail)).toEqual(['subject']);
    expect(await closed(followUp)).toEqual([]);
  });

  it('names the limits that are reached, with the time they open', async () => {
    const limited = await makeMailbox(test.db, workspaceId(), { perDay: 3, perHour: 2, nextAt: new Date(TEST_START.getTime() + 60_000) });
    for (let sent = 0; sent < 3; sent += 1) await planned({ state: 'sent', sentAt: TEST_START, nextAt: null }, { mailboxId: limited.id });
    const mail = await planned({}, { mailboxId: limited.id });

    const body = await explain(mail.messageId);

    expect(body.gates.filter(({ open }) => !open)).toMatchObject([
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
