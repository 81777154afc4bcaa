import { FIRST_MAILS } from '../../src/domain/fair-share.js';
import { OFFICE_HOURS } from '../../src/domain/send-window.js';
import { newId } from '../../src/platform/ids.js';
import { makeCampaign, makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity, makeSequence } from '../support/factories.js';
import { makePlannedMail, type PlannedMail } from '../support/sending-world.js';
import { type Caller, createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let t: TestApp;
let api: Caller;

beforeAll(async () => {
  t = await createTestApp();
  api = t.as(t.owner.key);
});
afterAll(() => t.close());
beforeEach(() => {
  t.clock.set(TEST_START);
});

const ws = (): string => t.owner.workspaceId;
const box = (over: object = {}): Promise<{ id: string }> => makeMailbox(t.db, ws(), { perDay: 40, perHour: 8, gapSeconds: 90, ...over });
const planned = (mailboxId: string, campaignId: string, over: object = {}): Promise<PlannedMail> =>
  makePlannedMail(t.db, ws(), { port: 9, mailboxId, campaignId, message: { campaignId, lane: FIRST_MAILS, ...over } });
const after = (seconds: number): string => new Date(TEST_START.getTime() + seconds * 1000).toISOString();

interface Gate {
  readonly code: string;
  readonly open: boolean;
}
interface Asked {
  readonly gates: readonly Gate[];
}

/** Codes of the closed gates of what an answer explains. */
const closedOf = (asked: unknown): string[] => (asked as Asked).gates.flatMap(({ code, open }) => (open ? [] : [code]));

describe('GET /messages/{id}/explain of a mail that nothing closes', () => {
  it('says how many leave its mailbox before it, and when it leaves', async () => {
    const [mailbox, campaign] = [await box(), await makeCampaign(t.db, ws())];
    for (let mail = 0; mail < 9; mail += 1) await planned(mailbox.id, campaign.id);
    const last = await planned(mailbox.id, campaign.id);

    const { body } = await api.get(`/messages/${last.messageId}/explain`).expect(200);

    // eight in an hour, a gap between each two: the tenth is the second of the next hour
    expect(body.gates).toContainEqual({ code: 'turn', open: false, opensAt: after(3690), detail: expect.stringContaining('9 mails') });
    expect(body.earliestAt).toBe(after(3690));
    expect(closedOf(body)).toEqual(['turn']);
  });

  it('stands behind no mail of a paused campaign, nor of another workspace', async () => {
    const [mailbox, campaign, paused] = [await box(), await makeCampaign(t.db, ws()), await makeCampaign(t.db, ws(), { state: 'paused' })];
    for (let mail = 0; mail < 3; mail += 1) await planned(mailbox.id, paused.id);
    const mail = await planned(mailbox.id, campaign.id);

    const { body } = await api.get(`/messages/${mail.messageId}/explain`).expect(200);

    expect(body.gates).toContainEqual({ code: 'turn', open: true, opensAt: null, detail: null });
    expect(body.earliestAt).toBe(after(0));
  });
});

describe('GET /campaigns/{id}/explain', () => {
  it('sums up what each gate holds, what leaves on which day, and what is not planned yet', async () => {
    const mailbox = await box({ perDay: 4, perHour: 4, gapSeconds: 0 });
    const campaign = await makeCampaign(t.db, ws(), { mailboxIds: [mailbox.id], sendWindow: OFFICE_HOURS });
    for (let mail = 0; mail < 6; mail += 1) await planned(mailbox.id, campaign.id);
    const draft = await planned(mailbox.id, campaign.id, { state: 'draft' });
    const held = await planned(mailbox.id, campaign.id);
    await t.db.query(`UPDATE enrollments SET state = 'paused' WHERE workspace_id = $1 AND id = $2`, [ws(), held.enrollmentId]);
    const waiting = await makeOpportunity(t.db, ws(), { campaignId: campaign.id });
    const later = await makeEnrollment(t.db, ws(), { opportunityId: waiting.id, mailboxId: mailbox.id, nextAt: new Date(after(3600)) });

    const { body } = await api.get(`/campaigns/${campaign.id}/explain`).expect(200);

    expect(body).toMatchObject({ campaignId: campaign.id, state: 'running', unsent: 8, unplanned: 1, plannedAt: after(3600) });
    expect(body.leaving).toEqual({
      ...{ mails: 6, firstAt: after(0), lastAt: '2026-11-03T09:00:00.000Z' },
      days: [
        { on: '2026-11-02', mails: 4 },
        { on: '2026-11-03', mails: 2 },
      ],
    });
    expect(body.gates).toContainEqual({ code: 'approval', mails: 1, opensAt: null, detail: expect.any(String), examples: [draft.messageId] });
    expect(body.gates).toContainEqual({ code: 'enrollment', mails: 1, opensAt: null, detail: expect.any(String), examples: [held.messageId] });
    expect((body as Asked).gates[0]?.code).toBe('turn');
    expect(body.unplannedGates).toEqual([{ code: 'delay', enrollments: 1, opensAt: after(3600), detail: expect.any(String), examples: [later.id] }]);
  });

  it('answers for 5,000 unsent mails in seconds, and lets others in between', async () => {
    const [mailbox, campaign] = [await box(), await makeCampaign(t.db, ws())];
    const one = await planned(mailbox.id, campaign.id);
    await t.db.query(
      `INSERT INTO messages (workspace_id, id, created_at, mailbox_id, campaign_id, contact_id, prospect_id, opportunity_id, enrollment_id, lane, rfc_message_id, thread_id, direction, source, state, state_changed_at, next_at, due_at, from_address, to_address)
       SELECT workspace_id, gen_random_uuid(), created_at, mailbox_id, campaign_id, contact_id, prospect_id, opportunity_id, enrollment_id, lane, gen_random_uuid() || '@shop.example', thread_id, direction, source, state, state_changed_at, next_at, due_at, from_address, to_address
         FROM messages CROSS JOIN generate_series(1, 4999) WHERE workspace_id = $1 AND id = $2`,
      [ws(), one.messageId],
    );
    let explained: { body: { unsent: number; leaving: { mails: number } } } | undefined;
    const explaining = api
      .get(`/campaigns/${campaign.id}/explain`)
      .expect(200)
      .then((answer) => {
        explained = answer;
      });
    let [others, slowestMs] = [0, 0];
    while (!explained) {
      const from = performance.now();
      await t.request().get('/healthz').expect(200);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      others += 1;
    }
    await explaining;

    expect(explained.body).toMatchObject({ unsent: 5000, leaving: { mails: 5000 } });
    expect(others).toBeGreaterThan(10);
    expect(slowestMs).toBeLessThan(1000);
  });

  it('is not of another workspace', async () => {
    const other = await t.makeWorkspace();
    const [campaign, mail] = [await makeCampaign(t.db, ws()), await makePlannedMail(t.db, ws(), { port: 9 })];

    for (const path of [`/campaigns/${campaign.id}/explain`, `/enrollments/${mail.enrollmentId}/explain`]) {
      const { body } = await t.as(other.key).get(path).expect(404);
      expect(body.code).toBe('not_found');
    }
    await api.get(`/campaigns/${newId()}/explain`).expect(404);
  });
});

describe('GET /enrollments/{id}/explain', () => {
  it('tells every gate of its mail that waits, and that the next step waits for that', async () => {
    const mail = await makePlannedMail(t.db, ws(), { port: 9 });
    await t.db.query(`UPDATE campaigns SET state = 'paused' WHERE workspace_id = $1 AND id = $2`, [ws(), mail.campaignId]);

    const { body } = await api.get(`/enrollments/${mail.enrollmentId}/explain`).expect(200);

    expect(body).toMatchObject({ enrollmentId: mail.enrollmentId, state: 'active', mails: [{ messageId: mail.messageId, earliestAt: null }] });
    expect(closedOf(body.mails[0])).toEqual(['campaign']);
    if (body.next) expect(closedOf(body.next)).toEqual(['campaign', 'mail_under_way']);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, object]>([
    ['its delay', {}, { nextAt: new Date(after(7200)) }, { code: 'delay', opensAt: after(7200) }],
    ['a person', {}, { state: 'paused' }, { code: 'enrollment', opensAt: null }],
    [
      'what blocks it',
      {},
      { state: 'blocked', stateReason: 'variable_missing', nextAt: new Date(after(900)) },
      { code: 'enrollment', opensAt: after(900) },
    ],
    ['its campaign', { state: 'draft', startedAt: null }, { state: 'pending', nextAt: null }, { code: 'campaign', opensAt: null }],
  ])('says that a step without a mail waits for %s', async (_, campaignOver, over, gate) => {
    const { id: campaignId } = await makeCampaign(t.db, ws(), campaignOver);
    const card = await makeOpportunity(t.db, ws(), { campaignId });
    const { id } = await makeEnrollment(t.db, ws(), { opportunityId: card.id, mailboxId: (await box()).id, nextAt: TEST_START, ...over });

    const { body } = await api.get(`/enrollments/${id}/explain`).expect(200);

    expect(body.mails).toEqual([]);
    expect((body.next as Asked).gates.filter(({ open }) => !open)).toEqual([expect.objectContaining(gate)]);
  });

  it('says that the conditions of the step do not hold, and that a colleague is at the site', async () => {
    const conditions = [{ fact: 'tag', is: true, values: ['tea'] }];
    const steps = [{ key: 's1', kind: 'mail', templateId: newId(), title: null, delay: { value: 0, unit: 'hours' }, conditions }];
    const campaign = await makeCampaign(t.db, ws(), { sequenceId: (await makeSequence(t.db, ws(), { steps })).id });
    const contact = await makeContact(t.db, ws());
    const card = await makeOpportunity(t.db, ws(), { campaignId: campaign.id, prospectId: contact.prospectId ?? '' });
    const { id } = await makeEnrollment(t.db, ws(), { opportunityId: card.id, contactId: contact.id, nextAt: TEST_START });
    const theirs = await makeOpportunity(t.db, ws(), { prospectId: contact.prospectId ?? '', stage: 'contacting' });
    const talk = await makeEnrollment(t.db, ws(), { opportunityId: theirs.id });
    await makeMessage(t.db, ws(), { enrollmentId: talk.id, state: 'sent', sentAt: TEST_START });

    const { body } = await api.get(`/enrollments/${id}/explain`).expect(200);

    expect(closedOf(body.next)).toEqual(['site_in_contact', 'condition']);
    expect(body.next.plannedAt).toBeNull();
  });
});
