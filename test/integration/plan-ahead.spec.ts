import { AHEAD_AT_LEAST, LOOK_FOR_ROOM_MS } from '../../src/domain/plan-ahead.js';
import { makeCampaign, makeEnrollment, makeMailbox, makeOpportunity, makeSequence, makeTemplate } from '../support/factories.js';
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

async function fullCampaign(people: number): Promise<{ campaignId: string; templateId: string; mailboxId: string }> {
  const mailbox = await makeMailbox(test.db, ws(), { perDay: 40, perHour: 8 });
  const { id: templateId } = await makeTemplate(test.db, ws(), { text: 'As it was' });
  const steps = [{ key: 's1', kind: 'mail', templateId, title: null, delay: { value: 0, unit: 'minutes' } }];
  const sequence = await makeSequence(test.db, ws(), { steps });
  const campaign = await makeCampaign(test.db, ws(), { sequenceId: sequence.id, mailboxIds: [mailbox.id] });
  for (let at = 0; at < people; at += 1) {
    const card = await makeOpportunity(test.db, ws(), { campaignId: campaign.id, projectId: campaign.projectId });
    await makeEnrollment(test.db, ws(), { opportunityId: card.id });
  }
  return { campaignId: campaign.id, templateId, mailboxId: mailbox.id };
}

/** Counted by the words of the template: a footer of their own stands below. */
const texts = (campaignId: string): Promise<{ text: string; count: number }[]> =>
  test.db.query(
    `SELECT split_part(text, E'\\n', 1) AS text, count(*)::int AS count FROM messages WHERE workspace_id = $1 AND campaign_id = $2 GROUP BY 1 ORDER BY 1`,
    [ws(), campaignId],
  );

describe('the first mails of a large campaign', () => {
  it('are written only as far ahead as they can leave, in the words of that time', async () => {
    const { campaignId, templateId } = await fullCampaign(AHEAD_AT_LEAST + 60);

    await test.run('plan');
    expect(await texts(campaignId)).toEqual([{ text: 'As it was', count: AHEAD_AT_LEAST }]);
    const [waiting] = await test.db.query(
      `SELECT count(*)::int AS count, min(next_at) AS at FROM enrollments WHERE workspace_id = $1 AND campaign_id = $2 AND step_key IS NULL`,
      [ws(), campaignId],
    );
    expect(waiting).toEqual({ count: 60, at: new Date(TEST_START.getTime() + LOOK_FOR_ROOM_MS) });

    await test.as(test.owner.key).patch(`/templates/${templateId}`, { text: 'As it is now' }, '*').expect(200);
    await test.db.query(
      `UPDATE messages SET state = 'sent', sent_at = $3 WHERE workspace_id = $1 AND id IN (
         SELECT id FROM messages WHERE workspace_id = $1 AND campaign_id = $2 AND state = 'scheduled' LIMIT 20)`,
      [ws(), campaignId, TEST_START],
    );
    test.clock.advance(LOOK_FOR_ROOM_MS);
    await test.run('plan');

    expect(await texts(campaignId)).toEqual([
      { text: 'As it is now', count: 20 },
      { text: 'As it was', count: AHEAD_AT_LEAST },
    ]);
  });

  it('leave the room of another campaign alone that shares the mailbox', async () => {
    const { mailboxId } = await fullCampaign(AHEAD_AT_LEAST + 1);
    const small = await makeCampaign(test.db, ws(), { mailboxIds: [mailboxId] });
    const card = await makeOpportunity(test.db, ws(), { campaignId: small.id });
    await makeEnrollment(test.db, ws(), { opportunityId: card.id, nextAt: new Date(TEST_START.getTime() + 1) });

    test.clock.advance(1000);
    await test.run('plan');

    expect(await texts(small.id)).toMatchObject([{ count: 1 }]);
  });
});
