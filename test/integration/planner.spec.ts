import { SequenceProgress } from '../../src/modules/outreach/planning/sequence-progress.service.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { makeCampaign, makeContact, makeEnrollment, makeMailbox, makeOpportunity, makeSequence, makeTemplate } from '../support/factories.js';
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
  it('plans every step once, however many planners run at once', async () => {
    const campaign = await makeCampaign(test.db, ws());
    const ids: string[] = [];
    for (let at = 0; at < 20; at += 1) {
      const card = await makeOpportunity(test.db, ws(), { campaignId: campaign.id });
      ids.push((await makeEnrollment(test.db, ws(), { opportunityId: card.id })).id);
    }

    await Promise.all([test.run('plan'), test.run('plan'), test.run('plan')]); // what three processes do
    await test.run('plan');

    for (const id of ids) {
      expect(await messagesOf(id)).toHaveLength(1);
      expect(await enrollmentOf(id)).toMatchObject({ state: 'active', step_key: 'first', next_at: null });
    }
  });

  it('writes the follow-up into the thread of the first mail, from its mailbox', async () => {
    const mailboxIds = [(await makeMailbox(test.db, ws())).id, (await makeMailbox(test.db, ws())).id];
    const id = await enrollmentWith(
      [await mailStep('s1', 0), await mailStep('s2', 3, { subject: 'Another subject', text: 'Did you see my mail?' })],
      {
        mailboxIds,
      },
    );

    await test.run('plan');
    await pretendSent(id);
    await test.run('plan');
    expect(await messagesOf(id)).toHaveLength(1); // not before its time

    test.clock.advance(3 * DAY_MS);
    await test.run('plan');

    const [first, second] = await messagesOf(id);
    expect(first).toMatchObject({ step_key: 's1', state: 'sent', in_reply_to: null, reference_ids: [] });
    expect(first?.subject).toMatch(/^A page for tea-blog/);
    expect(second).toMatchObject({
      step_key: 's2',
      state: 'scheduled',
      subject: `Re: ${first?.subject ?? ''}`,
      text: expect.stringMatching(/^Did you see my mail\?\n\n/),
      in_reply_to: first?.rfc_message_id,
      reference_ids: [first?.rfc_message_id],
      mailbox_id: first?.mailbox_id,
    });
  });

  it('shares first mails among the mailboxes of a campaign', async () => {
    const mailboxIds = [(await makeMailbox(test.db, ws())).id, (await makeMailbox(test.db, ws())).id];
    const campaign = await makeCampaign(test.db, ws(), { mailboxIds });
    for (let at = 0; at < 6; at += 1) {
      const card = await makeOpportunity(test.db, ws(), { campaignId: campaign.id });
      await makeEnrollment(test.db, ws(), { opportunityId: card.id });
    }

    await test.run('plan');

    const used: { count: string }[] = await test.db.query(
      'SELECT count(*) FROM enrollments WHERE workspace_id = $1 AND campaign_id = $2 GROUP BY mailbox_id',
      [ws(), campaign.id],
    );
    expect(used.map(({ count }) => Number(count))).toEqual([3, 3]);
  });

  it('blocks a mail with a hole, and goes on by itself once the value is known', async () => {
    const step = await mailStep('s1', 0, { text: 'Hello {{contact.role}}!' });
    const id = await enrollmentWith([step]);

    await test.run('plan');
    expect(await enrollmentOf(id)).toMatchObject({ state: 'blocked', state_reason: 'variable_missing' });
    expect(await messagesOf(id)).toEqual([]);

    await test.db.query(
      `UPDATE contacts SET role = 'editor' WHERE workspace_id = $1 AND id = (SELECT contact_id FROM enrollments WHERE workspace_id = $1 AND id = $2)`,
      [ws(), id],
    );
    test.clock.advance(HOUR_MS);
    await test.run('plan');

    expect(await enrollmentOf(id)).toMatchObject({ state: 'active', step_key: 's1' });
    expect((await messagesOf(id))[0]?.text).toMatch(/^Hello editor!\n\n/);
  });

  it.each([
    ['a placeholder that nobody filled in', { text: 'Hello [NAME]' }, 'placeholder_left'],
    ['a value that says so', { text: 'We like {{fallback contact.role "XXX"}}' }, 'placeholder_left'],
  ])('blocks %s', async (_, template, code) => {
    const id = await enrollmentWith([await mailStep('s1', 0, template)]);

    await test.run('plan');

    expect(await enrollmentOf(id)).toMatchObject({ state: 'blocked', state_reason: code });
  });

  it('makes a link to report only for a mail that shows it', async () => {
    const id = await enrollmentWith([await mailStep('s1', 0, { text: 'Live? {{links.report}} Stop: {{links.unsubscribe}}' })]);

    await test.run('plan');

    const [mail] = await messagesOf(id);
    expect(mail?.text).toMatch(
      /^Live\? http:\/\/localhost:3000\/r\/[\w-]{43} Stop: http:\/\/localhost:3000\/u\/[\w-]+\.[\w-]+\n\n1 Leaf Lane, Teatown\n$/,
    );
    const links = await test.db.query('SELECT FROM report_links WHERE workspace_id = $1', [ws()]);
    expect(links).toHaveLength(1);
  });

  it('leaves a review step as a draft and a task step as a task', async () => {
    const review = { ...(await mailStep('s1', 0)), kind: 'review' };
    const task = { key: 's2', kind: 'task', templateId: null, title: 'Call them', delay: { value: 1, unit: 'hours' } };
    const id = await enrollmentWith([review, task, { ...task, key: 's3', title: 'Call again' }]);

    await test.run('plan');
    expect((await messagesOf(id))[0]?.state).toBe('draft');

    await test.db.query(`UPDATE messages SET state = 'scheduled' WHERE workspace_id = $1 AND enrollment_id = $2`, [ws(), id]);
    await pretendSent(id);
    for (let hour = 0; hour < 2; hour += 1) {
      test.clock.advance(HOUR_MS);
      await test.run('plan');
    }

    const tasks = await test.db.query('SELECT title FROM tasks WHERE workspace_id = $1 AND subject_id = $2 ORDER BY title', [ws(), id]);
    expect(tasks).toEqual([{ title: 'Call again' }, { title: 'Call them' }]);
    expect(await messagesOf(id)).toHaveLength(1);
  });

  it('ends a week after the last step, and two weeks later silence is the answer', async () => {
    const id = await enrollmentWith([await mailStep('s1', 0)]);
    await test.run('plan');
    await pretendSent(id);
    await test.db.query(
      `UPDATE opportunities SET stage = 'contacting' WHERE workspace_id = $1 AND id = (SELECT opportunity_id FROM enrollments WHERE workspace_id = $1 AND id = $2)`,
      [ws(), id],
    );
    const stage = async (): Promise<string> => {
      const [row] = await test.db.query(
        'SELECT stage FROM opportunities WHERE workspace_id = $1 AND id = (SELECT opportunity_id FROM enrollments WHERE workspace_id = $1 AND id = $2)',
        [ws(), id],
      );
      return row.stage;
    };

    test.clock.advance(7 * DAY_MS);
    await test.run('plan');
    expect(await enrollmentOf(id)).toMatchObject({ state: 'finished', next_at: null });
    await test.run('silence');
    expect(await stage()).toBe('contacting');

    test.clock.advance(14 * DAY_MS);
    await test.run('silence');
    expect(await stage()).toBe('no_response');
  });

  it('neither loses nor doubles a step when it is killed in the middle', async () => {
    const id = await enrollmentWith([await mailStep('s1', 0)]);
    await test.db.query(
      `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$`,
    );
    await test.db.query('CREATE TRIGGER die AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION die()');

    await test.run('plan');
    await test.db.query('DROP TRIGGER die ON messages');
    expect(await messagesOf(id)).toEqual([]);
    expect(await enrollmentOf(id)).toMatchObject({ step_key: null });

    test.clock.advance(HOUR_MS);
    await test.run('plan');

    expect(await messagesOf(id)).toHaveLength(1);
    expect(await enrollmentOf(id)).toMatchObject({ step_key: 's1', next_at: null });
  });

  it('does not plan the next mail while one is under way', async () => {
    const id = await enrollmentWith([await mailStep('s1', 0), await mailStep('s2', 0)]);
    await test.run('plan');
    await test.db.query('UPDATE enrollments SET next_at = $3 WHERE workspace_id = $1 AND id = $2', [ws(), id, TEST_START]);

    await test.run('plan');

    expect(await messagesOf(id)).toHaveLength(1);
  });

  it('plans nothing while the campaign is paused', async () => {
    const id = await enrollmentWith([await mailStep('s1', 0)], { state: 'paused' });

    await test.run('plan');

    expect(await messagesOf(id)).toEqual([]);
  });

  it('starts who is pending after the first delay, and wakes who was put off', async () => {
    const later = await enrollmentWith([await mailStep('s1', 1)]);
    const awake = await enrollmentWith([await mailStep('s1', 0)]);
    await test.db.query(`UPDATE enrollments SET state = 'pending' WHERE workspace_id = $1 AND id = $2`, [ws(), later]);
    await test.db.query(`UPDATE enrollments SET state = 'postponed' WHERE workspace_id = $1 AND id = $2`, [ws(), awake]);

    await test.run('plan');

    expect(await enrollmentOf(later)).toMatchObject({ state: 'active', step_key: null, next_at: new Date(TEST_START.getTime() + DAY_MS) });
    expect(await enrollmentOf(awake)).toMatchObject({ state: 'active', step_key: 's1' });
  });

  it('waits for the window of the recipient', async () => {
    const sendWindow = JSON.stringify({ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' });
    const campaign = await makeCampaign(test.db, ws(), { sendWindow });
    const card = await makeOpportunity(test.db, ws(), { campaignId: campaign.id });
    const contact = await makeContact(test.db, ws(), { prospectId: card.prospectId, timeZone: 'America/New_York' });
    const { id } = await makeEnrollment(test.db, ws(), { opportunityId: card.id, contactId: contact.id });

    await test.run('plan'); // 10:00 in Greenwich is 05:00 there

    expect((await messagesOf(id))[0]?.next_at).toEqual(new Date('2026-11-02T14:00:00Z'));
  });

  it('lets one that cannot be planned wait, and goes on with the others', async () => {
    const broken = await enrollmentWith([
      { key: 's1', kind: 'mail', templateId: '01890000-0000-7000-8000-000000000000', title: null, delay: { value: 0, unit: 'hours' } },
    ]);
    const good = await enrollmentWith([await mailStep('s1', 0)]);

    await test.run('plan');

    expect(await messagesOf(good)).toHaveLength(1);
    expect((await enrollmentOf(broken)).next_at?.getTime()).toBeGreaterThan(TEST_START.getTime());
  });
});
