import { SequenceProgress } from '../../src/modules/outreach/planning/sequence-progress.service.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { makeCampaign, makeEnrollment, makeMessage, makeOpportunity, makeSequence, makeTemplate } from '../support/factories.js';
import { createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let test: TestApp;

beforeAll(async () => {
  test = await createTestApp();
});

afterEach(() => {
  test.clock.set(TEST_START);
});

afterAll(() => test.close());

const ws = (): string => test.owner.workspaceId;

interface MessageRow {
  id: string;
  state: string;
  subject: string;
  text: string;
  in_reply_to: string | null;
  reference_ids: string[];
  rfc_message_id: string;
  step_key: string;
  mailbox_id: string;
  next_at: Date;
}

const messagesOf = (enrollmentId: string): Promise<MessageRow[]> =>
  test.db.query('SELECT * FROM messages WHERE workspace_id = $1 AND enrollment_id = $2 ORDER BY id', [ws(), enrollmentId]);

async function enrollmentOf(id: string): Promise<{ state: string; state_reason: string | null; step_key: string | null; next_at: Date | null }> {
  const [row] = await test.db.query('SELECT * FROM enrollments WHERE workspace_id = $1 AND id = $2', [ws(), id]);
  return row;
}

/** As the sender does when the server took the mail. */
async function pretendSent(enrollmentId: string): Promise<void> {
  const sentAt = test.clock.now();
  await test.db.query(`UPDATE messages SET state = 'sent', sent_at = $3 WHERE workspace_id = $1 AND enrollment_id = $2 AND state = 'scheduled'`, [
    ...[ws(), enrollmentId, sentAt],
  ]);
  await transact(test.db, (tx) => test.app.get(SequenceProgress).afterSent(tx, ws(), { enrollmentId, sentAt }));
}

async function enrollmentWith(steps: readonly object[], over: object = {}): Promise<string> {
  const sequence = await makeSequence(test.db, ws(), { steps });
  const campaign = await makeCampaign(test.db, ws(), { sequenceId: sequence.id, ...over });
  const card = await makeOpportunity(test.db, ws(), { campaignId: campaign.id });
  return (await makeEnrollment(test.db, ws(), { opportunityId: card.id })).id;
}

async function mailStep(key: string, value: number, template: Readonly<Record<string, string>> = {}): Promise<object> {
  const { id } = await makeTemplate(test.db, ws(), template);
  return { key, kind: 'mail', templateId: id, title: null, delay: { value, unit: 'businessDays' } };
}

describe('the planner', () => {
  it('writes nothing to a site that a colleague writes to, and goes on when they have let go', async () => {
    const id = await enrollmentWith([await mailStep('s1', 0)]);
    const [{ prospect_id: prospectId }] = await test.db.query('SELECT prospect_id FROM enrollments WHERE workspace_id = $1 AND id = $2', [ws(), id]);
    const theirs = await makeOpportunity(test.db, ws(), { prospectId, stage: 'contacting' });
    const talk = await makeEnrollment(test.db, ws(), { opportunityId: theirs.id, nextAt: null });
    await makeMessage(test.db, ws(), { enrollmentId: talk.id, state: 'sent', sentAt: TEST_START });

    await test.run('plan');

    expect(await messagesOf(id)).toEqual([]);
    expect(await enrollmentOf(id)).toMatchObject({ state: 'active', step_key: null, next_at: new Date(TEST_START.getTime() + HOUR_MS) });
    await test.db.query(`UPDATE opportunities SET stage = 'declined' WHERE workspace_id = $1 AND id = $2`, [ws(), theirs.id]);
    test.clock.advance(HOUR_MS);
    await test.run('plan');
    expect(await messagesOf(id)).toHaveLength(1);
  });

  it('blocks a first mail whose template says since the preflight that there was one before; a follow-up may', async () => {
    const first = (await mailStep('s1', 0, { subject: 'Re: your page' })) as { templateId: string };
    const id = await enrollmentWith([first, await mailStep('s2', 1, { subject: 'Re: your page', text: 'Once more.' })]);
    await test.run('plan');

    expect(await messagesOf(id)).toEqual([]);
    expect(await enrollmentOf(id)).toMatchObject({ state: 'blocked', state_reason: 'misleading_subject' });
    await test.as(test.owner.key).patch(`/templates/${first.templateId}`, { subject: 'Your page' }, '*').expect(200);
    test.clock.advance(HOUR_MS);
    await test.run('plan');
    expect(await messagesOf(id)).toMatchObject([{ subject: 'Your page' }]);
    await pretendSent(id);
    test.clock.advance(2 * DAY_MS);
    await test.run('plan');
    expect((await messagesOf(id)).map(({ step_key: key }) => key)).toEqual(['s1', 's2']);
  });
});
